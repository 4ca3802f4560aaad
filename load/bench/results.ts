import type { Difference } from './compare.ts'
import type { Mode } from './options.ts'

/** Medians over the rounds of one contestant in one mode. A time per request is in microseconds. */
export interface CellFigures {
  readonly cpuMicros: number
  /** Of PostgreSQL's backends; NaN when they cannot be seen. */
  readonly databaseMicros: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly rssMb: number
}

export interface Cell {
  readonly contestant: string
  readonly mode: Mode
  readonly median: CellFigures
  readonly rounds: readonly CellFigures[]
  readonly requests: number
  readonly failed: number
  readonly answerBytes: number
}

export interface Comparison {
  readonly contestant: string
  /** Answers that were looked at. */
  readonly answers: number
  readonly differences: readonly (Difference & { readonly read: string })[]
}

export interface FirstAnswer {
  readonly writes: number
  readonly oursMs: number
  readonly jsonAggMs: number
}

export interface Soak {
  readonly minutes: number
  /** Once a minute. */
  readonly rssMb: readonly number[]
}

/** Everything about the catalog of one size. */
export interface SizeResults {
  readonly tools: number
  /** Mean size of an answer of the mix, which the bare server answers too. */
  readonly answerBytes: number
  readonly comparisons: readonly Comparison[]
  readonly cells: readonly Cell[]
  /** Most memory of our server in any round. */
  readonly rssMb: number | undefined
  /** Of our response cache in the repeated rounds, as the server itself says; undefined when it does not. */
  readonly hitRate: number | undefined
  readonly firstAnswer: FirstAnswer | undefined
  readonly soak: Soak | undefined
}

/** Processor time of one read in a small and in a large catalog, one statement per size. */
export interface Growth {
  readonly contestant: string
  readonly read: string
  readonly tools: readonly [number, number]
  readonly cpuMicros: readonly [number, number]
}

export interface FanoutSide {
  readonly contestant: string
  readonly firstMs: number
  readonly lastMs: number
  /** Processor time of the server for each delivery. */
  readonly cpuMicros: number
  readonly rssKbPerSubscriber: number
}

export interface Fanout {
  readonly subscribers: number
  readonly changes: number
  readonly sides: readonly FanoutSide[]
}

export interface Import {
  readonly tools: number
  /** Reading, checking and storing, from the start of the command to its end. */
  readonly oursSeconds: number
  /** Storing alone. */
  readonly createManySeconds: number
}

/** Everything that was measured on one Node. */
export interface NodeResults {
  readonly node: string
  /** PostGraphile's, which may need a newer one. */
  readonly postgraphileNode: string | undefined
  readonly sizes: readonly SizeResults[]
  readonly growth: readonly Growth[]
  readonly fanout: Fanout | undefined
  readonly import: Import | undefined
}

export interface Results {
  readonly at: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGb: number
    readonly load: readonly [number, number]
  }
  readonly database: string
  readonly versions: Readonly<Record<string, string>>
  readonly settings: { readonly rounds: number; readonly seconds: number; readonly connections: number }
  readonly minutes: number
  readonly nodes: readonly NodeResults[]
}
