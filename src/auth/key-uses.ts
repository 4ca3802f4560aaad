import { LRUCache } from 'lru-cache'
import type { Logger } from '../logger.ts'

/** A use within this time of one that was written is not written again. */
const PRECISION_MS = 60_000
/** Uses of this time are written together. */
const DELAY_MS = 1_000
/** Most keys whose last write is remembered; beyond them some are written more often. */
const MOST_KEYS = 10_000

/** Writes when keys were last used: to the minute, off the path of requests, and never failing one. */
export class KeyUses {
  readonly #write: (keyIds: readonly string[]) => Promise<void>
  readonly #logger: Logger
  readonly #written = new LRUCache<string, true>({ max: MOST_KEYS, ttl: PRECISION_MS })
  #pending = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(write: (keyIds: readonly string[]) => Promise<void>, logger: Logger) {
    this.#write = write
    this.#logger = logger
  }

  note(keyId: string): void {
    if (this.#isStopped || this.#written.has(keyId)) return
    // Before it is written, and kept when that fails: a database in trouble is not asked again at once.
    this.#written.set(keyId, true)
    this.#pending.add(keyId)
    this.#timer ??= setTimeout(() => this.#flush(), DELAY_MS).unref()
  }

  /** Write what waits; nothing is noted any more. Call it before the database closes. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#flush()
    await this.#writing
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const ids = [...this.#pending]
    this.#pending = new Set()
    if (ids.length === 0) return
    this.#writing = this.#writing
      .then(() => this.#write(ids))
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'The last use of API keys could not be written'))
  }
}
