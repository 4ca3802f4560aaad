import { digest } from '../definition/canonical.ts'
import { unwrap } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { nextVersion } from '../definition/version-order.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { ConflictStrategy, ImportItem, Outcome } from './import.ts'

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
export async function loadStoredTools(
  query: Query,
  candidates: readonly ImportItem[],
  lock: boolean,
): Promise<Map<string, StoredTool>> {
  const keys = [...new Set(candidates.map(nameKey))]
  const tools = await query(
    `SELECT id, name, name_key AS "nameKey", enabled, latest_version_id AS "latestVersionId"
     FROM unnest($1::text[]) AS wanted(key) JOIN tools ON name_key = wanted.key AND deleted_at IS NULL
     ORDER BY id ${lock ? 'FOR UPDATE OF tools' : ''}`,
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
  return new Map(
    tools.rows.map((row) => [
      String(row.nameKey),
      { ...row, versions: byTool.get(row.id) ?? [] } as unknown as StoredTool,
    ]),
  )
}

/** One candidate and what is to be done with it. `version`, `json` and `digest` differ from the candidate's under `new-version`. */
export interface PlannedItem {
  readonly candidate: ImportItem
  readonly version: string
  readonly json: string
  readonly digest: string
  readonly outcome: Outcome
  readonly detail: string | undefined
  /** The stored version whose content is replaced. */
  readonly replaces: StoredVersion | undefined
}

/** What a whole import brings, whichever batch each definition is in: it decides repeats and which versions are taken. */
export interface ImportIndex {
  /** By tool and version. */
  readonly first: ReadonlyMap<string, ImportItem>
  /** Names of versions by tool; grows with those that `new-version` gives. */
  readonly versions: ReadonlyMap<string, Set<string>>
}

export function indexCandidates(candidates: readonly ImportItem[]): ImportIndex {
  const first = new Map<string, ImportItem>()
  const versions = new Map<string, Set<string>>()
  for (const candidate of candidates) {
    const place = placeOf(candidate)
    if (!first.has(place)) first.set(place, candidate)
    const key = nameKey(candidate)
    versions.set(key, (versions.get(key) ?? new Set()).add(candidate.version))
  }
  return { first, versions }
}

/**
 * Decide for each candidate of a batch, in order. Pure, but for what it adds to the index's versions.
 * @param brought lower-case names of the tools that earlier batches bring and `stored` does not show yet; grows
 */
export function planItems(
  candidates: readonly ImportItem[],
  stored: ReadonlyMap<string, StoredTool>,
  onConflict: ConflictStrategy,
  index: ImportIndex,
  brought: Set<string> = new Set(),
): PlannedItem[] {
  for (const [key, { versions }] of stored) for (const { version } of versions) index.versions.get(key)?.add(version)
  return candidates.map((candidate) => {
    const key = nameKey(candidate)
    const planned = planOne(candidate, stored.get(key), onConflict, index, brought)
    brought.add(key)
    index.versions.get(key)?.add(planned.version)
    return planned
  })
}

function planOne(
  candidate: ImportItem,
  tool: StoredTool | undefined,
  onConflict: ConflictStrategy,
  { first, versions }: ImportIndex,
  brought: ReadonlySet<string>,
): PlannedItem {
  const { name, version, digest: ownDigest } = candidate
  const earlier = first.get(placeOf(candidate))
  if (earlier && earlier !== candidate) {
    return earlier.digest === ownDigest
      ? decide(candidate, 'unchanged', `the same as ${earlier.label}`)
      : decide(candidate, 'rejected', `${name} ${version} is also in ${earlier.label}, with other content`)
  }
  const same = tool?.versions.find((stored) => stored.version === version)
  const isKnown = tool !== undefined || brought.has(nameKey(candidate))
  if (!same) return isKnown ? decide(candidate, 'updated', `new version ${version}`) : decide(candidate, 'created')
  if (same.digest === ownDigest) return decide(candidate, 'unchanged')
  if (same.status === 'draft') return { ...decide(candidate, 'updated', 'draft replaced'), replaces: same }
  return resolveConflict(candidate, same, onConflict, () =>
    underNewVersion(candidate, tool?.versions ?? [], versions.get(nameKey(candidate)) ?? new Set()),
  )
}

function placeOf(candidate: ImportItem): string {
  return `${nameKey(candidate)}@${candidate.version}`
}

function resolveConflict(
  candidate: ImportItem,
  same: StoredVersion,
  onConflict: ConflictStrategy,
  withNewVersion: () => PlannedItem,
): PlannedItem {
  const { name, version } = candidate
  switch (onConflict) {
    case 'fail':
      return decide(
        candidate,
        'rejected',
        `${name} ${version} is published with other content; choose skip, overwrite or new-version`,
      )
    case 'skip':
      return decide(candidate, 'skipped', `${name} ${version} is published with other content`)
    case 'overwrite':
      return { ...decide(candidate, 'updated', `version ${version} overwritten`), replaces: same }
    case 'new-version':
      return withNewVersion()
  }
}

/** The candidate under the next free version; nothing, when an earlier import has brought it in under another one. */
function underNewVersion(
  candidate: ImportItem,
  stored: readonly StoredVersion[],
  taken: ReadonlySet<string>,
): PlannedItem {
  // The candidate's text was made from a document.
  const document = JSON.parse(candidate.json) as JsonObject
  const twin = stored.find(({ version, digest: theirs }) => digest(withVersion(document, version)) === theirs)
  if (twin) return { ...decide(candidate, 'unchanged', `the same as version ${twin.version}`), version: twin.version }
  const version = nextVersion(candidate.version, taken)
  const changed = withVersion(document, version)
  return {
    ...decide(candidate, 'updated', `new version ${version}`),
    version,
    json: JSON.stringify(changed),
    digest: digest(changed),
  }
}

function withVersion(document: JsonObject, version: string): JsonObject {
  const { fields, path } = unwrap(document)
  const inner = { ...fields, version }
  return path.length > 0 ? { ...document, tool: inner } : inner
}

function decide(candidate: ImportItem, outcome: Outcome, detail?: string): PlannedItem {
  const { version, json, digest: ownDigest } = candidate
  return { candidate, version, json, digest: ownDigest, outcome, detail, replaces: undefined }
}

/** How names are compared. */
export function nameKey({ name }: { readonly name: string }): string {
  return name.toLowerCase()
}
