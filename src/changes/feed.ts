import type { Database } from '../db/database.ts'
import type { Logger } from '../logger.ts'

/** How often the revision is read while somebody listens, in milliseconds. */
const POLL_MS = 1_000

/**
 * The catalog's revision as it moves, to any number of listeners at the price of one. Nothing is queued for anybody: a
 * listener that comes late gets the newest revision, and not the ones between.
 */
export class RevisionFeed {
  readonly #database: () => Pick<Database, 'pool'> | undefined
  readonly #logger: Logger
  readonly #listeners = new Set<RevisionListener>()
  /** Undefined while nobody listens: it would be old. */
  #newest: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isPolling = false
  #isFailing = false
  #isStopped = false

  constructor(database: () => Pick<Database, 'pool'> | undefined, logger: Logger) {
    this.#database = database
    this.#logger = logger
  }

  /** The revision at once, and again whenever it has moved, until the listener returns or the feed is stopped. */
  listen(): AsyncIterableIterator<string> {
    const listener = new RevisionListener(() => this.#leave(listener))
    if (this.#isStopped) {
      listener.end()
      return listener
    }
    this.#listeners.add(listener)
    if (this.#newest !== undefined) listener.offer(this.#newest)
    if (!this.#isPolling) {
      this.#isPolling = true
      void this.#poll()
    }
    return listener
  }

  /** End every listener. Whoever listens afterwards is ended at once. */
  stop(): void {
    this.#isStopped = true
    for (const listener of this.#listeners) listener.end()
  }

  #leave(listener: RevisionListener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    this.#newest = undefined
    // Without a timer a query is under way, and ends the polling when it is there.
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isPolling = false
  }

  async #poll(): Promise<void> {
    this.#timer = undefined
    const revision = await this.#read()
    if (this.#listeners.size === 0) {
      this.#isPolling = false
      return
    }
    this.#newest = revision ?? this.#newest
    if (revision !== undefined) for (const listener of this.#listeners) listener.offer(revision)
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS)
  }

  /** Undefined when the database cannot be asked: then the next time will do. */
  async #read(): Promise<string | undefined> {
    try {
      const answer = await this.#database()?.pool.query<{ revision: string }>(
        'SELECT revision::text AS revision FROM catalog_state',
      )
      if (this.#isFailing) this.#logger.info('The revision of the catalog can be read again')
      this.#isFailing = false
      return answer?.rows[0]?.revision
    } catch (error) {
      // Once, and not every second.
      if (!this.#isFailing) this.#logger.warn({ err: error }, 'The revision of the catalog cannot be read')
      this.#isFailing = true
      return undefined
    }
  }
}

/**
 * One listener of the feed. An object and not a generator, whose `return` would wait behind a `next` that waits for a
 * revision which may never come. It is asked for one revision at a time.
 */
class RevisionListener implements AsyncIterableIterator<string> {
  readonly #onEnd: () => void
  #offered: string | undefined
  #taken: string | undefined
  #waiting: ((result: IteratorResult<string>) => void) | undefined
  #hasEnded = false

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  offer(revision: string): void {
    this.#offered = revision
    if (this.#waiting && revision !== this.#taken) this.#waiting(this.#take(revision))
  }

  next(): Promise<IteratorResult<string>> {
    if (this.#hasEnded) return Promise.resolve(done())
    const offered = this.#offered
    if (offered !== undefined && offered !== this.#taken) return Promise.resolve(this.#take(offered))
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  return(): Promise<IteratorResult<string>> {
    this.end()
    return Promise.resolve(done())
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#waiting?.(done())
    this.#waiting = undefined
    this.#onEnd()
  }

  #take(revision: string): IteratorResult<string> {
    this.#taken = revision
    this.#waiting = undefined
    return { done: false, value: revision }
  }
}

function done(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined }
}
