import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.ts'
import { type LoggedChangeSet, type LogPage, readLog } from './read-log.ts'

/**
 * Change sets of one page, which begins behind a multiple of this, so that those who resume near each other share it. A page
 * that has too many events ends early; what is behind its end is found in a shorter one. One of a single change set is whole.
 */
const SIZES = [250, 25, 1]
/** Most events of one page, and of all that are kept. */
const MOST_EVENTS = { ofPage: 10_000, kept: 100_000 }

/**
 * The older history, in pages out of the log. Whoever resumes reads the page of where it is; others who resume there get
 * the same one, while it is read and as long as it is kept.
 */
export class History {
  readonly #database: () => Database | undefined
  readonly #most: typeof MOST_EVENTS
  readonly #pages: LRUCache<string, LogPage>
  readonly #reading = new Map<string, Promise<LogPage>>()

  constructor(database: () => Database | undefined, most = MOST_EVENTS) {
    this.#database = database
    this.#most = most
    this.#pages = new LRUCache({
      maxSize: most.kept,
      sizeCalculation: ({ changeSets }) => changeSets.reduce((sum, { events }) => sum + events.length, 1),
    })
  }

  /**
   * The change set behind a revision, when it is in a page that is kept.
   * @param epoch of the history that is meant: pages of another one are forgotten
   */
  next(revision: number, epoch: string): LoggedChangeSet | undefined {
    for (const size of SIZES) {
      const page = this.#pages.get(keyOf(size, revision))
      if (!page || !isUsable(page, revision, epoch) || !isReadable(page, revision)) continue
      const changeSet = changeSetOf(page, revision)
      if (changeSet) return changeSet
    }
    return undefined
  }

  /**
   * Read the change set behind a revision, and its page. What is read is given, and not only kept: who reads a dense
   * stretch must get on, even when its pages are too large to be kept together.
   * @returns the change set, `compacted` when it is gone by now, or `another epoch` when the log has no such revision any more
   */
  async read(revision: number, epoch: string): Promise<LoggedChangeSet | 'compacted' | 'another epoch'> {
    for (const size of SIZES) {
      const page = await this.#pageOf(size, revision, epoch)
      if (!isUsable(page, revision, epoch)) return 'another epoch'
      if (!isReadable(page, revision)) return 'compacted'
      const changeSet = changeSetOf(page, revision)
      if (changeSet) return changeSet
    }
    throw new Error(`The log has no revision ${revision + 1}`)
  }

  async #pageOf(size: number, revision: number, epoch: string): Promise<LogPage> {
    const key = keyOf(size, revision)
    const kept = this.#pages.get(key)
    if (kept && isUsable(kept, revision, epoch)) return kept
    // It may have been begun before the revision was there; one that is begun from now on was not.
    const begun = await this.#reading.get(key)
    return begun && isUsable(begun, revision, epoch) ? begun : this.#readPage(key, size, revision)
  }

  #readPage(key: string, size: number, revision: number): Promise<LogPage> {
    const reading = this.#reading.get(key)
    if (reading) return reading
    const database = this.#database()
    if (!database) return Promise.reject(new Error('The database is not open'))
    const range = { after: startOf(size, revision), most: size, mostEvents: this.#most.ofPage }
    const page = readLog(database.pool, range)
      .then((read) => {
        this.#pages.set(key, read)
        return read
      })
      .finally(() => this.#reading.delete(key))
    this.#reading.set(key, page)
    return page
  }
}

/** The revision behind which the page of this size begins that a reader at this revision goes on in. */
function startOf(size: number, revision: number): number {
  return revision - (revision % size)
}

function keyOf(size: number, revision: number): string {
  return `${size} ${startOf(size, revision)}`
}

/** Whether what a reader at this revision needs was not compacted when the page was read. */
function isReadable({ state }: LogPage, revision: number): boolean {
  return revision >= state.compactedRevision
}

/** A page that was read when the revision was the head of the log is too short for who needs what came later. */
function isUsable({ state }: LogPage, revision: number, epoch: string): boolean {
  return state.epoch === epoch && state.revision > revision
}

function changeSetOf({ changeSets }: LogPage, revision: number): LoggedChangeSet | undefined {
  const first = changeSets[0]?.number ?? 0
  return changeSets[revision + 1 - first]
}
