import { type SavedSnapshot, saveSnapshot } from './saved-snapshot.ts'

export interface CacheFileOptions {
  readonly path: string
  /** Which server it is of. */
  readonly url: string
  /** How long to wait for further changes before it is written, in milliseconds. */
  readonly delayMs: number
  /** What to write; undefined when there is nothing of the server yet. */
  readonly snapshot: () => SavedSnapshot | undefined
  readonly failed: (error: unknown) => void
}

/** Keeps the cache file up to date: written some time after a change, however many there were, one write at a time. */
export class CacheFile {
  readonly #options: CacheFileOptions
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: CacheFileOptions) {
    this.#options = options
  }

  /** Something has changed. The first change of a while sets the time, so that a busy catalog is written, too. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#write(), this.#options.delayMs)
  }

  /** Write what has changed since the last time, and stop. */
  async close(): Promise<void> {
    if (this.#timer) this.#write()
    await this.#writing
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#save())
  }

  async #save(): Promise<void> {
    const { path, url, snapshot, failed } = this.#options
    const now = snapshot()
    if (now) await saveSnapshot(path, url, now).catch(failed)
  }
}
