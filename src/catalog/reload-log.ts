import type { Database } from '../db/database.ts'
import type { Problem } from '../definition/problem.ts'

/** What asked for a reload. `api` is a mutation, whose write is the reload. */
export const RELOAD_TRIGGERS = ['api', 'manual', 'file_watch', 'schedule', 'webhook', 'startup'] as const
export type ReloadTrigger = (typeof RELOAD_TRIGGERS)[number]

export const RELOAD_OUTCOMES = ['succeeded', 'unchanged', 'failed'] as const
export type ReloadOutcome = (typeof RELOAD_OUTCOMES)[number]

/** What is wrong with a file of the folder, by its path in the folder. */
export interface ReloadProblem extends Problem {
  readonly file: string
}

/** What a reload did: tools that came, changed and went, and files that had nothing new. */
export type ReloadCounts = {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
}

/** A reload that has ended, as the history keeps it. */
export interface EndedReload extends ReloadCounts {
  readonly trigger: ReloadTrigger
  readonly outcome: ReloadOutcome
  readonly startedAt: Date
  /** In milliseconds. */
  readonly durationMs: number
  readonly actor: string
  /** The folder that was read; undefined for a change through the API. */
  readonly source?: string | undefined
  /** The one tool it was about, when it was about one. */
  readonly tool?: string | undefined
  readonly message?: string | undefined
  readonly requestId?: string | undefined
  /** The revision that it made; undefined when it made none. */
  readonly revision?: string | undefined
  readonly files: number
  /** Why it failed. */
  readonly error?: string | undefined
  readonly problems: readonly ReloadProblem[]
}

export const NO_COUNTS: ReloadCounts & Pick<EndedReload, 'files' | 'problems'> = {
  files: 0,
  created: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  problems: [],
}

/** Most rows that are kept, and how often older ones are cleared away, in rows. */
export const RELOADS_KEPT = { rows: 100_000, clearedEvery: 1_000 } as const

/**
 * Add reloads to the history.
 * @returns their ids, in order
 */
export async function recordReloads(
  { prisma }: Pick<Database, 'prisma'>,
  reloads: readonly EndedReload[],
): Promise<string[]> {
  if (reloads.length === 0) return []
  // One writer at a time, so that ids become visible in their order: whoever follows the table by id misses none. The rows
  // are numbered when they are sorted, which is behind the lock.
  const added = await prisma.$queryRaw<{ id: string }[]>`
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('reloads', 0)))
    INSERT INTO reloads (trigger, outcome, started_at, duration_ms, actor, source, tool, message, request_id, revision,
      files, created, updated, deleted, unchanged, error, problems)
    SELECT trigger, outcome, started_at, duration_ms, actor, source, tool, message, request_id, revision,
      files, created, updated, deleted, unchanged, error, problems
    FROM turn, json_to_recordset(${JSON.stringify(reloads.map(toRow))}::json) AS new(place int, trigger text, outcome text,
      started_at timestamptz, duration_ms float8, actor text, source text, tool text, message text, request_id text,
      revision bigint, files int, created int, updated int, deleted int, unchanged int, error text, problems json)
    ORDER BY place
    RETURNING id::text AS id`
  const ids = added.map(({ id }) => id)
  await clearOld(prisma, ids)
  return ids
}

function toRow({ startedAt, durationMs, requestId, revision, ...rest }: EndedReload, place: number) {
  return {
    place,
    started_at: startedAt.toISOString(),
    duration_ms: durationMs,
    request_id: requestId,
    revision,
    ...rest,
  }
}

/** Whoever writes the thousandth row clears, whichever replica it is: nobody has to count. */
async function clearOld(prisma: Database['prisma'], ids: readonly string[]): Promise<void> {
  const { rows, clearedEvery } = RELOADS_KEPT
  const last = ids.find((id) => Number(id) % clearedEvery === 0)
  if (last !== undefined) await prisma.$executeRaw`DELETE FROM reloads WHERE id <= ${last}::text::bigint - ${rows}::int`
}
