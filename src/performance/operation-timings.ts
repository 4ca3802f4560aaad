import { Histogram } from './histogram.ts'

/** How long the operations of one name took, since the start. Percentiles are exact to 1 %. */
export interface OperationFigures {
  readonly name: string
  readonly count: number
  /** Answers with an error that has a code. */
  readonly errors: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** `unknown` is what was refused before its document was read. */
export type OperationType = 'query' | 'mutation' | 'subscription' | 'unknown'

/** Operations of one name and type. */
export interface OperationTiming {
  readonly name: string
  readonly type: OperationType
  /** In microseconds. */
  readonly histogram: Histogram
  errors: number
}

/** Callers choose the names: so many are told apart, and so long they may be; a histogram is 6 KB. */
const MOST_NAMES = 200
const MOST_CHARACTERS = 100
const OTHER = '(other)'
const UNNAMED = '(unnamed)'

/** As GraphQL has it. */
const NAME = /^[_A-Za-z]\w*$/

/** What metrics say instead. Whoever calls an operation so is counted there from the beginning. */
const IN_METRICS = new Map([
  [OTHER, 'other'],
  [UNNAMED, 'anonymous'],
])
const TAKEN = new Map([...IN_METRICS].map(([name, inMetrics]) => [inMetrics, name]))

/** The name as the label of a metric. */
export function nameInMetrics(name: string): string {
  return IN_METRICS.get(name) ?? name
}

/** How long operations take, by name and type. */
export class OperationTimings {
  readonly #timings = new Map<string, Partial<Record<OperationType, OperationTiming>>>()
  #size = 0

  record(name: string | undefined, ms: number, hasFailed: boolean, type: OperationType = 'unknown'): void {
    const timing = this.#timingOf(
      name === undefined ? UNNAMED : (TAKEN.get(name) ?? name.slice(0, MOST_CHARACTERS)),
      type,
    )
    timing.histogram.record(ms * 1_000)
    if (hasFailed) timing.errors++
  }

  /** Of requests, those that came most often first. How long it takes to begin a stream is not among them. */
  figures(): OperationFigures[] {
    const figures: OperationFigures[] = []
    for (const [name, { subscription: _, ...timings }] of this.#timings) {
      const of = Object.values(timings)
      if (of.length > 0) figures.push(figuresOf(name, of))
    }
    return figures.sort((a, b) => b.count - a.count)
  }

  *timings(): Generator<OperationTiming> {
    for (const types of this.#timings.values()) yield* Object.values(types)
  }

  #timingOf(name: string, type: OperationType): OperationTiming {
    const known = this.#timings.get(name)?.[type]
    if (known) return known
    const isOther = name === OTHER
    // Of a request that is refused, the name is any text.
    const isToldApart = this.#size < MOST_NAMES && (NAME.test(name) || name === UNNAMED)
    if (!isOther && !isToldApart) return this.#timingOf(OTHER, type)
    // A copy: to V8 it is a part of the document that it was cut from, all of which would be kept.
    const copy = Buffer.from(name).toString()
    const timing = { name: copy, type, histogram: new Histogram(), errors: 0 }
    this.#timings.set(copy, { ...this.#timings.get(copy), [type]: timing })
    this.#size++
    return timing
  }
}

function figuresOf(name: string, timings: readonly OperationTiming[]): OperationFigures {
  const histogram = new Histogram()
  for (const timing of timings) histogram.merge(timing.histogram)
  return {
    name,
    count: histogram.count,
    errors: timings.reduce((sum, { errors }) => sum + errors, 0),
    p50Ms: histogram.percentile(50) / 1_000,
    p95Ms: histogram.percentile(95) / 1_000,
    p99Ms: histogram.percentile(99) / 1_000,
  }
}
