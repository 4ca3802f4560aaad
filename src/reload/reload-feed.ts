import {
  type FollowedReload,
  newestReload,
  passes,
  type ReloadFilter,
  reloadsAfter,
} from '../catalog/reload-history.ts'
import type { Database } from '../db/database.ts'
import type { Sight } from '../db/snapshot.ts'
import type { Logger } from '../logger.ts'

/** How often the history is looked at while somebody listens, in milliseconds: that is how another replica's reload is seen. */
const POLL_MS = 1_000
/** Reloads that are kept for all listeners together; who is further behind reads the history for itself. */
const KEPT = 50
/** Most reloads that are read at once. */
const READ_AT_ONCE = 50

/**
 * Reloads as they are recorded, on any replica, to any number of listeners. Nothing is queued for anybody: each listener
 * knows the last id it has had, and reads on from there when it asks for the next.
 */
export class ReloadFeed {
  readonly #database: () => Pick<Database, 'pool'> | undefined
  readonly #logger: Logger
  readonly #listeners = new Set<ReloadListener>()
  /** The last ones, in order: all there are behind `#complete`. */
  #recent: FollowedReload[] = []
  #complete: string | undefined
  /** Everything up to this id has been seen; undefined while nobody listens. */
  #newest: string | undefined
  #timer: NodeJS.Timeout | undefined
  #polling: Promise<void> | undefined
  #isHinted = false
  #isFailing = false
  #isStopped = false

  constructor(database: () => Pick<Database, 'pool'> | undefined, logger: Logger) {
    this.#database = database
    this.#logger = logger
  }

  /** Each reload from now on that passes the filter and that this viewer may see. */
  async listen(filter: ReloadFilter, sees: Sight): Promise<AsyncIterableIterator<FollowedReload>> {
    const database = this.#database()
    const from = database && !this.#isStopped ? await newestReload(database) : '0'
    const listener = new ReloadListener(
      from,
      (reload) => passes(reload, filter) && (sees === 'everything' || !reload.draft),
      {
        read: (id) => this.#after(id),
        leave: () => this.#leave(listener),
      },
    )
    if (this.#isStopped) listener.end()
    else this.#join(listener, from)
    return listener
  }

  /** This process has recorded something: look at once. */
  hint(): void {
    if (this.#listeners.size === 0) return
    this.#isHinted = true
    if (!this.#polling) this.#poll()
  }

  /** End every listener. Whoever listens afterwards is ended at once. */
  stop(): void {
    this.#isStopped = true
    for (const listener of this.#listeners) listener.end()
  }

  #join(listener: ReloadListener, from: string): void {
    this.#listeners.add(listener)
    this.#newest ??= from
    this.#complete ??= from
    if (this.#listeners.size === 1 && !this.#polling) this.#timer ??= setTimeout(() => this.#poll(), POLL_MS)
    // What came between its first look and now.
    listener.wake()
  }

  #leave(listener: ReloadListener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#newest = undefined
    this.#complete = undefined
    this.#recent = []
  }

  #poll(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isHinted = false
    this.#polling = this.#readOn().finally(() => {
      this.#polling = undefined
      if (this.#listeners.size === 0) return
      if (this.#isHinted) this.#poll()
      else this.#timer ??= setTimeout(() => this.#poll(), POLL_MS)
    })
  }

  async #readOn(): Promise<void> {
    const database = this.#database()
    if (!database || this.#newest === undefined) return
    try {
      const after = this.#newest
      const found = await reloadsAfter(database, after, READ_AT_ONCE)
      this.#isFailing = false
      // Everybody has gone meanwhile, and somebody else may have come.
      if (this.#newest !== after || found.length === 0) return
      this.#newest = found.at(-1)?.id ?? after
      const all = [...this.#recent, ...found]
      this.#complete = all.at(-KEPT - 1)?.id ?? this.#complete
      this.#recent = all.slice(-KEPT)
      if (found.length === READ_AT_ONCE) this.#isHinted = true
      for (const listener of this.#listeners) listener.wake()
    } catch (error) {
      // Once, and not every second.
      if (!this.#isFailing) this.#logger.warn({ err: error }, 'The history of reloads cannot be read')
      this.#isFailing = true
    }
  }

  /** What stands behind an id: from memory where nothing is missing between, else from the database. */
  async #after(id: string): Promise<readonly FollowedReload[]> {
    if (this.#complete !== undefined && BigInt(id) >= BigInt(this.#complete))
      return this.#recent.filter((reload) => BigInt(reload.id) > BigInt(id))
    const database = this.#database()
    return database ? reloadsAfter(database, id, READ_AT_ONCE) : []
  }
}

interface Source {
  readonly read: (id: string) => Promise<readonly FollowedReload[]>
  readonly leave: () => void
}

type Result = IteratorResult<FollowedReload>

/**
 * One listener. An object and not a generator, whose `return` would wait behind a `next` that waits for a reload which may
 * never come. It is asked for one reload at a time.
 */
class ReloadListener implements AsyncIterableIterator<FollowedReload> {
  readonly #wants: (reload: FollowedReload) => boolean
  readonly #source: Source
  #last: string
  #read: FollowedReload[] = []
  #isAwake = true
  #onWake: (() => void) | undefined
  #hasEnded = false

  constructor(from: string, wants: (reload: FollowedReload) => boolean, source: Source) {
    this.#last = from
    this.#wants = wants
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Result> {
    while (!this.#hasEnded) {
      const found = this.#read.shift()
      if (found) return { done: false, value: found }
      if (!this.#isAwake) await this.#sleep()
      else await this.#readOn()
    }
    return done()
  }

  return(): Promise<Result> {
    this.end()
    return Promise.resolve(done())
  }

  wake(): void {
    this.#isAwake = true
    this.#onWake?.()
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#onWake?.()
    this.#source.leave()
  }

  async #readOn(): Promise<void> {
    this.#isAwake = false
    const reloads = await this.#source.read(this.#last)
    this.#last = reloads.at(-1)?.id ?? this.#last
    this.#read = reloads.filter(this.#wants)
    // There may be more behind what was read at once.
    if (reloads.length > 0) this.#isAwake = true
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWake = resolve
    })
  }
}

function done(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined }
}
