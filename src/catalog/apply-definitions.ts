import { randomUUID } from 'node:crypto'
import type { ChangeEvent, ChangeOrigin } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import { digest } from '../definition/canonical.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import { type PlanItem, planItemsOf } from './apply-plan.ts'
import { belongsElsewhere, ownersElsewhere, type Renames, renameTools } from './apply-renames.ts'
import { type Committed, commit, type Work } from './commit.ts'
import { RevisionConflictError } from './errors.ts'
import type { ConflictStrategy, ImportItem } from './import.ts'
import { applyPlan } from './import-apply.ts'
import { overriddenBreakages, refuseBreaking } from './import-gate.ts'
import { indexCandidates, loadStored, nameKey, type PlannedItem, planItems } from './import-plan.ts'
import type { Once } from './receipts.ts'
import { takenFiles } from './reload-files.ts'
import { followFiles, toolsWithoutFiles } from './reload-follow.ts'
import { loadSourceFiles, type SourceFileRow, saveSourceFiles } from './source-files.ts'
import { type Query, queryIn, type StoredTool } from './stored-tools.ts'
import { deleteTools } from './tool-state.ts'

/** A file with a valid definition. */
export interface AppliedFile {
  /** In its folder, with `/` between its parts. */
  readonly path: string
  /** SHA-256 of its text. */
  readonly digest: string
  readonly name: string
  readonly version: string
  readonly item: ImportItem
  readonly renamedFrom: string | undefined
}

export interface ApplyOptions {
  /** Whose files these are: what one source has brought, another neither changes nor prunes. */
  readonly source: string
  /** Delete the tools that the source has brought and no file holds any more. */
  readonly prune: boolean
  readonly onConflict: ConflictStrategy
  readonly compatibility: Compatibility
  readonly overrideCompatibility: boolean
  readonly dryRun?: boolean | undefined
  /** The catalog's revision that the plan was made at. */
  readonly expectedRevision?: string | undefined
  /** Digest of the plan that somebody has agreed to. */
  readonly expectedPlan?: string | undefined
  readonly once?: Once | undefined
}

/** What was done, or would be. A type alias, not an interface, because it is kept as JSON. */
export type AppliedDefinitions = {
  readonly items: readonly PlanItem[]
  /** Digest of the items. */
  readonly plan: string
  /** The revision that the catalog was at. */
  readonly plannedAt: string
}

/** Some of the files cannot be applied, so nothing was. */
export class ApplyRejectedError extends Error {
  override readonly name = 'ApplyRejectedError'
  constructor(
    message: string,
    readonly items: readonly PlanItem[] = [],
  ) {
    super(message)
  }
}

/** What would happen is not what somebody has agreed to. */
export class PlanOutdatedError extends Error {
  override readonly name = 'PlanOutdatedError'
  constructor() {
    super('What would happen is not what was planned: plan again')
  }
}

/**
 * Bring the tools of a source to what its files say, in one revision, whole or not at all. A dry run is the plan: the same
 * work, undone.
 * @throws ApplyRejectedError, PlanOutdatedError, RevisionConflictError
 */
export function applyDefinitions(
  database: Database,
  origin: ChangeOrigin,
  files: readonly AppliedFile[],
  options: ApplyOptions,
): Promise<Committed<AppliedDefinitions>> {
  const { source, expectedRevision, expectedPlan, dryRun, once } = options
  return commit<AppliedDefinitions>(
    database,
    origin,
    async (work) => {
      await work.tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`apply ${source}`}, 0))`
      // Read before anything else: whatever comes in between makes the plan outdated, never wrong unseen.
      const state = await work.tx.catalogState.findUniqueOrThrow({ where: { id: 1 } })
      const plannedAt = String(state.revision)
      if (expectedRevision !== undefined && expectedRevision !== plannedAt)
        throw new RevisionConflictError(expectedRevision, plannedAt, 'the catalog')
      const items = await bringIn(work, origin.actor, files, options)
      const plan = digest(items)
      if (expectedPlan !== undefined && expectedPlan !== plan) throw new PlanOutdatedError()
      return { items, plan, plannedAt }
    },
    { dryRun, expectedRevision, once: dryRun ? undefined : once },
  )
}

/** What is in the database under this name: `files` is the folder that the server follows. */
const sourceKey = (source: string) => `apply:${source}`

async function bringIn(
  { tx, record }: Work,
  actor: string,
  files: readonly AppliedFile[],
  options: ApplyOptions,
): Promise<PlanItem[]> {
  const source = sourceKey(options.source)
  const events: ChangeEvent[] = []
  const work: Work = {
    tx,
    record: (event) => {
      events.push(event)
      record(event)
    },
  }
  const query = queryIn(tx)
  const rows = await loadSourceFiles(query, source)
  const renames = await renameTools(work, source, files)
  const { plan, before } = await planFiles(work, query, source, files, renames, options)
  const items = await planItemsOf(query, plan, { before, renamed: renames.renamed })
  const refused = items.filter(({ action }) => action === 'refuse')
  if (refused.length > 0)
    throw new ApplyRejectedError(`${refused.length} of ${files.length} definitions cannot be applied`, items)
  for (const event of await applyPlan(tx, plan, before, { actor, newId: randomUUID })) work.record(event)
  const taken = await takenFiles(query, files, plan, before, rows)
  await followFiles(work, taken, undefined)
  const gone = await pruneTools(work, rows, files, taken, options.prune)
  await saveSourceFiles(tx, source, { rows, taken, gone: gone.rows })
  return [...items.map((item) => withMovedLatest(item, events)), ...gone.items]
}

async function planFiles(
  { record }: Work,
  query: Query,
  source: string,
  files: readonly AppliedFile[],
  { refused }: Renames,
  options: ApplyOptions,
): Promise<{ plan: readonly PlannedItem[]; before: ReadonlyMap<string, StoredTool> }> {
  const candidates = files.map(({ item }) => item)
  const stored = await loadStored(query, candidates, true)
  const planned = planItems(candidates, stored, options.onConflict, indexCandidates(candidates))
  const gated = await refuseBreaking(query, planned, stored, options)
  for (const event of await overriddenBreakages(query, gated, stored, options)) record(event)
  const owners = await ownersElsewhere(query, source, candidates.map(nameKey))
  const plan = gated.map((item): PlannedItem => {
    const owner = item.outcome === 'updated' ? owners.get(nameKey(item.candidate)) : undefined
    const detail = refused.get(item.candidate.label) ?? (owner && belongsElsewhere(item.candidate.name, owner))
    return detail === undefined ? item : { ...item, outcome: 'rejected', detail }
  })
  return { plan, before: stored.tools }
}

/** A file that was put back to what it was: nothing is written, and its version is served again. */
function withMovedLatest(item: PlanItem, events: readonly ChangeEvent[]): PlanItem {
  const moved = events.find(
    ({ kind, toolName, version }) => kind === 'LatestMoved' && toolName === item.tool && version === item.version,
  )
  // The event of a change of the latest version says which one it was before.
  const previous = (moved?.before as { readonly latest?: string | null } | null | undefined)?.latest ?? null
  if (!moved || item.action !== 'unchanged') return item
  return { ...item, action: 'change', previous, detail: `version ${item.version} is served again` }
}

/** Tools of the source that no file holds: deleted, or left for when pruning is asked for. */
async function pruneTools(
  work: Work,
  rows: ReadonlyMap<string, SourceFileRow>,
  files: readonly AppliedFile[],
  taken: Awaited<ReturnType<typeof takenFiles>>,
  prune: boolean,
): Promise<{ readonly items: PlanItem[]; readonly rows: readonly SourceFileRow[] }> {
  const paths = new Set(files.map(({ path }) => path))
  const gone = [...rows.values()].filter(({ path }) => !paths.has(path))
  const kept = [
    ...[...rows.values()].filter(({ path }) => paths.has(path) && !taken.some(({ file }) => file.path === path)),
    ...taken.map(({ tool }) => ({ toolId: tool.id })),
  ]
  const orphans = await toolsWithoutFiles(queryIn(work.tx), rows, kept, taken)
  if (prune && files.length === 0 && orphans.length > 0)
    throw new ApplyRejectedError('There is no definition, and pruning would delete every tool of the source')
  if (prune) await deleteTools(work, orphans)
  const ids = new Set(orphans.map(({ id }) => id))
  const items = orphans
    .map(
      ({ name }): PlanItem => ({
        action: prune ? 'prune' : 'leave',
        tool: name,
        version: null,
        previous: null,
        renamedFrom: null,
        path: null,
        detail: prune ? 'no file holds it any more' : 'no file holds it any more; --prune deletes it',
        differences: [],
      }),
    )
    .sort((a, b) => (a.tool < b.tool ? -1 : 1))
  // What is left for later must be known then.
  return { items, rows: prune ? gone : gone.filter(({ toolId }) => !ids.has(toolId)) }
}
