import type { Database } from '../db/database.ts'

/** What is kept at least: whichever of the two is more. */
export interface Retention {
  readonly revisions: number
  readonly hours: number
}

export interface Compaction {
  readonly compactedRevision: string
  /** Events that are gone now. */
  readonly deleted: number
}

export interface CompactionWatch {
  /** Ends it behind a step. */
  readonly signal?: AbortSignal
  /** Called behind each step, with numbers of revisions. */
  readonly onProgress?: (done: number, total: number) => void
}

/** Revisions of one transaction, so that it ends well before the statement timeout: one may have 1,000 events and more. */
const STEP = 100

/**
 * Delete events that nobody needs any more. The change sets stay, with their hashes: they are the audit chain. Each step
 * moves the mark in the transaction that deletes, so that no reader sees the one without the other; the mark is written
 * last, because its row is the one that every writer waits for.
 */
export async function compactHistory(
  { pool }: Pick<Database, 'pool'>,
  { revisions, hours }: Retention,
  { signal, onProgress }: CompactionWatch = {},
): Promise<Compaction> {
  const { rows } = await pool.query<{ compacted: string; target: string }>(TARGET, [revisions, hours])
  const first = Number(rows[0]?.compacted ?? 0)
  let compacted = first
  const target = Number(rows[0]?.target ?? 0)
  let deleted = 0
  while (compacted < target && !signal?.aborted) {
    const next = Math.min(compacted + STEP, target)
    deleted += await compactTo(pool, next)
    compacted = next
    onProgress?.(compacted - first, target - first)
  }
  return { compactedRevision: String(compacted), deleted }
}

/** Only what is older than both bounds. Times are of the database's clock, and increase with the revisions. */
const TARGET = `SELECT compacted_revision::text AS compacted, coalesce((
    SELECT max(revision) FROM change_sets
    WHERE revision <= (SELECT revision FROM catalog_state) - $1::bigint AND at < now() - $2::float8 * interval '1 hour'), 0)::text AS target
  FROM catalog_state`

async function compactTo(pool: Database['pool'], revision: number): Promise<number> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    // Without this, a trigger refuses to delete history.
    await client.query(`SET LOCAL tool_catalog.compacting = 'on'`)
    const { rowCount } = await client.query('DELETE FROM change_events WHERE revision <= $1::bigint', [revision])
    await client.query('UPDATE catalog_state SET compacted_revision = greatest(compacted_revision, $1::bigint)', [
      revision,
    ])
    await client.query('COMMIT')
    client.release()
    return rowCount ?? 0
  } catch (error) {
    client.release(error instanceof Error ? error : true)
    throw error
  }
}
