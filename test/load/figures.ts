import type { ServerStatistics } from '../../load/monitor/server-statistics.ts'
import type { Sample } from '../../load/monitor.ts'
import { type K6Record, parseRecord } from '../../load/report/k6-record.ts'
import type { Run } from '../../load/report/report.ts'
import type { K6Summary } from '../../load/report/thresholds.ts'

const AGGREGATES = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'max', 'med', 'min', 'p(90)', 'p(95)', 'p(99)'],
}

/** Three seconds as k6 1.8 records them: metrics come when they are first seen, and rows are in the order of all names. */
export const RECORD_TEXT = [
  { event: 'param', data: { aggregates: AGGREGATES, period: 1_000 } },
  { event: 'metric', data: { time: { type: 'gauge' } } },
  { event: 'start', data: [[1_000]] },
  { event: 'metric', data: { 'http_reqs{name:list}': { type: 'counter' }, vus: { type: 'gauge' } } },
  { event: 'cumulative', data: [[5, 5], [2_000], [3]] },
  { event: 'snapshot', data: [[5, 5], [2_000], [3]] },
  {
    event: 'metric',
    data: { 'http_req_duration{name:list}': { type: 'trend' }, 'http_req_failed{name:list}': { type: 'rate' } },
  },
  { event: 'snapshot', data: [[4, 9, 3, 1, 7, 8, 8.5], [0.5], [2, 2], [3_000], [4]] },
  { event: 'snapshot', data: [[], [], [], [4_000], [4]] },
  { event: 'cumulative', data: [[4, 9, 3, 1, 7, 8, 8.5], [0.25], [8, 2.6], [4_000], [4]] },
  { event: 'stop', data: [[], [], [], [4_000], []] },
]
  .map((event) => `${JSON.stringify(event)}\n`)
  .join('')

export const RECORD: K6Record = parseRecord(RECORD_TEXT)

const trend = (thresholds: Record<string, { ok: boolean }>) => ({
  contains: 'time',
  values: { avg: 10, med: 8, 'p(95)': 49.94, 'p(99)': 120.5 },
  thresholds,
})
export const SUMMARY: K6Summary = {
  state: { testRunDurationMs: 3_000 },
  metrics: {
    'http_req_duration{scenario:reads}': trend({ 'p(95)<50': { ok: true }, 'p(99)<100': { ok: false } }),
    checks: {
      contains: 'default',
      values: { rate: 0.995, passes: 199, fails: 1 },
      thresholds: { 'rate>0.99': { ok: true } },
    },
    revision_gaps: { contains: 'default', values: { count: 0, rate: 0 }, thresholds: { 'count==0': { ok: true } } },
    vus: { contains: 'default', values: { value: 4 } },
  },
}

export const STATISTICS: ServerStatistics = {
  process: {
    rssBytes: 1e8,
    heapUsedBytes: 5e7,
    eventLoopLagP50Ms: 1,
    eventLoopLagP99Ms: 4,
    gcSeconds: 0.5,
    gcCount: 7,
  },
  pool: { total: 5, idle: 3, waiting: 0, most: 20 },
  caches: [{ name: 'tools', hits: 90, misses: 10, evictions: 0, entries: 10, bytes: 4_096 }],
  operations: [{ name: 'List', count: 3, errors: 0, p50Ms: 1, p95Ms: 2, p99Ms: 3 }],
}

/** A look at everything in this second, with a processor that works half of the time. */
export function sampleAt(second: number, more: Partial<Sample> = {}): Sample {
  return {
    at: second * 1_000,
    machine: { busySeconds: second, cores: 2 },
    server: { cpuSeconds: second / 2, rssBytes: 100 * 1024 * 1024 },
    ...more,
  }
}

export const RUN: Run = {
  plan: { profile: 'smoke', model: 'arrival', stretch: 1, writes: true },
  startedAt: '2026-01-01T00:00:00.000Z',
  url: 'http://127.0.0.1:3005/graphql',
  own: { tools: 200, database: 'PostgreSQL' },
  machine: '2 × <processor>',
  versions: 'Node v22, k6 v1.8.1',
  notTold: undefined,
}
