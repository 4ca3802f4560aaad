import type { ExecutionResult } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Viewer } from '../auth/viewer.ts'
import type { AnswerBody } from './answer-body.ts'

/** The last good answer to a query. */
export interface KeptAnswer {
  readonly revision: string
  readonly result: ExecutionResult
}

interface Entry {
  readonly revision: string
  /** When it was kept, by the clock that only runs forward. */
  readonly at: number
  /** Undefined for what is too large to keep. */
  readonly body: AnswerBody | undefined
}

/** All answers together, and the largest one, in bytes. */
const MOST = { answers: 5_000, bytes: 16 * 1024 * 1024, bytesOfOne: 256 * 1024 }
/** What an entry takes beside its body and its key: object and its place in the cache. */
const ENTRY_BYTES = 300
/** Answers may change without a revision (of executions, say): for so long they are not measured again, in milliseconds. */
const FRESH_MS = 10_000

/**
 * How many answers are kept a second, and at once after a quiet while. Under more load than that it is chance which ones: those that
 * are asked for often are soon among them, and remembering every answer would cost more than giving it.
 */
const PACE = { perSecond: 50, atOnce: 500 }

/** The last good answers, as far as the pace allows, those that were asked for longest ago forgotten first. */
export class KeptAnswers {
  readonly #entries = new LRUCache<string, Entry>({
    max: MOST.answers,
    maxSize: MOST.bytes,
    sizeCalculation: ({ body }, key) => ENTRY_BYTES + (body?.bytes ?? 0) + 2 * key.length,
  })
  #allowance = PACE.atOnce
  #allowedAt = performance.now()

  /**
   * @param answer without errors, as it is sent, or what makes it so
   * @returns false when it is to be tried again with the next answer
   */
  keep(key: string, revision: string, answer: AnswerBody | (() => AnswerBody)): boolean {
    const now = performance.now()
    if (!this.#isAllowed(now)) return false
    const entry = this.#entries.get(key)
    if (entry?.revision === revision && now - entry.at < FRESH_MS) return true
    this.#allowance--
    const body = typeof answer === 'function' ? answer() : answer
    this.#entries.set(key, { revision, at: now, body: body.bytes <= MOST.bytesOfOne ? body : undefined })
    return true
  }

  find(key: string): KeptAnswer | undefined {
    const entry = this.#entries.get(key)
    // It is what `keep` was given.
    return entry?.body === undefined
      ? undefined
      : { revision: entry.revision, result: JSON.parse(entry.body.toString()) as ExecutionResult }
  }

  #isAllowed(now: number): boolean {
    const refilled = this.#allowance + ((now - this.#allowedAt) / 1_000) * PACE.perSecond
    this.#allowance = Math.min(PACE.atOnce, refilled)
    this.#allowedAt = now
    return this.#allowance >= 1
  }
}

/** Most viewers are the same object at each request. */
const names = new WeakMap<Viewer, string>()

/** A credential with what it allows, as answers are kept for it. */
export function credentialName(viewer: Viewer): string {
  const known = names.get(viewer)
  if (known !== undefined) return known
  const { actor, keyId = '', role } = viewer
  const name = `${role} ${keyId} ${actor}`
  names.set(viewer, name)
  return name
}

/** @param raw the parameters as they came: the body of a POST, or the query of a URL */
export function requestKey(credential: string, raw: string): string {
  return `${credential}\n${raw}`
}
