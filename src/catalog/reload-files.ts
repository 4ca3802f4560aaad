import { randomUUID } from 'node:crypto'
import type { ChangeOrigin } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import { type Committed, commit, type Work } from './commit.ts'
import type { ConflictStrategy, ImportItem } from './import.ts'
import { applyPlan } from './import-apply.ts'
import { refuseBreaking } from './import-gate.ts'
import { indexCandidates, loadStored, nameKey, type PlannedItem, planItems } from './import-plan.ts'
import type { Once } from './receipts.ts'
import { deleteWithoutFiles, followFiles, type Taken } from './reload-follow.ts'
import type { ReloadCounts, ReloadProblem } from './reload-log.ts'
import { loadSourceFiles, type SourceFileRow, saveSourceFiles } from './source-files.ts'
import { loadStoredTools, type Query, queryIn, type StoredTool } from './stored-tools.ts'

/** A file of the folder that holds a valid definition. */
export interface FolderFile {
  /** In the folder, with `/` between its parts, on every system. */
  readonly path: string
  /** SHA-256 of its bytes. */
  readonly digest: string
  readonly name: string
  readonly version: string
  /** What to import; undefined for a file that the catalog had already when the folder was read. */
  readonly item: ImportItem | undefined
}

export interface Folder {
  readonly files: readonly FolderFile[]
  /** Every definition file that is there, whether its tool is asked for or not. */
  readonly paths: ReadonlySet<string>
}

export interface ReloadFilesOptions {
  readonly onConflict: ConflictStrategy
  readonly compatibility: Compatibility
  /** Only the files of this tool, and whether they have changed or not. */
  readonly tool?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly once?: Once | undefined
  /** When it began, and for which request: how a retry finds it again. */
  readonly startedAt: string
  readonly requestId: string | null
}

/** A type alias, not an interface, because it is kept as JSON. */
export type ReloadedFiles = ReloadCounts & { readonly startedAt: string; readonly requestId: string | null }

/** What the files say cannot be taken over, so nothing was. */
export class ReloadRejectedError extends Error {
  override readonly name = 'ReloadRejectedError'
  constructor(
    message: string,
    readonly problems: readonly ReloadProblem[] = [],
  ) {
    super(message)
  }
}

/** Another replica has reloaded since the folder was compared with the catalog: compare again. */
export class FolderOutdatedError extends Error {
  override readonly name = 'FolderOutdatedError'
}

/**
 * Bring the catalog to what the files say, in one revision, whole or not at all. A file counts when its bytes are others
 * than those that were taken over last: what people do through the API stays until the file changes.
 * @throws ReloadRejectedError, FolderOutdatedError
 */
export function reloadFiles(
  database: Database,
  origin: ChangeOrigin,
  source: string,
  folder: Folder,
  options: ReloadFilesOptions,
): Promise<Committed<ReloadedFiles>> {
  const { dryRun, once, startedAt, requestId } = options
  return commit<ReloadedFiles>(
    database,
    origin,
    async (work) => {
      // One reload of a source at a time: the second of two replicas finds what the first has taken over.
      await work.tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`reload ${source}`}, 0))`
      const counts = await bringIn(work, origin.actor, source, folder, options)
      return { ...counts, startedAt, requestId }
    },
    { dryRun, once: dryRun ? undefined : once },
  )
}

async function bringIn(
  work: Work,
  actor: string,
  source: string,
  { files, paths }: Folder,
  options: ReloadFilesOptions,
): Promise<ReloadCounts> {
  const query = queryIn(work.tx)
  const rows = await loadSourceFiles(query, source)
  const key = options.tool?.toLowerCase()
  if (paths.size === 0 && [...rows.values()].some(({ owns }) => owns))
    throw new ReloadRejectedError(
      'The folder holds no definition, and tools of the catalog come from it. Is it mounted? Nothing was deleted.',
    )
  const changed = files.filter(({ path, digest }) => key !== undefined || rows.get(path)?.digest !== digest)
  const { plan, before } = await planFiles(query, changed, options)
  for (const event of await applyPlan(work.tx, plan, before, { actor, newId: randomUUID })) work.record(event)
  const taken = await takenFiles(query, changed, plan, before, rows)
  const moved = await followFiles(work, taken, key === undefined ? undefined : files.length)
  const gone = [...rows.values()].filter((row) => !paths.has(row.path) && (key === undefined || row.nameKey === key))
  const kept = await saveSourceFiles(work.tx, source, { rows, taken, gone })
  const deleted = await deleteWithoutFiles(work, rows, kept, taken)
  const written = plan.filter(({ outcome }) => outcome === 'created' || outcome === 'updated').length + moved
  return {
    created: plan.filter(({ outcome }) => outcome === 'created').length,
    updated: plan.filter(({ outcome }) => outcome === 'updated').length + moved,
    deleted,
    unchanged: files.length - written,
  }
}

/** @throws ReloadRejectedError with every file that is refused */
async function planFiles(
  query: Query,
  changed: readonly FolderFile[],
  options: ReloadFilesOptions,
): Promise<{ plan: readonly PlannedItem[]; before: ReadonlyMap<string, StoredTool> }> {
  const items = changed.map(({ item }) => {
    if (!item) throw new FolderOutdatedError()
    return item
  })
  const stored = await loadStored(query, items, true)
  const planned = planItems(items, stored, options.onConflict, indexCandidates(items))
  const plan = await refuseBreaking(query, planned, stored, options)
  const rejected = plan.filter(({ outcome }) => outcome === 'rejected')
  if (rejected.length > 0)
    throw new ReloadRejectedError(
      `${rejected.length} of ${items.length} changed files cannot be taken over`,
      rejected.map(toProblem),
    )
  return { plan, before: stored.tools }
}

function toProblem({ candidate, detail }: PlannedItem): ReloadProblem {
  const place = { file: candidate.label, line: 1, column: 1, path: '' }
  return { ...place, severity: 'error', code: 'reload.rejected', message: detail ?? '' }
}

/** Each file that counted, with its tool as it is now. */
export async function takenFiles(
  query: Query,
  changed: readonly FolderFile[],
  plan: readonly PlannedItem[],
  before: ReadonlyMap<string, StoredTool>,
  rows: ReadonlyMap<string, SourceFileRow>,
): Promise<Taken[]> {
  if (changed.length === 0) return []
  const tools = await loadStoredTools(query, changed.map(nameKey), false)
  const owned = new Set([...rows.values()].flatMap(({ owns, toolId }) => (owns ? [toolId] : [])))
  return changed.map((file, index) => {
    const key = nameKey(file)
    const tool = tools.get(key)
    const planned = plan[index]
    if (!tool || !planned) throw new Error(`${file.path} was planned and written just now`)
    const { version } = planned
    return {
      file,
      version,
      tool,
      before: before.get(key),
      row: rows.get(file.path),
      owns: !before.has(key) || owned.has(tool.id),
    }
  })
}
