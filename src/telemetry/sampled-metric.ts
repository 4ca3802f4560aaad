import type { Metric as PromMetric } from 'prom-client'
import { METRICS, type Metric, type MetricName, PREFIX } from '../metrics.ts'
import { Histogram } from '../performance/histogram.ts'
import { COLLECT, type Sample, type Sources } from './samples.ts'

interface Value {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  /** The same object for a series each time: prom-client writes its labels once. */
  readonly sharedLabels?: Readonly<Record<string, string>>
  readonly value: number
}

/** What prom-client reads of a metric when it is asked for its values. */
export interface Readable {
  name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  get(): Promise<{ readonly name: string; readonly values: readonly Value[] }>
}

const MICROSECONDS = 1e6

/** A metric whose values are read from where they are counted, when somebody asks. It is all of a metric that prom-client's registry uses. */
export function sampledMetric(name: MetricName, sources: Sources): PromMetric {
  const { type, help, labels, buckets = [] }: Metric = METRICS[name]
  const series = new SeriesLabels(labels)
  const bounds = buckets.map((seconds) => ({ le: String(seconds), microseconds: seconds * MICROSECONDS }))
  const valuesOf = ({ labels: given, value }: Sample): Value | Value[] => {
    const shared = series.of(given)
    return value instanceof Histogram
      ? histogramValues(PREFIX + name, bounds, shared, value)
      : { labels: {}, sharedLabels: shared, value }
  }
  const metric: Readable = {
    name: PREFIX + name,
    help,
    type,
    aggregator: 'sum',
    async get() {
      const values = Array.from(await COLLECT[name](sources), valuesOf).flat()
      // The registry takes `_total` from the name of a counter, for OpenMetrics.
      return { name: this.name, help, type, aggregator: 'sum', values }
    },
  }
  // Nothing else of a metric is called by a registry.
  return metric as unknown as PromMetric
}

interface Bound {
  readonly le: string
  readonly microseconds: number
}

function histogramValues(
  name: string,
  bounds: readonly Bound[],
  sharedLabels: Readonly<Record<string, string>>,
  histogram: Histogram,
): Value[] {
  const counts = histogram.countsUpTo(bounds.map(({ microseconds }) => microseconds))
  const bucket = `${name}_bucket`
  return [
    ...bounds.map(({ le }, index) => ({ metricName: bucket, labels: { le }, sharedLabels, value: counts[index] ?? 0 })),
    { metricName: bucket, labels: { le: '+Inf' }, sharedLabels, value: histogram.count },
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: histogram.sum / MICROSECONDS },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: histogram.count },
  ]
}

/** The labels of each series, made once: there is a bounded number of them. */
class SeriesLabels {
  readonly #names: readonly string[]
  readonly #known = new Map<string, Readonly<Record<string, string>>>()

  constructor(names: readonly string[]) {
    this.#names = names
  }

  of(values: readonly string[]): Readonly<Record<string, string>> {
    const key = values.join('\n')
    const known = this.#known.get(key)
    if (known) return known
    const labels = Object.fromEntries(this.#names.map((name, index) => [name, values[index] ?? '']))
    this.#known.set(key, labels)
    return labels
  }
}
