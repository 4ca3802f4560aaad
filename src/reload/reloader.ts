import { setTimeout as sleep } from 'node:timers/promises'
import { findReceipt } from '../catalog/receipts.ts'
import { FolderOutdatedError, type ReloadedFiles, ReloadRejectedError, reloadFiles } from '../catalog/reload-files.ts'
import { takenDigests } from '../catalog/source-files.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { hasErrors } from '../definition/problem.ts'
import type { Logger } from '../logger.ts'
import { type FolderContents, FolderReader, FolderUnreadableError, FolderUnsettledError } from './folder-reader.ts'
import type { ReloadRecorder } from './recorder.ts'
import { failedReport, type ReloadReport, type ReloadRequest, reportOf } from './reload-report.ts'
import { boundedProblems, logFailure } from './report-failure.ts'

export interface ReloaderOptions {
  readonly folder: string
  readonly config: Pick<Config, 'WATCH_ON_CONFLICT' | 'COMPATIBILITY'>
  readonly database: Database
  readonly recorder: ReloadRecorder
  readonly logger: Logger
}

/**
 * What the catalog calls the folder. One name for all replicas, each of which may have it mounted at another place: with
 * the path as the name, each would take the tools for its own.
 */
const SOURCE = 'files'

/** How long files that are being written are waited for, in milliseconds. */
const PATIENCE_MS = 3_000
/** Times that a folder is compared again because another replica was faster. */
const MOST_COMPARISONS = 5
/** Most reloads that wait for their turn. */
const MOST_WAITING = 100

/** The server is stopping. */
export class ReloaderStoppedError extends Error {
  override readonly name = 'ReloaderStoppedError'
}

/** Reloads the folder, one reload at a time. What is asked for twice while one runs, happens once. */
export class Reloader {
  readonly #options: ReloaderOptions
  readonly #reader: FolderReader
  readonly #waiting = new Map<string, Promise<ReloadReport>>()
  readonly #stopping = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: ReloaderOptions) {
    this.#options = options
    this.#reader = new FolderReader(options.folder)
  }

  /**
   * Bring the catalog to what the folder says, and tell what came of it. A failure is part of the report.
   * @throws ReloaderStoppedError; InvalidInputError when the caller's id was used for something else
   */
  reload(request: ReloadRequest): Promise<ReloadReport> {
    const { signal } = this.#stopping
    if (signal.aborted) return Promise.reject(new ReloaderStoppedError('The server is stopping'))
    const key = sameness(request)
    const waiting = this.#waiting.get(key)
    if (waiting) return waiting
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.resolve(failedReport('Too many reloads are waiting', request))
    const report = this.#last.then(() => {
      this.#waiting.delete(key)
      if (signal.aborted) throw new ReloaderStoppedError('The server is stopping')
      return this.#run(request)
    })
    this.#waiting.set(key, report)
    this.#last = report.catch(() => {})
    return report
  }

  /** Let the one that runs come to its end; those that wait do not begin. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#last
  }

  async #run(request: ReloadRequest): Promise<ReloadReport> {
    const { database, recorder, folder } = this.#options
    const { dryRun, once, actor } = request
    const first = once && !dryRun ? await findReceipt(database.prisma, actor, once) : undefined
    // It was kept from a reload with the same request.
    if (first) return reportOf(first.value as ReloadedFiles, first, [])
    const started = performance.now()
    const startedAt = new Date()
    const { report, files } = await this.#attempt(request, startedAt)
    // Another replica was asked the same at the same moment, and it is in the history by now.
    if (dryRun || report.startedAt.getTime() !== startedAt.getTime()) return report
    const { trigger, tool, message, requestId } = request
    const durationMs = performance.now() - started
    const about = { trigger, actor, source: folder, tool, message, requestId, startedAt, durationMs, files }
    const { id: _, events: __, isTransient: ___, ...outcome } = report
    return { ...report, id: await recorder.record({ ...outcome, ...about }) }
  }

  async #attempt(request: ReloadRequest, startedAt: Date): Promise<{ report: ReloadReport; files: number }> {
    const seen: { contents?: FolderContents } = {}
    try {
      const committed = await this.#bringIn(request, startedAt, seen)
      const problems = boundedProblems(seen.contents?.problems ?? [])
      return { report: reportOf(committed.value, committed, problems), files: seen.contents?.files.length ?? 0 }
    } catch (error) {
      return { report: this.#failed(error, request, startedAt), files: seen.contents?.files.length ?? 0 }
    }
  }

  async #bringIn(request: ReloadRequest, startedAt: Date, seen: { contents?: FolderContents }) {
    const { database, config } = this.#options
    const { actor, message, requestId, tool, dryRun, once } = request
    for (let comparison = 1; ; comparison++) {
      const contents = await this.#readFolder(tool, await takenDigests(database, SOURCE))
      seen.contents = contents
      refuseBroken(contents, tool)
      const origin = { actor, source: 'reload', message, requestId } as const
      try {
        return await reloadFiles(database, origin, SOURCE, contents, {
          onConflict: config.WATCH_ON_CONFLICT,
          compatibility: config.COMPATIBILITY,
          tool,
          dryRun,
          once,
          startedAt: startedAt.toISOString(),
          requestId: requestId ?? null,
        })
      } catch (error) {
        if (!(error instanceof FolderOutdatedError) || comparison >= MOST_COMPARISONS) throw error
      }
    }
  }

  async #readFolder(tool: string | undefined, taken: ReadonlyMap<string, string>): Promise<FolderContents> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const isLast = performance.now() >= deadline
      try {
        return await this.#reader.read({ taken, tool, isLast })
      } catch (error) {
        if (!(error instanceof FolderUnsettledError)) throw error
        await sleep(Math.max(1, error.waitMs), undefined, { signal: this.#stopping.signal }).catch(() => {
          throw new ReloaderStoppedError('The server is stopping')
        })
      }
    }
  }

  #failed(error: unknown, request: ReloadRequest, startedAt: Date): ReloadReport {
    if (error instanceof ReloaderStoppedError) throw error
    const isTold = error instanceof ReloadRejectedError || error instanceof FolderUnreadableError
    const told = isTold ? error.message : 'The catalog could not be written; the log of the server says why.'
    const problems = boundedProblems(error instanceof ReloadRejectedError ? error.problems : [])
    const report = { ...failedReport(told, request), problems, startedAt, isTransient: !isTold }
    logFailure(this.#options.logger, request, report, isTold ? undefined : error)
    return report
  }
}

/** What makes two requests the same reload: all but the request that asked, and which of the triggers it was that fired. */
function sameness({ trigger, actor, tool, message, dryRun, once }: ReloadRequest): string {
  const asker = trigger === 'manual' ? 'manual' : 'system'
  return JSON.stringify([asker, actor, tool?.toLowerCase(), message, dryRun ?? false, once])
}

/** @throws ReloadRejectedError when a file is broken, or the tool is in none */
function refuseBroken({ files, problems }: FolderContents, tool: string | undefined): void {
  if (hasErrors(problems)) {
    const broken = new Set(problems.flatMap(({ severity, file }) => (severity === 'error' ? [file] : [])))
    const what = broken.size === 1 ? `${[...broken][0]} is` : `${broken.size} files are`
    throw new ReloadRejectedError(`${what} not valid; the catalog stays as it was`, problems)
  }
  if (tool !== undefined && files.length === 0)
    throw new ReloadRejectedError(`No file of the folder holds the tool ${JSON.stringify(tool.slice(0, 100))}`)
}
