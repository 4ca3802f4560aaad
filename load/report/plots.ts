import { gauge, rate, type Series, share } from '../monitor/series.ts'
import type { Sample } from '../monitor.ts'
import { type K6Record, series } from './k6-record.ts'
import { lineChart } from './line-chart.ts'

const MIB = 1024 * 1024

interface Span {
  readonly from: number
  readonly to: number
}

/** What clients saw. */
export function clientPlots(record: K6Record, span: Span): string[] {
  const percentiles = (metric: string) => [
    series(record, 'p50', metric, 'med'),
    series(record, 'p95', metric, 'p(95)'),
    series(record, 'p99', metric, 'p(99)'),
  ]
  return [
    lineChart({
      ...span,
      title: 'Requests',
      unit: 'a second',
      series: [
        series(record, 'reads', 'http_reqs{scenario:reads}', 'rate', 0),
        series(record, 'writes', 'http_reqs{scenario:writes}', 'rate', 0),
      ],
    }),
    lineChart({
      ...span,
      title: 'Reads: time to the answer',
      unit: 'ms, of each second',
      series: percentiles('http_req_duration{scenario:reads}'),
      limit: 50,
    }),
    lineChart({
      ...span,
      title: 'Writes: time to the answer',
      unit: 'ms, of each second',
      series: percentiles('http_req_duration{scenario:writes}').map(joined),
    }),
    lineChart({
      ...span,
      title: 'Changes: from the beginning of the transaction to the subscriber',
      unit: 'ms, of each second',
      series: percentiles('catalog_delivery_ms').map(joined),
    }),
    lineChart({
      ...span,
      title: 'Virtual users, and what came too late to be sent',
      unit: 'users; requests a second',
      series: [
        series(record, 'users', 'vus', 'value', null),
        series(record, 'dropped', 'dropped_iterations', 'rate', 0),
      ],
    }),
    lineChart({
      ...span,
      title: 'Answers with errors',
      unit: '% of each second',
      series: [
        percent(series(record, 'GraphQL', 'graphql_errors', 'rate', 0)),
        percent(series(record, 'HTTP', 'http_req_failed', 'rate', 0)),
      ],
    }),
  ]
}

/** Writes are few: a second without one is no break. */
function joined({ label, points }: Series): Series {
  return { label, points: points.filter(([, value]) => value !== null) }
}

function percent({ label, points }: Series): Series {
  return { label, points: points.map(([at, value]) => [at, value === null ? null : value * 100]) }
}

/** What it cost. */
export function resourcePlots(samples: readonly Sample[], span: Span): string[] {
  const cores = samples[0]?.machine.cores ?? 0
  const mib = (bytes: number | undefined) => (bytes === undefined ? undefined : bytes / MIB)
  return [
    lineChart({
      ...span,
      title: 'Processors',
      unit: `cores, of ${cores}`,
      series: [
        rate('server', samples, ({ server }) => server?.cpuSeconds),
        rate('k6', samples, ({ k6 }) => k6?.cpuSeconds),
        rate('whole machine', samples, ({ machine }) => machine.busySeconds),
      ],
      note: 'what neither the server nor k6 uses is the database, and whoever else works on this machine',
    }),
    lineChart({
      ...span,
      title: 'Memory of the server',
      unit: 'MiB',
      series: [
        gauge('resident', samples, ({ server, statistics }) => mib(server?.rssBytes ?? statistics?.process.rssBytes)),
        gauge('heap in use', samples, ({ statistics }) => mib(statistics?.process.heapUsedBytes)),
      ],
    }),
    ...(samples.some(({ statistics }) => statistics) ? serverPlots(samples, span) : []),
  ]
}

function serverPlots(samples: readonly Sample[], span: Span): string[] {
  return [
    lineChart({
      ...span,
      title: 'Event loop lag',
      unit: 'ms, of all since the server started',
      series: [
        gauge('p50', samples, ({ statistics }) => statistics?.process.eventLoopLagP50Ms),
        gauge('p99', samples, ({ statistics }) => statistics?.process.eventLoopLagP99Ms),
      ],
    }),
    lineChart({
      ...span,
      title: 'Garbage collection',
      unit: '% of the time',
      series: [percent(rate('collecting', samples, ({ statistics }) => statistics?.process.gcSeconds))],
    }),
    lineChart({
      ...span,
      title: 'Database connections',
      unit: 'connections; requests that wait for one',
      series: [
        gauge('open', samples, ({ statistics }) => statistics?.pool.total),
        gauge('in use', samples, ({ statistics }) => statistics && statistics.pool.total - statistics.pool.idle),
        gauge('waiting', samples, ({ statistics }) => statistics?.pool.waiting),
      ],
    }),
    ...cachePlots(samples, span),
  ]
}

function cachePlots(samples: readonly Sample[], span: Span): string[] {
  const names = [...new Set(samples.flatMap(({ statistics }) => statistics?.caches.map(({ name }) => name) ?? []))]
  const cacheOf = (name: string) => (sample: Sample) => sample.statistics?.caches.find((cache) => cache.name === name)
  return [
    lineChart({
      ...span,
      title: 'Cache hits',
      unit: '% of look-ups since the sample before',
      series: names.map((name) => {
        const hits = (sample: Sample) => cacheOf(name)(sample)?.hits
        const lookUps = (sample: Sample) => {
          const cache = cacheOf(name)(sample)
          return cache && cache.hits + cache.misses
        }
        return share(name, samples, hits, lookUps)
      }),
    }),
    lineChart({
      ...span,
      title: 'Size of the caches',
      unit: 'MiB',
      series: names.map((name) =>
        gauge(name, samples, (sample) => {
          const cache = cacheOf(name)(sample)
          return cache && cache.bytes / MIB
        }),
      ),
    }),
  ]
}
