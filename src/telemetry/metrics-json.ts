import { METRICS, type Metric, type MetricName } from '../metrics.ts'
import { Histogram } from '../performance/histogram.ts'
import { COLLECT, type Sample, type Sources } from './samples.ts'

/** The figures of `/metrics`, for people and scripts: by metric, each value with its labels, and histograms as percentiles. */
export async function metricsJson(sources: Sources): Promise<string> {
  const names = Object.keys(METRICS) as MetricName[]
  const values = await Promise.all(names.map(async (name) => valuesOf(name, await COLLECT[name](sources))))
  const metrics = Object.fromEntries(names.map((name, index) => [name, values[index]]))
  return JSON.stringify({ at: new Date(), uptime_seconds: process.uptime(), ...metrics }, null, 2)
}

/** Without labels there is one value, which stands for itself. */
function valuesOf(name: MetricName, samples: Iterable<Sample>): unknown {
  const { labels }: Metric = METRICS[name]
  const all = Array.from(samples, ({ labels: given, value }) => ({
    ...Object.fromEntries(labels.map((label, index) => [label, given[index]])),
    ...(value instanceof Histogram ? percentiles(value) : { value }),
  }))
  if (labels.length > 0) return all
  const [only] = all
  return only === undefined ? null : 'value' in only ? only.value : only
}

/** In seconds. */
function percentiles(histogram: Histogram) {
  const seconds = (microseconds: number) => microseconds / 1e6
  return {
    count: histogram.count,
    sum: seconds(histogram.sum),
    p50: seconds(histogram.percentile(50)),
    p95: seconds(histogram.percentile(95)),
    p99: seconds(histogram.percentile(99)),
  }
}
