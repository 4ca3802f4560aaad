import type { Database } from '../../src/db/database.ts'
import type { TrueRevision } from './history.ts'

/**
 * A copy of every event as it is committed, in the same transaction, which compaction does not touch: what clients saw is
 * compared with this. It lives in a schema of its own, so that the catalog does not know of it.
 */
export async function recordTruth({ pool }: Pick<Database, 'pool'>): Promise<void> {
  await pool.query(`CREATE SCHEMA truth;
    CREATE TABLE truth.events (LIKE public.change_events, PRIMARY KEY (revision, position));
    ALTER TABLE truth.events DROP COLUMN before, DROP COLUMN after;
    CREATE FUNCTION truth.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO truth.events (revision, position, kind, tool_id, tool_name, version, latest, draft, platforms, capabilities)
      SELECT revision, position, kind, tool_id, tool_name, version, latest, draft, platforms, capabilities FROM added;
      RETURN NULL; END $$;
    CREATE TRIGGER keep_truth AFTER INSERT ON public.change_events REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION truth.keep()`)
}

const ROWS = `SELECT s.revision::int AS revision, s.message, coalesce(json_agg(json_build_object('position', e.position,
    'kind', e.kind, 'toolName', e.tool_name, 'version', e.version, 'latest', e.latest, 'draft', e.draft,
    'platforms', e.platforms, 'capabilities', e.capabilities) ORDER BY e.position) FILTER (WHERE e.revision IS NOT NULL), '[]') AS events
  FROM change_sets s LEFT JOIN truth.events e USING (revision) WHERE s.revision > $1 GROUP BY s.revision ORDER BY s.revision`

/** What was committed above a revision, in order. */
export async function readTruth({ pool }: Pick<Database, 'pool'>, after: number): Promise<TrueRevision[]> {
  return (await pool.query<TrueRevision>(ROWS, [after])).rows
}

/** Where the log ends, and what is wrong with its numbers over its whole length. */
export async function readHead({ pool }: Pick<Database, 'pool'>): Promise<{ head: number; findings: string[] }> {
  const { rows } = await pool.query<{ head: number; sets: number; first: number; last: number }>(
    `SELECT (SELECT revision::int FROM catalog_state) AS head, count(*)::int AS sets,
      coalesce(min(revision), 1)::int AS first, coalesce(max(revision), 0)::int AS last FROM change_sets`,
  )
  const { head = 0, sets = 0, first = 1, last = 0 } = rows[0] ?? {}
  const isWhole = first === 1 && last === head && sets === head
  return {
    head,
    findings: isWhole ? [] : [`gapless: ${sets} change sets from ${first} to ${last}, counter at ${head}`],
  }
}
