import type { Prisma } from '../generated/prisma/client.ts'
import type { ChangeEvent, ChangeOrigin } from './change-event.ts'

/**
 * Take the next revision and log its change set, in one statement: the last of the transaction.
 *
 * The counter's row stays locked from here to the commit, so a second writer waits for exactly that long, and revisions
 * become visible in order (a sequence would give numbers that commit out of order). A rollback gives the number back:
 * the log has no gaps. The tools that changed are stamped with the revision in the same statement.
 * @returns the revision, as decimal digits
 */
export async function appendChangeSet(
  tx: Prisma.TransactionClient,
  origin: ChangeOrigin,
  events: readonly ChangeEvent[],
): Promise<string> {
  const rows = JSON.stringify(
    events.map(({ kind, toolId, toolName, version, before, after }, position) => ({
      position,
      kind,
      tool_id: toolId,
      tool_name: toolName,
      version,
      before,
      after,
    })),
  )
  const answer = await tx.$queryRaw<{ revision: bigint }[]>`
    WITH head AS (
      UPDATE catalog_state SET revision = revision + 1 WHERE id = 1 RETURNING revision
    ), logged AS (
      INSERT INTO change_sets (revision, actor, source, message, request_id)
      SELECT revision, ${origin.actor}, ${origin.source}, ${origin.message ?? null}, ${origin.requestId ?? null} FROM head
    ), events AS (
      INSERT INTO change_events (revision, position, kind, tool_id, tool_name, version, before, after)
      SELECT head.revision, event.position, event.kind, event.tool_id, event.tool_name, event.version,
             nullif(event.before::text, 'null')::json, nullif(event.after::text, 'null')::json
      FROM head, json_to_recordset(${rows}::json) AS event(
        position int, kind text, tool_id uuid, tool_name text, version text, before json, after json)
      RETURNING tool_id
    ), stamped AS (
      UPDATE tools SET revision = head.revision
      FROM head WHERE tools.id IN (SELECT tool_id FROM events)
    )
    SELECT revision FROM head`
  const revision = answer[0]?.revision
  if (revision === undefined) throw new Error('catalog_state has no row: the database was not migrated')
  return String(revision)
}
