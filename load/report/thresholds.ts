/** What k6 hands to `handleSummary`, as far as it is used. */
export interface K6Summary {
  readonly state: { readonly testRunDurationMs: number }
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly contains: string
        readonly values: Readonly<Record<string, number>>
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
      }
    >
  >
}

export interface ThresholdRow {
  readonly metric: string
  /** For example `p(95)<50`. */
  readonly limit: string
  readonly value: string
  readonly isHeld: boolean
}

/** Every threshold with what was measured. */
export function thresholdRows({ metrics }: K6Summary): ThresholdRow[] {
  return Object.entries(metrics)
    .flatMap(([metric, { thresholds = {}, values, contains }]) =>
      Object.entries(thresholds).map(([limit, { ok }]) => {
        const aggregate = /^[^<>=!]+/.exec(limit)?.[0].trim() ?? ''
        return { metric, limit, value: describeValue(values[aggregate], contains, aggregate), isHeld: ok }
      }),
    )
    .sort((a, b) => a.metric.localeCompare(b.metric) || a.limit.localeCompare(b.limit))
}

const OF_TIME = /^(?:http_req_duration|catalog_delivery_ms|dropped_iterations)\b/

/** What became of the promises: held; late, when nothing but time was over its limit; broken. */
export function verdictOf(rows: readonly ThresholdRow[]): 'held' | 'late' | 'broken' {
  const crossed = rows.filter(({ isHeld }) => !isHeld)
  if (crossed.length === 0) return 'held'
  return crossed.every(({ metric }) => OF_TIME.test(metric)) ? 'late' : 'broken'
}

function describeValue(value: number | undefined, contains: string, aggregate: string): string {
  if (value === undefined) return 'nothing measured'
  if (contains === 'time') return `${value.toFixed(value < 10 ? 2 : 1)} ms`
  if (aggregate === 'rate') return `${(value * 100).toFixed(2)} %`
  return String(Math.round(value))
}
