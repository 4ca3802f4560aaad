import type { Metric as PromMetric } from 'prom-client'
import { METRICS, type Metric, type MetricName, PREFIX } from '../metrics.ts'
import { Histogram } from '../performance/histogram.ts'
import { COLLECT, type Sample, type Sources } from './samples.ts'

interface Value {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  /** The same object for a series each time: prom-client writes its labels once. */
  readonly sharedLabels: Labels
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
  const known = new KnownSeries(labels, buckets)
  const microseconds = buckets.map((seconds) => seconds * MICROSECONDS)
  const valuesOf = ({ labels: given, value }: Sample): Value | Value[] => {
    const series = known.of(given)
    return value instanceof Histogram
      ? histogramValues(PREFIX + name, series, value.countsUpTo(microseconds), value)
      : { labels: NONE, sharedLabels: series.labels, value }
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

type Labels = Readonly<Record<string, string>>

const NONE: Labels = {}

function histogramValues(name: string, series: Series, counts: readonly number[], { count, sum }: Histogram): Value[] {
  const bucket = `${name}_bucket`
  return [
    ...series.buckets.map((sharedLabels, index) => ({
      metricName: bucket,
      labels: NONE,
      sharedLabels,
      // The last one has no bound.
      value: counts[index] ?? count,
    })),
    { metricName: `${name}_sum`, labels: NONE, sharedLabels: series.labels, value: sum / MICROSECONDS },
    { metricName: `${name}_count`, labels: NONE, sharedLabels: series.labels, value: count },
  ]
}

interface Series {
  readonly labels: Labels
  /** With the bound of each bucket, the last of which has none. */
  readonly buckets: readonly Labels[]
}

/** The labels of each series, made once: there is a bounded number of them. */
class KnownSeries {
  readonly #names: readonly string[]
  readonly #bounds: readonly string[]
  readonly #known = new Map<string, Series>()

  constructor(names: readonly string[], buckets: readonly number[]) {
    this.#names = names
    this.#bounds = buckets.length > 0 ? [...buckets.map(String), '+Inf'] : []
  }

  of(values: readonly string[]): Series {
    const key = values.join('\n')
    const known = this.#known.get(key)
    if (known) return known
    const labels = Object.fromEntries(this.#names.map((name, index) => [name, values[index] ?? '']))
    const series = { labels, buckets: this.#bounds.map((le) => ({ ...labels, le })) }
    this.#known.set(key, series)
    return series
  }
}
