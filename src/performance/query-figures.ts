import { Counts } from './counts.ts'
import { Durations } from './durations.ts'
import { Histogram } from './histogram.ts'

export const QUERY_KINDS = ['read', 'write', 'other'] as const
export type QueryKind = (typeof QUERY_KINDS)[number]

/** What passes through the pool of connections, since the start. */
export class QueryFigures {
  readonly durations = new Durations(QUERY_KINDS)
  /** By the class of their SQLSTATE. */
  readonly errors = new Counts<string>([['connection']])
  /** Waits for a connection, in microseconds. */
  readonly waits = new Histogram()
  /** Told of each query that has ended, by what it is called: for a command that says what it asks. */
  onQuery: ((label: string, ms: number) => void) | undefined
}
