import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'

/** `skipped`: it could not be looked at, and that is no fault. */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'skipped'

/** What one check has found. */
export interface Finding {
  readonly check: string
  readonly status: FindingStatus
  readonly says: string
  /** What to do about it. */
  readonly advice?: string
}

/** What a check looks at. */
export interface CheckContext {
  readonly config: Config
  readonly database: Database
  /** Milliseconds since 1970, by the clock of this machine. */
  readonly now: () => number
  /** Progress of a long check. */
  readonly onProgress: (done: number, total: number) => void
}

export type Check = (context: CheckContext) => Promise<Finding[]>

export function ok(check: string, says: string): Finding {
  return { check, status: 'ok', says }
}

export function problem(check: string, status: 'warning' | 'failed', says: string, advice: string): Finding {
  return { check, status, says, advice }
}
