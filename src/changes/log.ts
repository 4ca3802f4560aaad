import { Prisma } from '../generated/prisma/client.ts'
import { CHAIN_TIME, changeSetDigest, eventsDigest } from './chain.ts'
import type { ChangeEvent, ChangeOrigin } from './change-event.ts'

/** Notifications that there is another revision; they carry its number, which nobody relies on. */
export const REVISION_CHANNEL = 'tool_catalog_revision'

/**
 * Take the next revision and log its change set, in one statement: the last of the transaction.
 *
 * The counter's row stays locked from here to the commit, so a second writer waits for exactly that long, and revisions
 * become visible in order (a sequence would give numbers that commit out of order). A rollback gives the number back:
 * the log has no gaps. The tools that changed are stamped with the revision (and with the one that readers are shown, when
 * there is something for them to see), the hash chain goes on, and whoever listens is told that there is something to
 * read, in the same statement. An event keeps the platforms and capabilities that its tool had before and has now.
 * @param expectedRevision the catalog's revision that the caller has seen; when it is another one, nothing is written
 * @returns the revision, as decimal digits; undefined when the expected revision was not the current one
 */
export async function appendChangeSet(
  tx: Prisma.TransactionClient,
  origin: ChangeOrigin,
  events: readonly ChangeEvent[],
  expectedRevision?: string,
): Promise<string | undefined> {
  const rows = JSON.stringify(
    events.map(({ toolId, toolName, ...rest }, position) => ({
      position,
      tool_id: toolId,
      tool_name: toolName,
      ...rest,
    })),
  )
  const isDraft = events.every(({ draft }) => draft)
  const digestOfEvents = eventsDigest(events)
  const digest = changeSetDigest(origin, isDraft, digestOfEvents)
  const answer = await tx.$queryRaw<{ revision: bigint }[]>`
    WITH moment AS (
      SELECT now()::timestamptz(3) AS at
    ), head AS (
      UPDATE catalog_state SET revision = revision + 1, head_hash = encode(sha256(convert_to(concat_ws(E'\n', head_hash,
        revision + 1, ${Prisma.raw(CHAIN_TIME)}, ${digest}::text), 'UTF8')), 'hex')
      FROM moment
      WHERE id = 1 AND (${expectedRevision ?? null}::text IS NULL OR revision::text = ${expectedRevision ?? null}::text)
      RETURNING revision, head_hash, at
    ), logged AS (
      INSERT INTO change_sets (revision, at, actor, source, message, request_id, draft, digest, events_digest, hash)
      SELECT revision, at, ${origin.actor}, ${origin.source}, ${origin.message ?? null}, ${origin.requestId ?? null},
        ${isDraft}, ${digest}, ${digestOfEvents}, head_hash FROM head
    ), events AS (
      INSERT INTO change_events (revision, position, kind, tool_id, tool_name, version, latest, draft, before, after,
        platforms, capabilities)
      SELECT head.revision, event.position, event.kind, event.tool_id, event.tool_name, event.version, event.latest,
             event.draft,
             nullif(event.before::text, 'null')::json, nullif(event.after::text, 'null')::json,
             ARRAY(SELECT DISTINCT unnest(ARRAY[tools.platform, nullif(tools.logged_platform, '')]) EXCEPT SELECT NULL),
             ARRAY(SELECT DISTINCT unnest(tools.capability_keys || tools.logged_capabilities))
      FROM head, json_to_recordset(${rows}::json) AS event(
        position int, kind text, tool_id uuid, tool_name text, version text, latest text, draft boolean, before json, after json)
      JOIN tools ON tools.id = event.tool_id
      RETURNING tool_id, draft
    ), stamped AS (
      UPDATE tools SET revision = head.revision, logged_platform = platform, logged_capabilities = capability_keys,
        seen_revision = CASE WHEN touched.seen THEN head.revision ELSE seen_revision END,
        updated_at = CASE WHEN touched.seen THEN head.at ELSE updated_at END
      FROM head, (SELECT tool_id, bool_or(NOT draft) AS seen FROM events GROUP BY tool_id) AS touched
      WHERE tools.id = touched.tool_id
    )
    SELECT revision, pg_notify(${REVISION_CHANNEL}, revision::text)::text FROM head`
  const revision = answer[0]?.revision
  return revision === undefined ? undefined : String(revision)
}
