import type { Database } from '../db/database.ts'
import { type Reader, withSnapshot } from '../db/snapshot.ts'
import { CHAIN_TIME, chainHash, changeSetDigest, eventsDigest, firstDigest } from './chain.ts'
import type { ChangeEvent, ChangeOrigin } from './change-event.ts'

export interface ChainReport {
  /** Change sets that were recomputed and found as they were written. */
  readonly verified: number
  /** Revisions older than the chain: written before the catalog kept one. */
  readonly unchained: number
  /** Change sets whose events were compacted: all but the events was recomputed, and of those there is only the digest. */
  readonly compacted: number
  readonly headHash: string
  readonly firstBad: { readonly revision: string; readonly reason: string } | undefined
}

interface Head {
  readonly revision: string
  /** Events of this revision, and of those below, are gone. */
  readonly compactedRevision: string
  readonly headHash: string
}

interface ChainedRow extends Omit<ChangeOrigin, 'requestId' | 'message'> {
  readonly revision: string
  readonly message: string | null
  readonly requestId: string | null
  readonly draft: boolean
  readonly time: string
  readonly digest: string | null
  readonly eventsDigest: string | null
  readonly hash: string | null
  readonly events: readonly (ChangeEvent & { readonly position: number })[]
}

/** Change sets read at once; one may hold 8 MiB. */
const BATCH = 10

/**
 * Recompute the chain from its beginning, in one snapshot.
 * @param onProgress called with the revision reached
 */
export async function verifyChain(
  database: Pick<Database, 'pool' | 'preparesByName'>,
  onProgress: (revision: number, head: number) => void = () => {},
): Promise<ChainReport> {
  return withSnapshot(database, (reader) => verifyChainOf(reader, onProgress))
}

/** The same, of whatever a reader sees: a transaction that has not been committed yet, for one. */
export async function verifyChainOf(
  reader: Pick<Reader, 'query'>,
  onProgress: (revision: number, head: number) => void = () => {},
): Promise<ChainReport> {
  const [state] = await reader.query<Head>('audit.head', HEAD)
  const head = state ?? { revision: '0', compactedRevision: '0', headHash: '' }
  const counts = { verified: 0, unchained: 0, compacted: 0 }
  let hash = ''
  let expected = 1n
  const report = (revision: bigint, reason: string): ChainReport => ({
    ...counts,
    headHash: head.headHash,
    firstBad: { revision: String(revision), reason },
  })
  for (;;) {
    const rows = await reader.query<ChainedRow>('audit.rows', ROWS, [String(expected - 1n), BATCH])
    for (const row of rows) {
      if (expected > BigInt(head.revision)) return report(BigInt(row.revision), BEYOND)
      if (row.revision !== String(expected)) return report(expected, 'it is missing')
      const isCompacted = expected <= BigInt(head.compactedRevision)
      const problem = problemOf(row, hash, isCompacted)
      if (problem) return report(expected, problem)
      counts[row.hash === null ? 'unchained' : isCompacted ? 'compacted' : 'verified']++
      hash = row.hash ?? ''
      expected++
    }
    onProgress(Number(expected - 1n), Number(head.revision))
    if (rows.length < BATCH) break
  }
  if (String(expected - 1n) !== head.revision) return report(expected, 'it is missing')
  const [stray] = await reader.query<{ revision: string }>('audit.stray', STRAY, [head.revision])
  if (stray) return report(BigInt(stray.revision), BEYOND)
  if (hash !== head.headHash) return report(expected - 1n, 'its hash is not the one that the catalog ends with')
  return { ...counts, headHash: head.headHash, firstBad: undefined }
}

const BEYOND = 'the catalog has no such revision'

function problemOf(row: ChainedRow, before: string, isCompacted: boolean): string | undefined {
  const { revision, time, digest, hash, events } = row
  if (isCompacted && events.length > 0) return 'it was compacted, and has changes all the same'
  if (digest === null || hash === null) {
    return before === '' ? undefined : 'it has no hash, and the one before it has'
  }
  if (!saysWhatWasWritten(row, isCompacted)) return 'it does not say what was written'
  return chainHash(before, revision, time, digest) === hash ? undefined : 'its hash does not follow from the one before'
}

function saysWhatWasWritten(
  { actor, source, events, digest, draft, ...row }: ChainedRow,
  isCompacted: boolean,
): boolean {
  const origin = { actor, source, message: row.message ?? undefined, requestId: row.requestId ?? undefined }
  const areEventsWhole =
    events.every(({ position }, index) => position === index) && events.every((event) => event.draft) === draft
  if (row.eventsDigest === null) return isCompacted || (areEventsWhole && firstDigest(origin, events) === digest)
  const areEventsKnown = isCompacted || (areEventsWhole && eventsDigest(events) === row.eventsDigest)
  return areEventsKnown && changeSetDigest(origin, draft, row.eventsDigest) === digest
}

const HEAD = `SELECT revision::text AS revision, compacted_revision::text AS "compactedRevision", head_hash AS "headHash"
  FROM catalog_state`

const ROWS = `SELECT s.revision::text AS revision, s.actor, s.source, s.message, s.request_id AS "requestId", s.draft, ${CHAIN_TIME} AS time,
    s.digest, s.events_digest AS "eventsDigest", s.hash, coalesce((SELECT json_agg(json_build_object('position', e.position, 'kind', e.kind, 'toolId', e.tool_id, 'toolName', e.tool_name,
      'version', e.version, 'latest', e.latest, 'draft', e.draft, 'before', e.before, 'after', e.after) ORDER BY e.position)
      FROM change_events e WHERE e.revision = s.revision), '[]'::json) AS events
  FROM change_sets s WHERE s.revision > $1::bigint ORDER BY s.revision LIMIT $2`

/** Events that belong to no change set of the catalog: they would show themselves in one to come. */
const STRAY = `SELECT revision::text AS revision FROM change_events WHERE revision > $1::bigint OR revision < 1
  ORDER BY change_events.revision LIMIT 1`
