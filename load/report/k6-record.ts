import type { Point, Series } from '../monitor/series.ts'

type Aggregates = Readonly<Record<string, number>>
type Values = ReadonlyMap<string, Aggregates>

/** What k6's web dashboard recorded (K6_WEB_DASHBOARD_RECORD): each metric second by second, and over the whole run. */
export interface K6Record {
  readonly snapshots: readonly { readonly at: number; readonly values: Values }[]
  readonly totals: Values
}

type Event =
  | { readonly event: 'param'; readonly data: { readonly aggregates: Readonly<Record<string, readonly string[]>> } }
  | { readonly event: 'metric'; readonly data: Readonly<Record<string, { readonly type: string }>> }
  | { readonly event: 'snapshot' | 'cumulative' | 'start' | 'stop'; readonly data: readonly (readonly number[])[] }

/**
 * Read a record. Its rows hold one list of figures for each metric seen so far, in the order of their names; which figures
 * those are depends on the type of the metric.
 */
export function parseRecord(text: string): K6Record {
  const types = new Map<string, string>()
  let aggregates: Readonly<Record<string, readonly string[]>> = {}
  const snapshots: { at: number; values: Values }[] = []
  let totals: Values = new Map()
  for (const line of text.split('\n')) {
    const event = parseEvent(line)
    if (event?.event === 'param') aggregates = event.data.aggregates
    else if (event?.event === 'metric') for (const [name, { type }] of Object.entries(event.data)) types.set(name, type)
    else if (event?.event === 'snapshot' || event?.event === 'cumulative') {
      const values = valuesOf(event.data, types, aggregates)
      const at = values.get('time')?.value
      if (event.event === 'cumulative') totals = values
      else if (at !== undefined) snapshots.push({ at, values })
    }
  }
  return { snapshots, totals }
}

function parseEvent(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event
  } catch {
    return undefined
  }
}

function valuesOf(
  rows: readonly (readonly number[])[],
  types: ReadonlyMap<string, string>,
  aggregates: Readonly<Record<string, readonly string[]>>,
): Values {
  // k6 sorts by bytes, and the names are ASCII.
  const names = [...types.keys()].sort()
  const named = rows.flatMap((row, i): [string, Aggregates][] => {
    const name = names[i]
    if (name === undefined || row.length === 0) return []
    const keys = aggregates[types.get(name) ?? ''] ?? []
    return [[name, Object.fromEntries(keys.map((key, k) => [key, row[k] ?? 0]))]]
  })
  return new Map(named)
}

/** One figure of one metric over time; where nothing was measured it is `absent`. */
export function series(
  { snapshots }: K6Record,
  label: string,
  metric: string,
  aggregate: string,
  absent: number | null = null,
): Series {
  return {
    label,
    points: snapshots.map(({ at, values }): Point => [at, values.get(metric)?.[aggregate] ?? absent]),
  }
}

export interface OperationRow {
  readonly name: string
  readonly requests: number
  readonly failed: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly most: number
}

const NAMED = /^http_req_duration\{name:(.*)\}$/

/** What each operation took over the whole run, in milliseconds, as k6 saw it; most asked first. */
export function operationRows({ totals }: K6Record): OperationRow[] {
  const rows = [...totals].flatMap(([metric, time]) => {
    const name = NAMED.exec(metric)?.[1]
    if (name === undefined) return []
    const requests = totals.get(`http_reqs{name:${name}}`)?.count ?? 0
    const failed = Math.round((totals.get(`http_req_failed{name:${name}}`)?.rate ?? 0) * requests)
    const { med: p50 = 0, 'p(95)': p95 = 0, 'p(99)': p99 = 0, max: most = 0 } = time
    return [{ name, requests, failed, p50, p95, p99, most }]
  })
  return rows.sort((a, b) => b.requests - a.requests)
}
