import { digest } from '../definition/canonical.ts'
import { unwrap } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { nextVersion } from '../definition/version-order.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { Candidate, ConflictStrategy, Outcome } from './import.ts'

export interface StoredVersion {
  readonly id: string
  readonly version: string
  readonly sortKey: string
  readonly status: Status
  readonly digest: string
}

export interface StoredTool {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly latestVersionId: string | null
  readonly versions: readonly StoredVersion[]
}

type Query = (sql: string, values: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>

/** The living tools that these candidates name, by lower-case name. `lock` takes their rows, in id order, for writing. */
export async function loadStoredTools(query: Query, candidates: readonly Candidate[], lock: boolean): Promise<Map<string, StoredTool>> {
  const keys = [...new Set(candidates.map(nameKey))]
  const tools = await query(
    `SELECT id, name, name_key AS "nameKey", enabled, latest_version_id AS "latestVersionId"
     FROM tools WHERE name_key = ANY($1::text[]) AND deleted_at IS NULL ORDER BY id ${lock ? 'FOR UPDATE' : ''}`,
    [keys],
  )
  const versions = await query(
    `SELECT id, tool_id AS "toolId", version, sort_key AS "sortKey", status::text AS status, digest
     FROM tool_versions WHERE tool_id = ANY($1::uuid[])`,
    [tools.rows.map(({ id }) => id)],
  )
  const byTool = new Map<unknown, Record<string, unknown>[]>()
  for (const row of versions.rows) byTool.set(row.toolId, [...(byTool.get(row.toolId) ?? []), row])
  // The two statements select exactly these columns.
  return new Map(tools.rows.map((row) => [String(row.nameKey), { ...row, versions: byTool.get(row.id) ?? [] } as unknown as StoredTool]))
}

/** One candidate and what is to be done with it. `version`, `json` and `digest` differ from the candidate's under `new-version`. */
export interface PlannedItem {
  readonly candidate: Candidate
  readonly version: string
  readonly json: string
  readonly digest: string
  readonly outcome: Outcome
  readonly detail: string | undefined
  /** The stored version whose content is replaced. */
  readonly replaces: StoredVersion | undefined
}

/**
 * Decide for each candidate, in order. Pure.
 * @param seen what earlier batches of the same import brought, by tool and version
 */
export function planItems(
  candidates: readonly Candidate[],
  stored: ReadonlyMap<string, StoredTool>,
  onConflict: ConflictStrategy,
  seen: Map<string, Candidate>,
): PlannedItem[] {
  const taken = new Map([...stored].map(([key, { versions }]) => [key, new Set(versions.map(({ version }) => version))]))
  return candidates.map((candidate) => {
    const key = nameKey(candidate)
    const names = taken.get(key) ?? new Set<string>()
    taken.set(key, names)
    const planned = planOne(candidate, stored.get(key), onConflict, seen, names)
    if (planned.outcome !== 'rejected') names.add(planned.version)
    return planned
  })
}

function planOne(
  candidate: Candidate,
  tool: StoredTool | undefined,
  onConflict: ConflictStrategy,
  seen: Map<string, Candidate>,
  taken: ReadonlySet<string>,
): PlannedItem {
  const { name, version, digest: ownDigest } = candidate
  const place = `${nameKey(candidate)}@${version}`
  const earlier = seen.get(place)
  seen.set(place, earlier ?? candidate)
  if (earlier) {
    return earlier.digest === ownDigest
      ? decide(candidate, 'unchanged', `the same as ${earlier.label}`)
      : decide(candidate, 'rejected', `${name} ${version} is also in ${earlier.label}, with other content`)
  }
  const same = tool?.versions.find((stored) => stored.version === version)
  if (!same) return decide(candidate, tool ? 'updated' : 'created', tool && `new version ${version}`)
  if (same.digest === ownDigest) return decide(candidate, 'unchanged')
  if (same.status === 'draft') return { ...decide(candidate, 'updated', 'draft replaced'), replaces: same }
  return resolveConflict(candidate, same, onConflict, taken)
}

function resolveConflict(candidate: Candidate, same: StoredVersion, onConflict: ConflictStrategy, taken: ReadonlySet<string>): PlannedItem {
  const { name, version } = candidate
  switch (onConflict) {
    case 'fail':
      return decide(candidate, 'rejected', `${name} ${version} is published with other content; choose skip, overwrite or new-version`)
    case 'skip':
      return decide(candidate, 'skipped', `${name} ${version} is published with other content`)
    case 'overwrite':
      return { ...decide(candidate, 'updated', `version ${version} overwritten`), replaces: same }
    case 'new-version':
      return underNewVersion(candidate, nextVersion(version, taken))
  }
}

function underNewVersion(candidate: Candidate, version: string): PlannedItem {
  // The candidate's text was made from a document.
  const document = JSON.parse(candidate.json) as JsonObject
  const { fields, path } = unwrap(document)
  const inner = { ...fields, version }
  const changed = path.length > 0 ? { ...document, tool: inner } : inner
  return { ...decide(candidate, 'updated', `new version ${version}`), version, json: JSON.stringify(changed), digest: digest(changed) }
}

function decide(candidate: Candidate, outcome: Outcome, detail?: string): PlannedItem {
  const { version, json, digest: ownDigest } = candidate
  return { candidate, version, json, digest: ownDigest, outcome, detail, replaces: undefined }
}

/** How names are compared. */
export function nameKey({ name }: { readonly name: string }): string {
  return name.toLowerCase()
}
