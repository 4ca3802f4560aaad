import { resolve } from 'node:path'
import { Cron } from 'croner'
import type { EndedReload } from '../catalog/reload-log.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Logger } from '../logger.ts'
import { ReloadFigures } from '../performance/reload-figures.ts'
import { Debounce } from './debounce.ts'
import { FolderWatch } from './folder-watch.ts'
import { ReloadRecorder } from './recorder.ts'
import { ReloadFeed } from './reload-feed.ts'
import type { ReloadReport, ReloadRequest } from './reload-report.ts'
import { Reloader, ReloaderStoppedError } from './reloader.ts'

export interface ReloadingOptions {
  readonly config: Pick<Config, 'WATCH_DIR' | 'WATCH_ON_CONFLICT' | 'COMPATIBILITY' | 'RELOAD_SCHEDULE'>
  readonly logger: Logger
  /** The database, once the catalog is ready to be served. */
  readonly database: () => Database | undefined
}

/** A sender that calls for every file of a push is one reload. */
const WEBHOOK_BURST = { quietMs: 250, mostMs: 2_000 } as const
/** Waits before the next try when the database, and not the files, was to blame, in milliseconds. */
const RETRY_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const

type Trigger = Extract<ReloadRequest['trigger'], 'file_watch' | 'schedule' | 'webhook' | 'startup'>

/** Everything about reloads of one server: the reloader, what triggers it, and those who follow it. */
export class Reloading {
  readonly feed: ReloadFeed
  readonly figures = new ReloadFigures()
  readonly #options: ReloadingOptions
  readonly #hooks = new Debounce(WEBHOOK_BURST, () => this.#trigger('webhook'))
  #reloader: Reloader | undefined
  #recorder: ReloadRecorder | undefined
  #watch: FolderWatch | undefined
  #schedule: Cron | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #isStopped = false

  constructor(options: ReloadingOptions) {
    this.#options = options
    this.feed = new ReloadFeed(options.database, options.logger)
  }

  /** Whether there is a folder that can be reloaded. */
  get hasFolder(): boolean {
    return this.#options.config.WATCH_DIR !== undefined
  }

  /** Follow the writes of the API from now on. */
  record(database: Database): ReloadRecorder {
    const { logger } = this.#options
    const onEnded = (reload: EndedReload) => this.figures.record(reload)
    this.#recorder = new ReloadRecorder({ database, logger, onEnded, onRecorded: () => this.feed.hint() })
    return this.#recorder
  }

  /**
   * Reload once, and then whenever something triggers it. A reload that fails does not keep the server from serving the last
   * good catalog.
   */
  async start(database: Database): Promise<void> {
    const { config, logger } = this.#options
    const { WATCH_DIR, RELOAD_SCHEDULE } = config
    if (WATCH_DIR === undefined || this.#isStopped) return
    const folder = resolve(WATCH_DIR)
    const recorder = this.#recorder ?? this.record(database)
    this.#reloader = new Reloader({ folder, config, database, recorder, logger })
    this.#watch = new FolderWatch({ folder, logger, onChange: () => this.#trigger('file_watch') })
    // First, so that nothing is missed between the reload and the watch.
    await this.#watch.start()
    await this.#run('startup')
    if (RELOAD_SCHEDULE !== undefined && !this.#isStopped)
      this.#schedule = new Cron(RELOAD_SCHEDULE, { timezone: 'UTC', unref: true, protect: true }, () =>
        this.#run('schedule'),
      )
  }

  /**
   * Reload because somebody asked.
   * @returns undefined when there is no folder
   * @throws ReloaderStoppedError; InvalidInputError when the caller's id was used for something else
   */
  async reload(request: ReloadRequest): Promise<ReloadReport | undefined> {
    return this.#reloader?.reload(request)
  }

  /** A webhook came: reload soon. */
  hook(): void {
    this.#hooks.hint()
  }

  /** Stop what triggers, let the reload that runs come to its end, and write the history. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#schedule?.stop()
    this.#hooks.stop()
    clearTimeout(this.#retry)
    this.feed.stop()
    await this.#watch?.stop()
    await this.#reloader?.stop()
    await this.#recorder?.stop()
  }

  #trigger(trigger: Trigger): void {
    void this.#run(trigger)
  }

  /** Never rejects: there is nobody to tell but the log and the history. */
  async #run(trigger: Trigger): Promise<void> {
    this.figures.triggered()
    try {
      const report = await this.#reloader?.reload({ trigger, actor: 'system' })
      if (report?.isTransient) this.#tryAgain(trigger)
      else this.#failures = 0
    } catch (error) {
      if (!(error instanceof ReloaderStoppedError)) this.#options.logger.error({ err: error, trigger }, 'Reload')
    }
  }

  /** What triggered it will not come again by itself. */
  #tryAgain(trigger: Trigger): void {
    if (this.#isStopped) return
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#trigger(trigger), wait)
  }
}
