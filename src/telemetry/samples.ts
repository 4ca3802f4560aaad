import type { CatalogCache } from '../catalog/catalog-cache.ts'
import type { ToolCounts } from '../catalog/tool-counts.ts'
import type { ChangeFeed } from '../changes/feed.ts'
import type { Database } from '../db/database.ts'
import type { MetricName } from '../metrics.ts'
import type { CacheFigures } from '../performance/cache-figures.ts'
import type { Counts } from '../performance/counts.ts'
import { poolFigures } from '../performance/database-figures.ts'
import type { Durations } from '../performance/durations.ts'
import { Histogram } from '../performance/histogram.ts'
import type { Measurements } from '../performance/measurements.ts'
import { nameInMetrics, type OperationTiming } from '../performance/operation-timings.ts'
import type { ReloadFigures } from '../performance/reload-figures.ts'

/** Where the figures are. Nothing is counted twice: `performanceStatistics` reads the same. */
export interface Sources {
  readonly performance: Measurements
  /** Undefined until it is open. */
  readonly database: () => Pick<Database, 'kind' | 'pool' | 'queries'> | undefined
  readonly reloads: ReloadFigures
  readonly feed: Pick<ChangeFeed, 'figures'>
  readonly cache: Pick<CatalogCache, 'newestRevision'>
  readonly hub: { readonly furthestBehind: number }
  readonly tools: Pick<ToolCounts, 'current'>
  readonly readiness: { readonly isReady: boolean }
  readonly build: { readonly version: string; readonly database: string }
}

/** One value of a metric: the values of its labels in their order, and a number or what a histogram holds (in microseconds). */
export interface Sample {
  readonly labels: readonly string[]
  readonly value: number | Histogram
}

type Collect = (sources: Sources) => Iterable<Sample> | Promise<Iterable<Sample>>

/** How each metric is read. */
export const COLLECT: Readonly<Record<MetricName, Collect>> = {
  http_requests_total: ({ performance }) => counted(performance.http.requests, 2),
  http_request_duration_seconds: ({ performance }) => timed(performance.http.durations),
  operations_total: ({ performance }) => Array.from(performance.operations.timings(), outcomesOf).flat(),
  operation_duration_seconds: ({ performance }) =>
    Array.from(performance.operations.timings(), ({ name, type, histogram }) => ({
      labels: [nameInMetrics(name), type],
      value: histogram,
    })),
  operation_errors_total: ({ performance }) => counted(performance.errors, 1),
  mutation_rejections_total: ({ performance }) => counted(performance.rejections, 2),
  cache_hits_total: ofCaches(({ hits }) => hits),
  cache_misses_total: ofCaches(({ misses }) => misses),
  cache_evictions_total: ofCaches(({ evictions }) => evictions),
  cache_entries: ofCaches(({ entries }) => entries),
  cache_bytes: ofCaches(({ bytes }) => bytes),
  cache_limit_bytes: ofCaches(({ mostBytes }) => mostBytes),
  database_query_duration_seconds: ({ database }) => timed(database()?.queries.durations),
  database_errors_total: ({ database }) => counted(database()?.queries.errors, 1),
  database_pool_connections: ofPool(({ total, idle }) => [
    { labels: ['in_use'], value: total - idle },
    { labels: ['idle'], value: idle },
  ]),
  database_pool_limit: ofPool(({ most }) => one(most)),
  database_pool_waiting: ofPool(({ waiting }) => one(waiting)),
  database_pool_wait_seconds: ({ database }) => one(database()?.queries.waits ?? new Histogram()),
  reloads_total: ({ reloads }) => counted(reloads.ended, 2),
  reload_duration_seconds: ({ reloads }) => timed(reloads.durations),
  reload_last_success_timestamp_seconds: ({ reloads }) => one(reloads.lastSuccessAt / 1_000),
  reload_last_failure_timestamp_seconds: ({ reloads }) => one(reloads.lastFailureAt / 1_000),
  reload_pending_since_timestamp_seconds: ({ reloads }) => one(reloads.pendingSince / 1_000),
  tools: async ({ tools }) =>
    (await tools.current()).map(({ platform, status, count }) => ({ labels: [platform, status], value: count })),
  revision: ({ feed }) => one(feed.figures.revision),
  feed_lag_seconds: ({ feed }) => one(feed.figures.lagMs / 1_000),
  feed_lag_revisions: ({ feed, cache }) => {
    const { head, revision } = feed.figures
    return one(Math.max(0, Math.max(head, cache.newestRevision ?? 0) - revision))
  },
  feed_following: ({ feed }) => one(Number(feed.figures.isFollowing)),
  ready: ({ readiness }) => one(Number(readiness.isReady)),
  subscribers: ({ performance }) =>
    Object.entries(performance.streams.open).map(([transport, open]) => ({ labels: [transport], value: open })),
  subscriptions_closed_total: ({ performance }) => counted(performance.streams.closed, 1),
  deliveries_total: ({ performance }) => one(performance.streams.deliveries),
  delivery_lag_seconds: ({ performance }) => one(performance.streams.lag),
  subscriber_behind_max_revisions: ({ hub }) => one(hub.furthestBehind),
  imports_total: ({ performance }) => counted(performance.imports, 1),
  imported_tools_total: ({ performance }) => one(performance.importedTools),
  rate_limited_total: ({ performance }) => counted(performance.rateLimited, 1),
  auth_failures_total: ({ performance }) => counted(performance.authFailures, 1),
  build_info: ({ build }) => [{ labels: [build.version, process.versions.node, build.database], value: 1 }],
}

function one(value: number | Histogram): Sample[] {
  return [{ labels: [], value }]
}

function* counted(counts: Counts<string, string | number> | undefined, labels: 1 | 2): Generator<Sample> {
  for (const [first, second, value] of counts?.entries() ?? [])
    yield { labels: labels === 1 ? [first] : [first, second], value }
}

function* timed(durations: Durations<string> | undefined): Generator<Sample> {
  for (const [word, value] of durations?.entries() ?? []) yield { labels: [word], value }
}

function outcomesOf({ name, type, histogram, errors }: OperationTiming): Sample[] {
  const of = [nameInMetrics(name), type]
  return [
    { labels: [...of, 'ok'], value: histogram.count - errors },
    { labels: [...of, 'error'], value: errors },
  ]
}

function ofCaches(figure: (figures: CacheFigures) => number): Collect {
  return ({ performance }) =>
    performance.caches().map((figures) => ({ labels: [figures.name], value: figure(figures) }))
}

function ofPool(samples: (figures: ReturnType<typeof poolFigures>) => Sample[]): Collect {
  return ({ database }) => {
    const opened = database()
    return opened ? samples(poolFigures(opened.pool)) : []
  }
}
