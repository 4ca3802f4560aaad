import type { Reader } from '../db/snapshot.ts'
import { createConditions } from './conditions.ts'
import { visibleExecutions } from './visible.ts'

/** What reported runs were like, beside what had been estimated for them. Times are milliseconds. */
export interface ExecutionStatistics {
  readonly count: number
  readonly successRate: number
  readonly p50Ms: number
  readonly p95Ms: number
  /** Sum of the actual by sum of the estimated, over the runs that have both. */
  readonly timeRatio: number | null
  readonly costRatio: number | null
}

export interface ExecutionFilter {
  readonly capability: string
  readonly pattern: string
  readonly version?: string | null | undefined
  readonly since?: Date | null | undefined
}

/** Over all runs that the filter lets through; null when there are none. */
export async function executionStatistics(
  reader: Reader,
  toolId: string,
  { capability, pattern, version, since }: ExecutionFilter,
): Promise<ExecutionStatistics | null> {
  const { conditions, values, add } = createConditions(...visibleExecutions(reader))
  add(toolId, (place) => `tool_id = ${place}::uuid`)
  add(capability.toLowerCase(), (place) => `lower(capability) = ${place}`)
  add(pattern.toLowerCase(), (place) => `lower(pattern) = ${place}`)
  add(version, (place) => `version = ${place}`)
  add(since, (place) => `at >= ${place}`)
  const [row] = await reader.query<ExecutionStatistics>(
    'executionStatistics',
    `SELECT count(*)::int AS count, avg(success::int)::float8 AS "successRate",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY actual_ms) AS "p50Ms",
       percentile_cont(0.95) WITHIN GROUP (ORDER BY actual_ms) AS "p95Ms",
       sum(actual_ms) FILTER (WHERE estimated_ms IS NOT NULL) / nullif(sum(estimated_ms), 0) AS "timeRatio",
       sum(actual_cost) FILTER (WHERE estimated_cost IS NOT NULL)
         / nullif(sum(estimated_cost) FILTER (WHERE actual_cost IS NOT NULL), 0) AS "costRatio"
     FROM executions x WHERE ${conditions.join(' AND ')}`,
    values,
  )
  return row && row.count > 0 ? row : null
}
