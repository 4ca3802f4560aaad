import { carry } from '../db/carried-values.ts'
import { cellsOf, columnValues, rowsFrom, type Shape } from '../db/row-columns.ts'
import type { Json } from '../definition/json.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { CHAIN_TIME, changeSetDigest, eventsDigest } from './chain.ts'
import type { ChangeEvent, ChangeOrigin } from './change-event.ts'

type Tx = Prisma.TransactionClient

/** Notifications that there is another revision; they carry its number, which nobody relies on. */
export const REVISION_CHANNEL = 'tool_catalog_revision'

/** Where a document stands that the same transaction has written. */
interface StoredDocument {
  readonly versionId: string
  readonly digest: string
}

const stored = new WeakMap<Tx, Map<Json, StoredDocument>>()

/**
 * Say that this very document stands in a version: an event that ends with it is given a copy from there, instead of the
 * document a second time, which PostgreSQL would have to read and compress while the counter's row is locked.
 */
export function noteStored(tx: Tx, document: Json, place: StoredDocument): void {
  const places = stored.get(tx) ?? new Map<Json, StoredDocument>()
  stored.set(tx, places.set(document, place))
}

const EVENT = {
  kind: 'text',
  tool_id: 'uuid',
  tool_name: 'text',
  version: 'text',
  latest: 'text',
  draft: 'boolean',
  before: 'json',
  after: 'json',
  stored_in: 'uuid',
  digest: 'text',
} as const satisfies Shape

function eventColumns(events: readonly ChangeEvent[], places: ReadonlyMap<Json, StoredDocument> | undefined): string[] {
  const rows = events.map(({ toolId, toolName, after, ...rest }) => {
    const place = places?.get(after)
    const end = place ? { after: null, stored_in: place.versionId, digest: place.digest } : { after, ...NOWHERE }
    return { ...rest, tool_id: toolId, tool_name: toolName, ...end }
  })
  return columnValues(EVENT, [cellsOf(EVENT, rows)])
}

const NOWHERE = { stored_in: null, digest: null }

interface Appended {
  readonly revision: bigint
  /** How many events were logged, and how many of them with nothing as their end. */
  readonly events: bigint
  readonly endless: bigint
}

/** What a tool had before and has now: for most tools that is the same, or there is no before. */
const CONCERNED = {
  platforms: `CASE WHEN t.logged_platform IN ('', t.platform) THEN ARRAY[t.platform]
    ELSE ARRAY[t.platform, t.logged_platform] END`,
  capabilities: `CASE WHEN t.logged_capabilities <@ t.capability_keys THEN t.capability_keys
    ELSE ARRAY(SELECT DISTINCT unnest(t.capability_keys || t.logged_capabilities)) END`,
}

const APPEND = `
  WITH moment AS (
    SELECT now()::timestamptz(3) AS at
  ), head AS (
    UPDATE catalog_state SET revision = revision + 1, head_hash = encode(sha256(convert_to(concat_ws(E'\\n', head_hash,
      revision + 1, ${CHAIN_TIME}, $7::text), 'UTF8')), 'hex')
    FROM moment
    WHERE id = 1 AND ($1::text IS NULL OR revision::text = $1::text)
    RETURNING revision, head_hash, at
  ), logged AS (
    INSERT INTO change_sets (revision, at, actor, source, message, request_id, draft, digest, events_digest, hash)
    SELECT revision, at, $2::text, $3::text, $4::text, $5::text, $6::boolean, $7::text, $8::text, head_hash FROM head
  ), events AS (
    INSERT INTO change_events (revision, position, kind, tool_id, tool_name, version, latest, draft, before, after,
      platforms, capabilities)
    SELECT head.revision, row.number - 1, row.kind, row.tool_id, row.tool_name, row.version, row.latest, row.draft,
      row.before, coalesce(row.after, v.definition), ${CONCERNED.platforms}, ${CONCERNED.capabilities}
    FROM head, ${rowsFrom(EVENT, 10)} JOIN tools t ON t.id = row.tool_id
      LEFT JOIN tool_versions v ON v.id = row.stored_in AND v.digest = row.digest
    RETURNING tool_id, draft, after IS NULL AS endless
  ), stamped AS (
    UPDATE tools SET revision = head.revision, logged_platform = platform, logged_capabilities = capability_keys,
      seen_revision = CASE WHEN touched.seen THEN head.revision ELSE seen_revision END,
      updated_at = CASE WHEN touched.seen THEN head.at ELSE updated_at END
    FROM head, (SELECT tool_id, bool_or(NOT draft) AS seen FROM events GROUP BY tool_id) AS touched
    WHERE tools.id = touched.tool_id
  )
  SELECT revision, pg_notify($9::text, revision::text)::text, (SELECT count(*) FROM events) AS events,
    (SELECT count(*) FROM events WHERE endless) AS endless
  FROM head`

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
  tx: Tx,
  origin: ChangeOrigin,
  events: readonly ChangeEvent[],
  expectedRevision?: string,
): Promise<string | undefined> {
  const isDraft = events.every(({ draft }) => draft)
  const digestOfEvents = eventsDigest(events)
  const digest = changeSetDigest(origin, isDraft, digestOfEvents)
  const { actor, source, message, requestId } = origin
  const places = stored.get(tx)
  const author = [actor, source, message ?? null, requestId ?? null]
  const values = [expectedRevision ?? null, ...author, isDraft, digest, digestOfEvents, REVISION_CHANNEL]
  const answer = await carry(eventColumns(events, places), (columns) =>
    tx.$queryRawUnsafe<Appended[]>(APPEND, ...values, ...columns),
  )
  const [appended] = answer
  if (!appended) return undefined
  const endless = events.filter(({ after }) => after === null).length
  // Nobody may have replaced or taken away meanwhile what the events are about.
  if (Number(appended.events) !== events.length || Number(appended.endless) !== endless)
    throw new Error('An event concerns a tool or a version that is not there as it was written')
  return String(appended.revision)
}
