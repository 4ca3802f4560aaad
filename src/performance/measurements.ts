import type { CacheFigures } from './cache-figures.ts'
import { Counts } from './counts.ts'
import { HttpFigures } from './http-figures.ts'
import { OperationTimings } from './operation-timings.ts'
import { ProcessWatch } from './process-watch.ts'
import { StreamFigures } from './stream-figures.ts'

export const LIMITS = ['key', 'address', 'credentials', 'webhook', 'sockets', 'subscriptions', 'messages'] as const
export type Limit = (typeof LIMITS)[number]

export const AUTH_FAILURES = [
  'bad_credential',
  'no_credential',
  'forbidden',
  'bad_signature',
  'metrics_token',
  'unavailable',
] as const
export type AuthFailure = (typeof AUTH_FAILURES)[number]

export const IMPORT_OUTCOMES = ['succeeded', 'unchanged', 'rejected', 'failed'] as const
export type ImportOutcome = (typeof IMPORT_OUTCOMES)[number]

/** What is measured of this process while it runs. */
export class Measurements {
  readonly operations = new OperationTimings()
  readonly http = new HttpFigures()
  readonly streams = new StreamFigures()
  readonly process = new ProcessWatch()
  /** Errors of answers, by code: words of ours, never of a caller. */
  readonly errors = new Counts()
  /** Mutations that answered an error of their union, by mutation and code. */
  readonly rejections = new Counts([], 500)
  readonly rateLimited = new Counts<Limit>(LIMITS.map((limit) => [limit]))
  readonly authFailures = new Counts<AuthFailure>(AUTH_FAILURES.map((reason) => [reason]))
  readonly imports = new Counts<ImportOutcome>(IMPORT_OUTCOMES.map((outcome) => [outcome]))
  importedTools = 0
  readonly #caches: () => readonly CacheFigures[]

  constructor(caches: () => readonly CacheFigures[]) {
    this.#caches = caches
  }

  caches(): readonly CacheFigures[] {
    return this.#caches()
  }

  stop(): void {
    this.process.stop()
  }
}
