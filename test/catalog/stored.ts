import type { Database } from '../../src/db/database.ts'

export interface StoredEvent {
  readonly revision: string
  readonly position: number
  readonly kind: string
  readonly toolName: string
  readonly version: string
  readonly before: object | null
  readonly after: object | null
}

const TABLES = ['tools', 'tool_versions', 'capabilities', 'patterns', 'search_words', 'change_sets', 'change_events']

/** Number of rows of every table, and the revision: what a write of any kind would change. */
export async function everything({ pool }: Database): Promise<Record<string, string>> {
  const counts = TABLES.map((table) => `(SELECT count(*) FROM ${table})::text AS ${table}`)
  const { rows } = await pool.query(`SELECT ${counts.join(', ')}, revision::text FROM catalog_state`)
  return rows[0]
}

export async function currentRevision({ pool }: Database): Promise<number> {
  const { rows } = await pool.query('SELECT revision::int FROM catalog_state')
  return rows[0].revision
}

/** The log after a revision, in its order. */
export async function eventsAfter({ pool }: Database, revision: number): Promise<StoredEvent[]> {
  const { rows } = await pool.query(
    `SELECT revision::text, position, kind, tool_name AS "toolName", version, before, after FROM change_events
     WHERE revision > $1 ORDER BY revision, position`,
    [revision],
  )
  return rows
}

/** What lists show of one tool, and the names of its versions, oldest first. */
export async function toolNamed({ pool }: Database, name: string) {
  const { rows } = await pool.query(
    `SELECT t.name, t.enabled, t.description, t.status::text, t.platform, t.tags, t.capability_keys AS capabilities,
       (SELECT version FROM tool_versions WHERE id = t.latest_version_id) AS latest,
       ARRAY(SELECT version FROM tool_versions WHERE tool_id = t.id ORDER BY sort_key) AS versions
     FROM tools t WHERE name_key = $1 AND deleted_at IS NULL`,
    [name.toLowerCase()],
  )
  return rows[0]
}

/** Names of the capabilities and patterns that one version has rows of. */
export async function partsOf({ pool }: Database, name: string, version: string): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT c.name || coalesce('/' || p.name, '') AS part
     FROM tools t JOIN tool_versions v ON v.tool_id = t.id JOIN capabilities c ON c.version_id = v.id
       LEFT JOIN patterns p ON p.capability_id = c.id
     WHERE t.name_key = $1 AND v.version = $2 ORDER BY c.position, p.position`,
    [name.toLowerCase(), version],
  )
  return rows.map(({ part }) => part)
}
