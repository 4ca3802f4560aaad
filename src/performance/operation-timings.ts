import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

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

/** Callers choose the names: so many are told apart, and so long they may be; a histogram is 29 KB. */
const MOST_NAMES = 200
const MOST_CHARACTERS = 100
const OTHER = '(other)'
const UNNAMED = '(unnamed)'

/** In microseconds, up to ten minutes; what took longer counts as ten minutes. */
const RANGE = { lowest: 1, highest: 600_000_000, figures: 2 }

interface Timing {
  readonly histogram: RecordableHistogram
  errors: number
}

/** How long operations take, by name. */
export class OperationTimings {
  readonly #timings = new Map<string, Timing>()

  record(name: string | undefined, ms: number, hasFailed: boolean): void {
    const timing = this.#timingOf(name === undefined ? UNNAMED : name.slice(0, MOST_CHARACTERS))
    timing.histogram.record(Math.min(Math.max(Math.round(ms * 1_000), RANGE.lowest), RANGE.highest))
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
    const timing = { histogram: createHistogram(RANGE), errors: 0 }
    // A copy: to V8 it is a part of the document that it was cut from, all of which would be kept.
    this.#timings.set(Buffer.from(name).toString(), timing)
    return timing
  }
}
