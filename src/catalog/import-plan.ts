import { digest } from '../definition/canonical.ts'
import { contentDigest, statedState, withVersion } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { nextVersion } from '../definition/version-order.ts'
import type { ConflictStrategy, ImportItem, Outcome } from './import.ts'
import { loadDocuments, loadStoredTools, type Query, type StoredTool, type StoredVersion } from './stored-tools.ts'

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
  /** It says the same as the stored version, but for its status or whether the tool is enabled. */
  readonly restates: boolean
}

/** What is in the catalog under the names that a batch brings. */
export interface Stored {
  /** By lower-case name. */
  readonly tools: ReadonlyMap<string, StoredTool>
  /** Documents of published versions that have another digest than the candidate of their name, by id of the version. */
  readonly documents: ReadonlyMap<string, JsonObject>
}

export async function loadStored(query: Query, batch: readonly ImportItem[], lock: boolean): Promise<Stored> {
  const tools = await loadStoredTools(query, batch.map(nameKey), lock)
  const differing = batch.flatMap((candidate) => {
    const same = tools.get(nameKey(candidate))?.versions.find(({ version }) => version === candidate.version)
    return same && same.digest !== candidate.digest && same.status !== 'draft' ? [same.id] : []
  })
  return { tools, documents: await loadDocuments(query, differing) }
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

/** A copy for one batch, which planning it may add to. */
export function indexOf(batch: readonly ImportItem[], { first, versions }: ImportIndex): ImportIndex {
  return { first, versions: new Map(batch.map(nameKey).map((key) => [key, new Set(versions.get(key))])) }
}

/**
 * Decide for each candidate of a batch, in order. Pure, but for what it adds to the index's versions.
 * @param brought lower-case names of the tools that earlier batches bring and `stored` does not show yet; grows
 */
export function planItems(
  candidates: readonly ImportItem[],
  stored: Stored,
  onConflict: ConflictStrategy,
  index: ImportIndex,
  brought: Set<string> = new Set(),
): PlannedItem[] {
  for (const [key, { versions }] of stored.tools)
    for (const { version } of versions) index.versions.get(key)?.add(version)
  return candidates.map((candidate) => {
    const key = nameKey(candidate)
    const planned = planOne(candidate, stored, onConflict, index, brought)
    brought.add(key)
    index.versions.get(key)?.add(planned.version)
    return planned
  })
}

function planOne(
  candidate: ImportItem,
  stored: Stored,
  onConflict: ConflictStrategy,
  { first, versions }: ImportIndex,
  brought: ReadonlySet<string>,
): PlannedItem {
  const { name, version, digest: ownDigest } = candidate
  const tool = stored.tools.get(nameKey(candidate))
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
  const restated = restate(candidate, same, tool, stored.documents.get(same.id))
  if (restated) return restated
  return resolveConflict(candidate, same, onConflict, () =>
    underNewVersion(candidate, tool?.versions ?? [], versions.get(nameKey(candidate)) ?? new Set()),
  )
}

/**
 * A definition that is known, and says something else only of its state: the status, whether the tool is enabled, or
 * how the name is spelt. What it does not say stays as it is.
 */
function restate(
  candidate: ImportItem,
  same: StoredVersion,
  tool: StoredTool | undefined,
  stored: JsonObject | undefined,
): PlannedItem | undefined {
  // The candidate's text was made from a document.
  const document = JSON.parse(candidate.json) as JsonObject
  const { status = same.status, enabled = tool?.enabled } = statedState(document)
  if (!stored || contentDigest(document) !== contentDigest(stored)) return undefined
  // A file still says what it was before somebody published it.
  if (status === 'draft') return decide(candidate, 'unchanged', `version ${same.version} is published by now`)
  const changes = [
    ...(status === same.status ? [] : [`version ${same.version} is ${status}`]),
    ...(enabled === tool?.enabled ? [] : [enabled ? 'enabled' : 'disabled']),
  ]
  if (changes.length === 0) return decide(candidate, 'unchanged')
  return { ...decide(candidate, 'updated', changes.join(', ')), replaces: same, restates: true }
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
      // Readers would lose the version, and never hear of it.
      return isDraft(candidate)
        ? decide(candidate, 'rejected', `${name} ${version} is published and cannot become a draft again`)
        : { ...decide(candidate, 'updated', `version ${version} overwritten`), replaces: same }
    case 'new-version':
      return withNewVersion()
  }
}

function isDraft({ json }: ImportItem): boolean {
  // The candidate's text was made from a document.
  return statedState(JSON.parse(json) as JsonObject).status === 'draft'
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

function decide(candidate: ImportItem, outcome: Outcome, detail?: string): PlannedItem {
  const { version, json, digest: ownDigest } = candidate
  return { candidate, version, json, digest: ownDigest, outcome, detail, replaces: undefined, restates: false }
}

/** How names are compared. */
export function nameKey({ name }: { readonly name: string }): string {
  return name.toLowerCase()
}
