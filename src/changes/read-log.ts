import type pg from 'pg'
import type { ChangeKind, ChangeSource } from './change-event.ts'

/**
 * Revisions are counted in plain numbers here: at one commit a microsecond, 285 years pass before they are not exact.
 * The API has them as digits in a string.
 */
export interface LogState {
  /** Which history the revisions count. */
  readonly epoch: string
  readonly revision: number
  /** Events of this revision, and of those below, are gone. */
  readonly compactedRevision: number
}

/** An event without its documents, which are read when somebody asks for them. */
export interface LoggedEvent {
  /** Digits. */
  readonly revision: string
  readonly position: number
  readonly kind: ChangeKind
  readonly toolId: string
  readonly toolName: string
  /** What the tool is called from then on, when that is what happened. */
  readonly newName: string | null
  readonly version: string | null
  readonly latest: string | null
  readonly draft: boolean
  /** Of its tool, before and after it. */
  readonly platforms: readonly string[]
  /** Lower-case names, of its tool, before and after it. */
  readonly capabilities: readonly string[]
}

export interface LoggedChangeSet {
  readonly number: number
  /** The same in digits. */
  readonly revision: string
  readonly at: Date
  readonly actor: string
  readonly source: ChangeSource
  readonly message: string | null
  readonly requestId: string | null
  readonly hash: string | null
  readonly events: readonly LoggedEvent[]
}

export interface LogPage {
  readonly state: LogState
  /** Gapless, from the revision behind `after`. Those that are compacted have no events. */
  readonly changeSets: readonly LoggedChangeSet[]
}

export interface LogRange {
  readonly after: number
  /** Most change sets. */
  readonly most: number
  /** Most events, though at least one change set is read. */
  readonly mostEvents: number
}

/**
 * Read a stretch of the log, and the state that it belongs to: in one statement, which sees one snapshot, so that a
 * compaction is either seen in both or in neither.
 * @throws Error when a revision is missing: whoever counts on would take one for another
 */
export async function readLog(database: Pick<pg.ClientBase, 'query'>, range: LogRange): Promise<LogPage> {
  const { rows } = await database.query<Row>(READ, [range.after, range.most, range.mostEvents])
  const row = rows[0]
  if (!row) throw new Error('catalog_state has no row: the database was not migrated')
  const state = { epoch: row.epoch, revision: Number(row.revision), compactedRevision: Number(row.compactedRevision) }
  const changeSets = row.changeSets.map(({ at, events, revision, ...rest }) => ({
    ...rest,
    revision,
    number: Number(revision),
    at: new Date(at),
    events: events.map((event) => ({ ...event, revision })),
  }))
  checkGapless(range.after, state.revision, changeSets)
  return { state, changeSets }
}

function checkGapless(after: number, head: number, changeSets: readonly LoggedChangeSet[]): void {
  let expected = after + 1
  for (const { number } of changeSets) {
    if (number !== expected) break
    expected++
  }
  const isWhole = expected === after + 1 + changeSets.length
  if (!isWhole || (changeSets.length === 0 && head > after)) throw new Error(`The log has no revision ${expected}`)
}

interface Row {
  readonly epoch: string
  readonly revision: string
  readonly compactedRevision: string
  readonly changeSets: readonly (Omit<LoggedChangeSet, 'number' | 'at' | 'events'> & {
    readonly at: string
    readonly events: readonly Omit<LoggedEvent, 'revision'>[]
  })[]
}

const READ = `SELECT epoch, revision::text AS revision, compacted_revision::text AS "compactedRevision", (
    SELECT coalesce(json_agg(json_build_object('revision', s.revision::text, 'at', s.at, 'actor', s.actor, 'source', s.source,
      'message', s.message, 'requestId', s.request_id, 'hash', s.hash, 'events', s.events) ORDER BY s.revision), '[]')
    FROM (
      SELECT *, sum(size) OVER (ORDER BY revision) - size AS before, row_number() OVER (ORDER BY revision) AS place
      FROM (
        SELECT s.*, e.events, e.size FROM change_sets s CROSS JOIN LATERAL (
          SELECT count(*) AS size, coalesce(json_agg(json_build_object('position', position, 'kind', kind, 'toolId', tool_id,
            'toolName', tool_name,
            'newName', CASE kind WHEN 'ToolRenamed' THEN after->>'name' END, 'version', version, 'latest', latest, 'draft', draft, 'platforms', platforms,
            'capabilities', capabilities) ORDER BY position), '[]') AS events
          FROM change_events WHERE revision = s.revision) e
        WHERE s.revision > $1::bigint ORDER BY s.revision LIMIT $2::int) s) s
    WHERE s.before < $3::bigint OR s.place = 1) AS "changeSets"
  FROM catalog_state`
