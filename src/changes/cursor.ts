import type { ChangeView } from './change-view.ts'
import type { LoggedChangeSet, LogState } from './read-log.ts'
import {
  type Bookmark,
  ConsumerTooSlowError,
  type ResyncReason,
  type ResyncRequired,
  type StreamItem,
} from './stream-item.ts'

/** What a cursor reads from: shared by all of them. */
export interface ChangeSource {
  readonly state: LogState
  /** The change set behind a revision; undefined when it has to be read first. */
  readonly next: (revision: number) => LoggedChangeSet | undefined
  /** Read the change set behind a revision. What is said of the state afterwards is as new as the answer. */
  readonly read: (revision: number, epoch: string) => Promise<LoggedChangeSet | 'compacted' | 'another epoch'>
  /** The same object for the same place: subscribers that get the same share the answer. */
  readonly bookmark: (revision: number, epoch: string) => Bookmark
  /** In milliseconds, of a clock that only goes forward. */
  readonly now: () => number
}

/** Longest silence, in milliseconds. */
const IDLE_BOOKMARK_MS = 30_000
/** Longest time that a revision which the filter hid goes unsaid, in milliseconds. */
const HIDDEN_BOOKMARK_MS = 1_000
/** A subscriber that takes nothing for so long although there is something, in milliseconds, is too slow. */
const STALLED_MS = 30_000
/** So is one that was up to date, is so many revisions behind by now, and takes nothing for a shorter time. */
const BEHIND = { revisions: 1_000, ms: 5_000 }
/** Hidden change sets that are passed over in one go, before others get their turn. */
const STRIDE = 1_000

/**
 * One subscriber: a place in the log. It is given nothing; it reads on when it is asked for the next item, and waits when
 * it is at the head. So a subscriber that does not ask costs nothing, and holds up nobody.
 */
export class Cursor implements AsyncIterableIterator<StreamItem> {
  readonly #source: ChangeSource
  readonly #view: ChangeView
  readonly #epoch: string
  readonly #onEnd: (cursor: Cursor) => void
  /** Everything up to here was delivered, or is not for this subscriber. */
  #revision: number
  /** The revision of the last item. */
  #told: number | undefined
  /** That of the last item behind which the subscriber has asked for another one: so it has that. */
  #taken: number
  #toldAt: number
  /** When the subscriber asked for the last time, and whether it still waits for the answer. */
  #askedAt: number
  #isAsking = false
  #wasLive = false
  #waiting: { readonly resolve: (isThereMore: boolean) => void } | undefined
  #hasEnded = false
  #failure: Error | undefined
  /** Called when the subscriber is too slow: it does not ask, so that nothing else can tell it. */
  onTooSlow: ((error: ConsumerTooSlowError) => void) | undefined

  /** @param revision the first item is of a later one */
  constructor(
    source: ChangeSource,
    view: ChangeView,
    start: { readonly revision: number; readonly epoch: string },
    onEnd: (cursor: Cursor) => void,
  ) {
    this.#source = source
    this.#view = view
    this.#epoch = start.epoch
    this.#revision = this.#taken = start.revision
    this.#onEnd = onEnd
    this.#toldAt = this.#askedAt = source.now()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<StreamItem>> {
    this.#isAsking = true
    this.#taken = this.#told ?? this.#taken
    try {
      const item = await this.#read()
      return item ? { done: false, value: item } : { done: true, value: undefined }
    } catch (error) {
      // Nobody asks a stream that has failed to end, and one that is left over would count as too slow later.
      this.end()
      throw error
    } finally {
      this.#isAsking = false
      // What is being sent counts from here: a subscriber that asks again has taken it.
      this.#askedAt = this.#source.now()
    }
  }

  return(): Promise<IteratorResult<StreamItem>> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  throw(): Promise<IteratorResult<StreamItem>> {
    return this.return()
  }

  /** Whoever waits for the next item gets to know that there is none. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#waiting?.resolve(false)
    this.#onEnd(this)
  }

  /** How many revisions there are that it has not come to. */
  get behind(): number {
    return Math.max(0, this.#source.state.revision - this.#revision)
  }

  /** There is more in the log. */
  wake(): void {
    this.#waiting?.resolve(true)
  }

  /** Called every second: a bookmark may be due, or the subscriber may be too slow. */
  tick(): void {
    if (this.#waiting) {
      if (this.#isBookmarkDue()) this.wake()
    } else if (!this.#isAsking) this.#checkProgress()
  }

  async #read(): Promise<StreamItem | undefined> {
    for (let passed = 0; !this.#hasEnded; ) {
      const { state } = this.#source
      if (this.#isOfAnotherHistory(state)) return this.resync('EPOCH_CHANGED')
      // Whoever begins too far back is told so by every replica, also by one that has more in memory than in the log.
      if (this.#told === undefined && this.#revision < state.compactedRevision) return this.resync('COMPACTED')
      if (this.#revision >= state.revision) {
        if (this.#isBookmarkDue()) {
          this.#wasLive = true
          return this.#bookmark()
        }
        await this.#wait()
        continue
      }
      const changeSet = this.#source.next(this.#revision) ?? (await this.#source.read(this.#revision, this.#epoch))
      if (this.#hasEnded) break
      if (changeSet === 'compacted') return this.resync('COMPACTED')
      if (changeSet === 'another epoch') return this.resync('EPOCH_CHANGED')
      this.#revision = changeSet.number
      const item = this.#view.see(changeSet)
      if (item) return this.#tell(item)
      if (++passed % STRIDE === 0) {
        await new Promise((resolve) => setImmediate(resolve))
        if (this.#isHidingTooLong()) return this.#bookmark()
      }
    }
    if (this.#failure) throw this.#failure
    return undefined
  }

  async #wait(): Promise<void> {
    this.#wasLive = true
    await new Promise<boolean>((resolve) => {
      this.#waiting = { resolve }
    })
    this.#waiting = undefined
  }

  #tell<T extends StreamItem>(item: T): T {
    this.#told = this.#revision
    this.#toldAt = this.#source.now()
    return item
  }

  #bookmark(): StreamItem {
    return this.#tell(this.#source.bookmark(this.#revision, this.#epoch))
  }

  /** Revisions that go back are those of a database that was restored, though nobody has said so. */
  #isOfAnotherHistory({ epoch, revision }: LogState): boolean {
    return epoch !== this.#epoch || revision < this.#revision
  }

  /** When it has caught up for the first time, when its filter hid something, and when nothing was said for long. */
  #isBookmarkDue(): boolean {
    if (!this.#wasLive) return true
    return this.#source.now() - this.#toldAt >= IDLE_BOOKMARK_MS || this.#isHidingTooLong()
  }

  #isHidingTooLong(): boolean {
    return this.#told !== this.#revision && this.#source.now() - this.#toldAt >= HIDDEN_BOOKMARK_MS
  }

  #checkProgress(): void {
    const { revision } = this.#source.state
    const behind = revision - this.#revision
    const silence = this.#source.now() - this.#askedAt
    if (behind <= 0 || this.#hasEnded) return
    if (silence < (this.#wasLive && behind > BEHIND.revisions ? BEHIND.ms : STALLED_MS)) return
    const error = new ConsumerTooSlowError(String(this.#taken))
    this.#failure = error
    this.end()
    this.onTooSlow?.(error)
  }

  /** The last item: it cannot go on from here. */
  resync(reason: ResyncReason): ResyncRequired {
    this.end()
    const { revision, compactedRevision, epoch } = this.#source.state
    return {
      type: 'ResyncRequired',
      reason,
      compactedRevision: String(compactedRevision),
      currentRevision: String(revision),
      epoch,
    }
  }
}
