import type { Once } from '../catalog/receipts.ts'
import type { ReloadedFiles } from '../catalog/reload-files.ts'
import {
  NO_COUNTS,
  type ReloadCounts,
  type ReloadOutcome,
  type ReloadProblem,
  type ReloadTrigger,
} from '../catalog/reload-log.ts'
import type { ChangeEvent } from '../changes/change-event.ts'

export interface ReloadRequest {
  readonly trigger: Exclude<ReloadTrigger, 'api'>
  readonly actor: string
  /** Only this tool, and it even when its files have not changed. */
  readonly tool?: string | undefined
  readonly message?: string | undefined
  readonly requestId?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly once?: Once | undefined
}

export interface ReloadReport extends ReloadCounts {
  /** Of its row in the history; undefined after a dry run, and when the database cannot be written. */
  readonly id: string | undefined
  readonly outcome: ReloadOutcome
  readonly revision: string | undefined
  readonly error: string | undefined
  readonly problems: readonly ReloadProblem[]
  readonly events: readonly ChangeEvent[]
  readonly startedAt: Date
  readonly requestId: string | undefined
  /** Whether it may succeed by itself: the files are not to blame. */
  readonly isTransient: boolean
}

/** A reload that came to nothing, for this reason. */
export function failedReport(error: string, { requestId }: ReloadRequest): ReloadReport {
  const { files: _, ...counts } = NO_COUNTS
  return {
    ...counts,
    id: undefined,
    outcome: 'failed',
    revision: undefined,
    error,
    events: [],
    startedAt: new Date(),
    requestId,
    isTransient: false,
  }
}

/** What a reload has done, as its commit or the receipt of it says. */
export function reportOf(
  { startedAt, requestId, ...counts }: ReloadedFiles,
  { revision, events }: { readonly revision: string | undefined; readonly events: readonly ChangeEvent[] },
  problems: readonly ReloadProblem[],
): ReloadReport {
  return {
    ...counts,
    id: undefined,
    outcome: revision === undefined ? 'unchanged' : 'succeeded',
    revision,
    error: undefined,
    problems,
    events,
    startedAt: new Date(startedAt),
    requestId: requestId ?? undefined,
    isTransient: false,
  }
}
