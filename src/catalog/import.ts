import { randomUUID } from 'node:crypto'
import type { ChangeEvent, ChangeOrigin } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import { digest } from '../definition/canonical.ts'
import { readIdentity } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { commit } from './commit.ts'
import { applyPlan } from './import-apply.ts'
import { type ImportIndex, indexCandidates, loadStoredTools, type PlannedItem, planItems } from './import-plan.ts'

/** What to do when the catalog has another definition under the same tool and version. */
export const CONFLICT_STRATEGIES = ['fail', 'skip', 'overwrite', 'new-version'] as const
export type ConflictStrategy = (typeof CONFLICT_STRATEGIES)[number]

export type Outcome = 'created' | 'updated' | 'unchanged' | 'skipped' | 'rejected'

export interface ImportResult {
  readonly label: string
  readonly tool: string
  readonly version: string
  readonly outcome: Outcome
  /** Why, for what was skipped or rejected; what exactly, for what was updated. */
  readonly detail: string | undefined
}

export interface ImportAnswer {
  readonly results: readonly ImportResult[]
  /** One for each batch that changed something. */
  readonly revisions: readonly string[]
}

export interface ImportOptions {
  readonly onConflict: ConflictStrategy
  /** Do everything but keep it. */
  readonly dryRun?: boolean
  /** Called after each batch with the number of definitions done so far. */
  readonly onProgress?: (done: number) => void
  readonly newId?: () => string
}

/** Bounds of one batch: one change set, which subscribers get in one message. */
export const IMPORT_BATCH = { changes: 1_000, bytes: 8 * 1024 * 1024 } as const

/**
 * A document to import, as it is kept until its batch is written: its JSON text, because 20,000 parsed documents are ten
 * times the memory of their texts.
 */
export interface ImportItem {
  /** What to call it in the answer, for example its file. */
  readonly label: string
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly json: string
}

/**
 * Import valid documents in order, in batches that each commit whole or not at all.
 * When anything is rejected (a conflict under `fail`, a tool and version twice), nothing is imported.
 */
export async function importDefinitions(
  database: Database,
  origin: ChangeOrigin,
  items: readonly ImportItem[],
  options: ImportOptions,
): Promise<ImportAnswer> {
  const forecast = await planAll(database, items, options.onConflict)
  if (options.dryRun || forecast.some(({ outcome }) => outcome === 'rejected')) {
    return { results: forecast.map(toResult), revisions: [] }
  }
  const results: ImportResult[] = []
  const revisions: string[] = []
  for (const batch of batches(items)) {
    // A new index for each attempt: what an attempt that was rolled back named is free again.
    const { value, revision } = await commitBatch(database, origin, batch, () => indexCandidates(items), options)
    results.push(...value)
    if (revision !== undefined) revisions.push(revision)
    options.onProgress?.(results.length)
  }
  return { results, revisions }
}

/** Make a valid document ready for import. */
export function prepareItem(label: string, document: JsonObject): ImportItem {
  return { label, ...readIdentity(document), digest: digest(document), json: JSON.stringify(document) }
}

/** What would happen, without writing: the forecast that a dry run prints, and the check before the first batch. */
async function planAll(database: Database, candidates: readonly ImportItem[], onConflict: ConflictStrategy) {
  const planned: PlannedItem[] = []
  const index = indexCandidates(candidates)
  const brought = new Set<string>()
  for (const batch of batches(candidates)) {
    const stored = await loadStoredTools((sql, values) => database.pool.query(sql, values), batch, false)
    planned.push(...planItems(batch, stored, onConflict, index, brought))
  }
  return planned
}

async function commitBatch(
  database: Database,
  origin: ChangeOrigin,
  batch: readonly ImportItem[],
  newIndex: () => ImportIndex,
  options: ImportOptions,
) {
  return commit(database, origin, async ({ tx, record }) => {
    const query = async (sql: string, values: unknown[]) => ({
      rows: await tx.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...values),
    })
    const stored = await loadStoredTools(query, batch, true)
    const plan = planItems(batch, stored, options.onConflict, newIndex())
    const rejected = plan.find(({ outcome }) => outcome === 'rejected')
    if (rejected) throw new ImportConflictError(rejected)
    const events: ChangeEvent[] = await applyPlan(tx, plan, stored, {
      actor: origin.actor,
      newId: options.newId ?? randomUUID,
    })
    events.forEach(record)
    return plan.map(toResult)
  })
}

/** Somebody else wrote the same version between the check and the batch. Earlier batches stay. */
export class ImportConflictError extends Error {
  override readonly name = 'ImportConflictError'
  constructor({ candidate, detail }: PlannedItem) {
    super(`${candidate.label}: ${detail ?? ''} meanwhile. Batches before it were imported; run the import again.`)
  }
}

function toResult({ candidate, version, outcome, detail }: PlannedItem): ImportResult {
  return { label: candidate.label, tool: candidate.name, version, outcome, detail }
}

function* batches(candidates: readonly ImportItem[]): Generator<readonly ImportItem[]> {
  let batch: ImportItem[] = []
  let bytes = 0
  for (const candidate of candidates) {
    const size = candidate.json.length
    if (batch.length === IMPORT_BATCH.changes || (batch.length > 0 && bytes + size > IMPORT_BATCH.bytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(candidate)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
