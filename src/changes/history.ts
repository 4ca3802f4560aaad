import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.ts'
import { type LoggedChangeSet, type LogPage, readLog } from './read-log.ts'

/** Change sets of one page, which begins behind a multiple of this, so that those who resume near each other share it. */
const PAGE = { most: 250, mostEvents: 10_000 }
const MOST_EVENTS_KEPT = 100_000

/**
 * The older history, in pages out of the log. Whoever resumes reads the page of where it is; others who resume there get
 * the same one, while it is read and as long as it is kept.
 */
export class History {
  readonly #database: () => Database | undefined
  /** By the revision behind which they begin. */
  readonly #pages = new LRUCache<number, LogPage>({
    maxSize: MOST_EVENTS_KEPT,
    sizeCalculation: ({ changeSets }) => changeSets.reduce((sum, { events }) => sum + events.length, 1),
  })
  readonly #reading = new Map<number, Promise<LogPage>>()

  constructor(database: () => Database | undefined) {
    this.#database = database
  }

  /**
   * The change set behind a revision, when it is in a page that is kept.
   * @param epoch of the history that is meant: pages of another one are forgotten
   */
  next(revision: number, epoch: string): LoggedChangeSet | undefined {
    const page = this.#pageOf(revision, epoch)
    return page && isReadable(page, revision) ? changeSetOf(page, revision) : undefined
  }

  /**
   * Read the page of the change set behind a revision.
   * @returns the page, or `compacted` when it is gone by now
   */
  async read(revision: number, epoch: string): Promise<'there' | 'compacted' | 'another epoch'> {
    for (let start = startOf(revision); ; ) {
      const kept = this.#pages.get(start)
      const page = kept && isUsable(kept, revision, epoch) ? kept : await this.#readPage(start)
      if (page.state.epoch !== epoch) return 'another epoch'
      if (!isReadable(page, revision)) return 'compacted'
      const last = page.changeSets.at(-1)?.number ?? start
      if (last > revision) return 'there'
      if (last === start && page.state.revision > revision) throw new Error(`The log has no revision ${revision + 1}`)
      start = last
    }
  }

  #pageOf(revision: number, epoch: string): LogPage | undefined {
    for (let start = startOf(revision); ; ) {
      const page = this.#pages.get(start)
      if (!page || page.state.epoch !== epoch) return undefined
      const last = page.changeSets.at(-1)?.number ?? start
      if (last > revision) return page
      if (last === start) return undefined
      start = last
    }
  }

  #readPage(start: number): Promise<LogPage> {
    const reading = this.#reading.get(start)
    if (reading) return reading
    const database = this.#database()
    if (!database) return Promise.reject(new Error('The database is not open'))
    const page = readLog(database.pool, { after: start, ...PAGE, most: PAGE.most - (start % PAGE.most) })
      .then((read) => {
        this.#pages.set(start, read)
        return read
      })
      .finally(() => this.#reading.delete(start))
    this.#reading.set(start, page)
    return page
  }
}

function startOf(revision: number): number {
  return revision - (revision % PAGE.most)
}

/** Whether what a reader at this revision needs was not compacted when the page was read. */
function isReadable({ state }: LogPage, revision: number): boolean {
  return revision >= state.compactedRevision
}

/** A page that was read when its end was the head of the log is too short for who needs what came later. */
function isUsable(page: LogPage, revision: number, epoch: string): boolean {
  const { changeSets, state } = page
  const last = changeSets.at(-1)
  if (!last || state.epoch !== epoch) return false
  return last.number > revision || last.number < state.revision
}

function changeSetOf({ changeSets }: LogPage, revision: number): LoggedChangeSet | undefined {
  const first = changeSets[0]?.number ?? 0
  return changeSets[revision + 1 - first]
}
