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

/** Callers choose the names: so many are told apart, and so long they may be; a histogram is 6 KB. */
const MOST_NAMES = 200
const MOST_CHARACTERS = 100
const OTHER = '(other)'
const UNNAMED = '(unnamed)'

interface Timing {
  /** In microseconds. */
  readonly histogram: Histogram
  errors: number
}

/** How long operations take, by name. */
export class OperationTimings {
  readonly #timings = new Map<string, Timing>()

  record(name: string | undefined, ms: number, hasFailed: boolean): void {
    const timing = this.#timingOf(name === undefined ? UNNAMED : name.slice(0, MOST_CHARACTERS))
    timing.histogram.record(ms * 1_000)
    if (hasFailed) timing.errors++
  }

  /** Those that came most often first. */
  figures(): OperationFigures[] {
    return [...this.#timings]
      .map(([name, { histogram, errors }]) => ({
        name,
        count: histogram.count,
        errors,
        p50Ms: histogram.percentile(50) / 1_000,
        p95Ms: histogram.percentile(95) / 1_000,
        p99Ms: histogram.percentile(99) / 1_000,
      }))
      .sort((a, b) => b.count - a.count)
  }

  #timingOf(name: string): Timing {
    const known = this.#timings.get(name)
    if (known) return known
    const isRoom = this.#timings.size < MOST_NAMES || name === OTHER
    if (!isRoom) return this.#timingOf(OTHER)
    const timing = { histogram: new Histogram(), errors: 0 }
    // A copy: to V8 it is a part of the document that it was cut from, all of which would be kept.
    this.#timings.set(Buffer.from(name).toString(), timing)
    return timing
  }
}
