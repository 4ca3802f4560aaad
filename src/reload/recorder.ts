import { type EndedReload, NO_COUNTS, recordReloads } from '../catalog/reload-log.ts'
import type { Database, LocalCommit } from '../db/database.ts'
import type { Logger } from '../logger.ts'

/** How often what waits is written, in milliseconds: a write for each mutation would double its cost. */
const WRITE_EVERY_MS = 1_000
/** Most reloads that wait for a database that cannot be written. */
const MOST_WAITING = 10_000

export interface RecorderOptions {
  readonly database: Database
  readonly logger: Logger
  /** Called for each reload, whether it can be written or not. */
  readonly onEnded?: (reload: EndedReload) => void
  /** Called when something was written. */
  readonly onRecorded: () => void
}

/** Writes the history of reloads: those of the reloader at once, the mutations of this process in batches. */
export class ReloadRecorder {
  readonly #options: RecorderOptions
  #waiting: EndedReload[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<unknown> = Promise.resolve()
  readonly #onCommit = (commit: LocalCommit) => this.#hear(commit)

  constructor(options: RecorderOptions) {
    this.#options = options
    options.database.commitListeners.add(this.#onCommit)
  }

  /**
   * Write a reload, and what waits, now.
   * @returns its id; undefined when the database cannot be written: then it waits
   */
  async record(reload: EndedReload): Promise<string | undefined> {
    this.#wait(reload)
    return (await this.#write()).get(reload)
  }

  /** Write what waits, once; then nothing more. */
  async stop(): Promise<void> {
    this.#options.database.commitListeners.delete(this.#onCommit)
    await this.#write()
    clearTimeout(this.#timer)
  }

  /** A write of the API; those of reloads and of the first start are recorded by who makes them. */
  #hear({ revision, actor, source, message, requestId, startedAt, durationMs }: LocalCommit): void {
    if (source !== 'api' && source !== 'import') return
    const about = { actor, message, requestId, revision, startedAt, durationMs }
    this.#wait({ ...NO_COUNTS, trigger: 'api', outcome: 'succeeded', ...about })
    this.#timer ??= setTimeout(() => void this.#write(), WRITE_EVERY_MS)
  }

  #wait(reload: EndedReload): void {
    this.#options.onEnded?.(reload)
    this.#waiting.push(reload)
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()
  }

  /** One write at a time, each of all that waits. */
  #write(): Promise<ReadonlyMap<EndedReload, string>> {
    const written = this.#writing.then(() => this.#writeWaiting())
    this.#writing = written
    return written
  }

  async #writeWaiting(): Promise<ReadonlyMap<EndedReload, string>> {
    const { database, logger, onRecorded } = this.#options
    clearTimeout(this.#timer)
    this.#timer = undefined
    const reloads = this.#waiting
    this.#waiting = []
    if (reloads.length === 0) return new Map()
    try {
      const ids = await recordReloads(database, reloads)
      onRecorded()
      return new Map(reloads.map((reload, index) => [reload, ids[index] ?? '']))
    } catch (error) {
      logger.warn({ err: error, reloads: reloads.length }, 'Reloads cannot be recorded at the moment')
      this.#waiting = [...reloads, ...this.#waiting].slice(-MOST_WAITING)
      this.#timer = setTimeout(() => void this.#write(), WRITE_EVERY_MS)
      return new Map()
    }
  }
}
