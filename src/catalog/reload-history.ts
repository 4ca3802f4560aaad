import type { Database } from '../db/database.ts'
import type { Reader } from '../db/snapshot.ts'
import { createConditions } from './conditions.ts'
import { listPage } from './list-page.ts'
import type { Page, PageArguments } from './page.ts'
import type { ReloadCounts, ReloadOutcome, ReloadProblem, ReloadTrigger } from './reload-log.ts'

/** A row of the history. */
export interface ReloadRow extends ReloadCounts {
  /** Grows in the order in which reloads ended. */
  readonly id: string
  readonly trigger: ReloadTrigger
  readonly outcome: ReloadOutcome
  readonly startedAt: Date
  readonly durationMs: number
  readonly actor: string
  readonly tool: string | null
  readonly message: string | null
  readonly requestId: string | null
  readonly revision: string | null
  readonly files: number
  readonly error: string | null
  readonly problems: readonly ReloadProblem[]
  /** Whether its revision concerns nothing but drafts: who reads only what is published does not see it. */
  readonly draft: boolean
}

/** What both the list and the stream can be narrowed to. */
export interface ReloadFilter {
  readonly trigger?: ReloadTrigger | null | undefined
  readonly outcome?: ReloadOutcome | null | undefined
  /** Compared case-insensitively. */
  readonly tool?: string | null | undefined
}

export interface ReloadListFilter extends ReloadFilter {
  /** Only those that began then or later. */
  readonly from?: Date | null | undefined
}

/** Over `reloads r`. */
const DRAFT = 'EXISTS (SELECT FROM change_sets s WHERE s.revision = r.revision AND s.draft)'
const COLUMNS = `r.id::text AS id, r.trigger, r.outcome, r.started_at AS "startedAt", r.duration_ms AS "durationMs", r.actor,
  r.tool, r.message, r.request_id AS "requestId", r.revision::text AS revision, r.files, r.created, r.updated, r.deleted,
  r.unchanged, r.error, r.problems, ${DRAFT} AS draft`
/**
 * Whether a reload was about a tool: it was asked for by its name, or made a revision that changed it. The lower-case
 * name is what `place` stands for.
 */
const aboutTool = (place: string) => `(lower(r.tool) = ${place} OR EXISTS (SELECT FROM change_events e
  WHERE e.revision = r.revision AND e.tool_id IN (SELECT id FROM tools WHERE name_key = ${place})))`

/** Ids of reloads, newest first. */
export function listReloads(reader: Reader, filter: ReloadListFilter, page: PageArguments): Promise<Page<string>> {
  const { conditions, values, add } = createConditions(...visibleReloads(reader))
  add(filter.trigger, (place) => `r.trigger = ${place}`)
  add(filter.outcome, (place) => `r.outcome = ${place}`)
  add(filter.tool?.toLowerCase(), aboutTool)
  add(filter.from, (place) => `r.started_at >= ${place}`)
  const order = { name: 'reloads', columns: [{ sql: 'r.id', type: 'revision' as const }], descending: true }
  return listPage(reader, { name: 'reloads', from: 'reloads r', id: 'r.id::text', conditions, values, order }, page)
}

/** Rows by id, in the order of the ids; null for what is not there. */
export async function reloadRows(reader: Reader, ids: readonly string[]): Promise<(ReloadRow | null)[]> {
  const conditions = ['r.id = ANY($1::bigint[])', ...visibleReloads(reader)]
  const rows = await reader.query<ReloadRow>(
    'reload',
    `SELECT ${COLUMNS} FROM reloads r WHERE ${conditions.join(' AND ')}`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** Id of the newest reload, 0 when there is none. */
export async function newestReload({ pool }: Pick<Database, 'pool'>): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('SELECT coalesce(max(id), 0)::text AS id FROM reloads')
  return rows[0]?.id ?? '0'
}

/** A row as the stream gives it: with what its filter asks for. */
export interface FollowedReload extends ReloadRow {
  /** Lower-case names of the tools that it is about, at most a thousand. */
  readonly toolKeys: readonly string[]
}

/** The next reloads behind an id, oldest first, at most so many. */
export async function reloadsAfter(
  { pool }: Pick<Database, 'pool'>,
  id: string,
  most: number,
): Promise<FollowedReload[]> {
  const sql = `SELECT ${COLUMNS}, ARRAY(SELECT lower(r.tool) WHERE r.tool IS NOT NULL UNION
      (SELECT lower(e.tool_name) FROM change_events e WHERE e.revision = r.revision LIMIT 1000)) AS "toolKeys"
    FROM reloads r WHERE r.id > $1::bigint ORDER BY r.id LIMIT $2`
  return (await pool.query<FollowedReload>(sql, [id, most])).rows
}

/** Whether a reload passes a filter of the stream. */
export function passes(reload: FollowedReload, { trigger, outcome, tool }: ReloadFilter): boolean {
  return (
    (trigger == null || reload.trigger === trigger) &&
    (outcome == null || reload.outcome === outcome) &&
    (tool == null || reload.toolKeys.includes(tool.toLowerCase()))
  )
}

/** The reload that this request of this actor asked for at this moment; the process may have ended before it was recorded. */
export async function findReload(
  reader: Reader,
  {
    actor,
    requestId,
    startedAt,
  }: { readonly actor: string; readonly requestId: string | null; readonly startedAt: string },
): Promise<ReloadRow | undefined> {
  const rows = await reader.query<ReloadRow>(
    'findReload',
    `SELECT ${COLUMNS} FROM reloads r
     WHERE r.started_at = $1::timestamptz AND r.actor = $2 AND r.request_id IS NOT DISTINCT FROM $3`,
    [startedAt, actor, requestId],
  )
  return rows[0]
}

export interface ReloadStatistics {
  readonly total: number
  /** Share of them that did not fail, from 0 to 1; null when there are none. */
  readonly successRate: number | null
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  readonly lastSuccessAt: Date | null
  readonly lastFailureAt: Date | null
  readonly counts: readonly ReloadCount[]
}

export interface ReloadCount {
  readonly trigger: ReloadTrigger
  readonly outcome: ReloadOutcome
  readonly count: number
}

/** Over what the history keeps, and has begun at `from` or later. A success is what did not fail. */
export async function reloadStatistics(reader: Reader, from: Date | null | undefined): Promise<ReloadStatistics> {
  const { conditions, values, add } = createConditions(...visibleReloads(reader))
  add(from, (place) => `r.started_at >= ${place}`)
  const where = conditions.join(' AND ') || 'true'
  const [summary] = await reader.query<Omit<ReloadStatistics, 'counts'>>(
    'reloadStatistics',
    `SELECT count(*)::int AS total, avg((outcome <> 'failed')::int)::float8 AS "successRate",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS "p50Ms",
       percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS "p95Ms",
       percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS "p99Ms",
       max(started_at) FILTER (WHERE outcome <> 'failed') AS "lastSuccessAt",
       max(started_at) FILTER (WHERE outcome = 'failed') AS "lastFailureAt"
     FROM reloads r WHERE ${where}`,
    values,
  )
  if (!summary) throw new Error('An aggregate without GROUP BY has one row')
  const counts = await reader.query<ReloadCount>(
    'reloadStatistics.counts',
    `SELECT trigger, outcome, count(*)::int AS count FROM reloads r WHERE ${where}
     GROUP BY trigger, outcome ORDER BY trigger, outcome`,
    values,
  )
  return { ...summary, counts }
}

function visibleReloads({ sees }: Reader): string[] {
  return sees === 'everything' ? [] : [`NOT ${DRAFT}`]
}
