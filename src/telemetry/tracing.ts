import type { IncomingHttpHeaders } from 'node:http'

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** One step of a trace, from when it is begun to its end. */
export interface Step {
  readonly traceId: string
  /** Do what belongs to it: steps that are begun there are its parts. */
  run<T>(work: () => T): T
  set(attributes: Attributes): void
  /** @param error what it failed with */
  end(error?: unknown): void
}

/**
 * Traces of what requests do. Where there are none, which is the rule, nobody has this object, and nothing of OpenTelemetry is
 * loaded: what could be a step asks whether it is there, and does without.
 */
export interface Tracing {
  /** Begin what somebody has asked for: as a part of the caller's trace, when `traceparent` names one. */
  request(name: string, headers: IncomingHttpHeaders, attributes: Attributes): Step
  /** Begin a part of what is under way here; undefined when nothing is that is traced. */
  begin(name: string, attributes: Attributes): Step | undefined
  /** Do something as a part of what is under way. */
  step<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>
  /** The same function, called from anywhere as if from here. */
  bind<F extends (...given: never[]) => unknown>(callback: F): F
  /** Send what has ended. */
  stop(): Promise<void>
}
