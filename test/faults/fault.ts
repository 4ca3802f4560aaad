import type { Cluster } from './cluster.ts'
import type { Random } from './random.ts'

/** What a fault is injected into is opened once, and used for many runs. */
export interface Fault {
  readonly id: string
  readonly title: string
  /** What its worst figure is, with the unit. */
  readonly figure: string
  readonly open: (lab: Lab) => Promise<OpenFault>
}

export interface OpenFault {
  run(context: RunContext): Promise<Outcome>
  /** What is wrong after the last run. */
  close(): Promise<readonly string[]>
}

export interface Lab {
  /** A PostgreSQL server that may be killed; started when it is first asked for. */
  readonly cluster: () => Promise<Cluster>
  /** For logs and histories. */
  readonly folder: string
}

export interface RunContext {
  /** From 1: which of its kinds the fault is this time. The same when a run is repeated. */
  readonly number: number
  /** For names and ids: another one for each run, also when it is a repetition. */
  readonly label: string
  readonly random: Random
  /** Where the history goes when the run fails. */
  readonly folder: string
}

export interface Outcome {
  /** Each begins with the property that was broken; `late:` is for what took too long. */
  readonly misses: readonly string[]
  /** Why the run says nothing: the load before the fault was too low. */
  readonly weakness?: string | undefined
  /** For the line of the run: `212 writes/s, 24 watchers`. */
  readonly said: string
  readonly figure: number
}
