import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Config } from '../config.ts'
import type { Limit } from '../performance/measurements.ts'
import { type Caller, holderOf } from './caller.ts'
import { type Refusal, refuse } from './refusal.ts'

type Limits = Pick<Config, 'RATE_LIMIT_PER_KEY' | 'RATE_LIMIT_PER_ADDRESS' | 'AUTH_FAILURES_PER_MINUTE'>

/** Most callers that are counted at once, of each kind; beyond them whoever was quiet longest is forgotten. */
const MOST_CALLERS = 20_000

/** Most webhooks a minute of one address: each can start a reload. */
const HOOKS_PER_MINUTE = 10

export interface RateLimits {
  /** @throws Refusal when this caller has had its requests of this minute */
  request(caller: Caller): Promise<void>
  /** @throws Refusal when too many wrong credentials came from this address: another one is not even looked up */
  attempt(address: string): Promise<void>
  /** A wrong credential came from this address. */
  failure(address: string): Promise<void>
  /** A webhook came from this address. @throws Refusal when it has had those of this minute */
  hook(address: string): Promise<void>
}

/** @param onRefused called with the limit that somebody has reached */
export function createRateLimits(config: Limits, onRefused: (limit: Limit) => void = () => {}): RateLimits {
  const limit = (name: Limit, most: number) => new MinuteLimit(most, () => onRefused(name))
  const perKey = limit('key', config.RATE_LIMIT_PER_KEY)
  const perAddress = limit('address', config.RATE_LIMIT_PER_ADDRESS)
  const failures = limit('credentials', config.AUTH_FAILURES_PER_MINUTE)
  const hooks = limit('webhook', HOOKS_PER_MINUTE)
  return {
    request: (caller) => (caller.viewer.via === 'anonymous' ? perAddress : perKey).take(holderOf(caller)),
    attempt: (address) => failures.check(address),
    failure: (address) => failures.note(address),
    hook: (address) => hooks.take(address),
  }
}

/** So many a minute for each name; 0 means no limit. */
class MinuteLimit {
  readonly #most: number
  readonly #onRefused: () => void
  readonly #limiter: RateLimiterMemory
  readonly #known: LRUCache<string, true>

  constructor(most: number, onRefused: () => void) {
    this.#most = most
    this.#onRefused = onRefused
    this.#limiter = new RateLimiterMemory({ points: most, duration: 60 })
    // The limiter itself keeps every name for a minute, and anybody can make up names.
    this.#known = new LRUCache({
      max: MOST_CALLERS,
      dispose: (_, name, reason) => {
        if (reason === 'evict') void this.#limiter.delete(name)
      },
    })
  }

  async take(name: string): Promise<void> {
    if (this.#most === 0) return
    this.#known.set(name, true)
    await this.#limiter.consume(name).catch((reached: unknown) => {
      throw reached instanceof RateLimiterRes ? this.#refusal(reached) : reached
    })
  }

  async note(name: string): Promise<void> {
    this.#known.set(name, true)
    await this.#limiter.penalty(name)
  }

  async check(name: string): Promise<void> {
    const taken = await this.#limiter.get(name)
    if (taken && taken.consumedPoints >= this.#most) throw this.#refusal(taken)
  }

  #refusal({ msBeforeNext }: RateLimiterRes): Refusal {
    this.#onRefused()
    return refuse.rateLimited(msBeforeNext / 1_000)
  }
}
