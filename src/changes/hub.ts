import type { Database } from '../db/database.ts'
import { type ChangeFilter, type ChangeView, createChangeView, viewKey } from './change-view.ts'
import { type ChangeSource, Cursor } from './cursor.ts'
import type { ChangeFeed } from './feed.ts'
import { History } from './history.ts'
import { type Bookmark, FutureRevisionError } from './stream-item.ts'

/** How often bookmarks and slow subscribers are looked after, in milliseconds. */
const TICK_MS = 1_000
/** Longest wait for the log to be read, in milliseconds. */
const READ_TIMEOUT_MS = 5_000

export interface SubscribeOptions {
  /** Continue behind this revision, in digits; from now on when left out. */
  readonly afterRevision?: string | undefined
  /** The history that the revision counts; the present one when left out. */
  readonly epoch?: string | undefined
  readonly filter?: ChangeFilter
  /** Whether changes that concern nothing but drafts are shown. */
  readonly seesDrafts: boolean
}

/** The log cannot be read at the moment, so that nobody knows where it is. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError'
}

/** Gives every subscriber its place in the log, wakes those that wait when it has grown, and ends them at the stop. */
export class ChangeHub {
  readonly #feed: ChangeFeed
  readonly #source: ChangeSource
  readonly #cursors = new Set<Cursor>()
  /** Those in use, with the number of their cursors. */
  readonly #views = new Map<string, { readonly view: ChangeView; users: number }>()
  #isStopped = false
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout

  constructor(feed: ChangeFeed, database: () => Database | undefined, now: () => number = () => performance.now()) {
    this.#feed = feed
    const history = new History(database)
    let bookmark: Bookmark | undefined
    this.#source = {
      get state() {
        return feed.state
      },
      next: (revision) => feed.next(revision) ?? history.next(revision, feed.state.epoch),
      read: async (revision, epoch) => {
        const found = await history.read(revision, epoch)
        // The log says something that the feed may not have read yet, and the state is its.
        if (typeof found === 'string') await this.#refresh().catch(() => {})
        return found
      },
      bookmark: (revision, epoch) => {
        if (bookmark?.revision !== String(revision) || bookmark.epoch !== epoch)
          bookmark = { type: 'Bookmark', revision: String(revision), epoch }
        return bookmark
      },
      now,
    }
    this.#stopListening = feed.listen(() => this.#each((cursor) => cursor.wake()))
    this.#timer = setInterval(() => this.#each((cursor) => cursor.tick()), TICK_MS).unref()
  }

  /** How many follow the log. */
  get size(): number {
    return this.#cursors.size
  }

  /** How many revisions the one is behind that is furthest behind; of 5,000 it is found in 0.1 ms. */
  get furthestBehind(): number {
    let behind = 0
    for (const cursor of this.#cursors) behind = Math.max(behind, cursor.behind)
    return behind
  }

  /**
   * Follow the log.
   * @throws FutureRevisionError for a revision that is not there yet; LogUnavailableError
   */
  async subscribe({ afterRevision, epoch, filter = {}, seesDrafts }: SubscribeOptions): Promise<Cursor> {
    // What is committed by now counts, whichever replica it came through: also when this one has not read it yet.
    await this.#refresh()
    const { state } = this.#feed
    const start = { revision: afterRevision === undefined ? state.revision : Number(afterRevision), epoch: state.epoch }
    const isOfAnother = epoch !== undefined && epoch !== state.epoch
    if (!isOfAnother && start.revision > state.revision) throw new FutureRevisionError(String(state.revision))
    const cursor = this.#open(filter, seesDrafts, isOfAnother ? { revision: 0, epoch } : start)
    if (this.#isStopped) cursor.end()
    return cursor
  }

  /** End every subscriber, and each one that comes later. */
  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#stopListening()
    this.#each((cursor) => cursor.end())
  }

  #open(
    filter: ChangeFilter,
    seesDrafts: boolean,
    start: { readonly revision: number; readonly epoch: string },
  ): Cursor {
    const key = viewKey(filter, seesDrafts)
    const shared = this.#views.get(key) ?? { view: createChangeView(filter, seesDrafts), users: 0 }
    shared.users++
    this.#views.set(key, shared)
    const cursor = new Cursor(this.#source, shared.view, start, () => {
      this.#cursors.delete(cursor)
      if (--shared.users === 0) this.#views.delete(key)
    })
    this.#cursors.add(cursor)
    return cursor
  }

  async #refresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      const error = new LogUnavailableError('The log of changes cannot be read at the moment')
      timer = setTimeout(() => reject(error), READ_TIMEOUT_MS)
    })
    await Promise.race([this.#feed.refresh(), timeout]).finally(() => clearTimeout(timer))
  }

  #each(visit: (cursor: Cursor) => void): void {
    for (const cursor of this.#cursors) visit(cursor)
  }
}
