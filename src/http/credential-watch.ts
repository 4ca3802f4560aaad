import type { Viewer } from '../auth/viewer.ts'
import type { Logger } from '../logger.ts'

/** How often the credentials of open connections are looked at, in milliseconds. */
const CHECK_MS = 2_000

interface Watched {
  readonly viewer: Viewer
  readonly onEnd: () => void
}

/** Ends what stays open when its credential expires or is revoked: within 5 seconds. */
export class CredentialWatch {
  readonly #stillGood: (viewer: Viewer) => Promise<boolean>
  readonly #logger: Logger
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | undefined

  /** @param stillGood is cheap to ask for the same key again and again: many connections may have one key */
  constructor(stillGood: (viewer: Viewer) => Promise<boolean>, logger: Logger) {
    this.#stillGood = stillGood
    this.#logger = logger
  }

  /**
   * @param onEnd called once, when the credential is not good any more
   * @returns what ends the watch
   */
  watch(viewer: Viewer, onEnd: () => void): () => void {
    if (viewer.via === 'anonymous') return () => {}
    const watched = { viewer, onEnd }
    this.#watched.add(watched)
    this.#timer ??= setInterval(() => void this.#check(), CHECK_MS).unref()
    return () => this.#forget(watched)
  }

  /** Whether this viewer may still see what comes. */
  isGood(viewer: Viewer): Promise<boolean> {
    return viewer.via === 'anonymous' ? Promise.resolve(true) : this.#stillGood(viewer)
  }

  async #check(): Promise<void> {
    const checks = [...this.#watched].map(async (watched) => {
      if (await this.#stillGood(watched.viewer)) return
      // Forgotten meanwhile: it closed by itself.
      if (this.#watched.has(watched)) watched.onEnd()
      this.#forget(watched)
    })
    await Promise.all(checks).catch((error: unknown) => this.#logger.warn({ err: error }, 'Cannot check credentials'))
  }

  #forget(watched: Watched): void {
    this.#watched.delete(watched)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
