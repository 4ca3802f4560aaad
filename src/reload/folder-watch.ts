import { readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Logger } from '../logger.ts'
import { Debounce } from './debounce.ts'

/** One save is several events. Whether a file is finished, the reader tells: this only gathers them. */
const BURST = { quietMs: 80, mostMs: 1_000 } as const
/** How often the folder itself is looked for, in milliseconds: one that is mounted over tells nobody. */
const LOOK_EVERY_MS = 1_000
/** Longest wait for the watcher to know the folder, in milliseconds. */
const READY_TIMEOUT_MS = 10_000

export interface FolderWatchOptions {
  readonly folder: string
  readonly logger: Logger
  /** Something may have changed. */
  readonly onChange: () => void
}

/**
 * Says when something in the folder may have changed. Only a hint: what has changed, the reload finds out. A folder that is
 * not there is taken up when it appears, and one that was replaced (mounted, unmounted) is watched anew.
 */
export class FolderWatch {
  readonly #options: FolderWatchOptions
  readonly #burst: Debounce
  #watcher: FSWatcher | undefined
  #identity: string | undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: FolderWatchOptions) {
    this.#options = options
    this.#burst = new Debounce(BURST, options.onChange)
  }

  /** Resolves when changes are seen from now on, or there is no folder yet. */
  async start(): Promise<void> {
    const { folder, logger } = this.#options
    this.#identity = await identityOf(folder)
    if (this.#identity === undefined) logger.warn({ folder }, 'WATCH_DIR is not there yet; it is taken up when it is')
    else await this.#watch()
    if (this.#isStopped) return
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look())
    }, LOOK_EVERY_MS)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#burst.stop()
    await this.#looking
    await this.#watcher?.close()
  }

  async #look(): Promise<void> {
    const identity = await identityOf(this.#options.folder)
    if (identity === this.#identity || this.#isStopped) return
    const { folder, logger } = this.#options
    this.#identity = identity
    await this.#watcher?.close()
    this.#watcher = undefined
    logger.warn({ folder }, identity === undefined ? 'WATCH_DIR is gone' : 'WATCH_DIR is there')
    if (identity !== undefined) await this.#watch()
    this.#burst.hint()
  }

  async #watch(): Promise<void> {
    const { folder, logger } = this.#options
    if (this.#isStopped) return
    const watcher = watch(folder, {
      ignoreInitial: true,
      followSymlinks: false,
      ignored: (path) => isIgnored(path, folder),
    })
    this.#watcher = watcher
    watcher.on('all', (event, path) => {
      // The watcher has lost it; when it is back before anybody has looked, it is the same one, and unwatched.
      if (event === 'unlinkDir' && path === folder) this.#identity = undefined
      this.#burst.hint()
    })
    watcher.on('error', (err) => logger.warn({ err, folder }, 'WATCH_DIR cannot be watched; set RELOAD_SCHEDULE, too'))
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, READY_TIMEOUT_MS)
      watcher.once('ready', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

/** Hidden files and folders: what editors write beside a file, and `.git`. */
function isIgnored(path: string, folder: string): boolean {
  const name = basename(path)
  return path !== folder && (name.startsWith('.') || name === 'node_modules')
}

/**
 * Which folder it is; undefined when there is none. Kubernetes changes a mounted ConfigMap by leading its link `..data`
 * elsewhere, which is hidden and no file.
 */
async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder)
    return `${dev}:${ino}:${await readlink(join(folder, '..data')).catch(() => '')}`
  } catch {
    return undefined
  }
}
