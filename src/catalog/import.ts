import { randomUUID } from 'node:crypto'
import type { ChangeOrigin } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import { digest } from '../definition/canonical.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import { readIdentity } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { commit } from './commit.ts'
import { RevisionConflictError } from './errors.ts'
import { applyPlan, prepareAhead } from './import-apply.ts'
import { overriddenBreakages, refuseBreaking } from './import-gate.ts'
import {
  type ImportIndex,
  indexCandidates,
  indexOf,
  loadStored,
  nameKey,
  type PlannedItem,
  planItems,
  type Stored,
} from './import-plan.ts'
import type { PreparedVersion } from './prepare-version.ts'
import { findReceipt, type Once } from './receipts.ts'
import { type Query, queryIn } from './stored-tools.ts'

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
  readonly detail: string | null
}

export interface ImportAnswer {
  readonly results: readonly ImportResult[]
  /** One for each batch that changed something. */
  readonly revisions: readonly string[]
}

export interface ImportOptions {
  readonly onConflict: ConflictStrategy
  /** Do everything, database checks included, and then undo it. */
  readonly dryRun?: boolean
  /** Called after each batch with the number of definitions done so far. */
  readonly onProgress?: (done: number) => void
  readonly newId?: () => string
  /** What a new version may not break, for tools that do not say so themselves; none when left out. */
  readonly compatibility?: Compatibility
  /** Import what breaks it all the same, and say so in the history. */
  readonly overrideCompatibility?: boolean
  /** All of it in one revision, however large: whole or not at all. */
  readonly single?: {
    /** The catalog's revision that the caller has seen: nothing is imported when it is another one by now. */
    readonly expectedRevision?: string | undefined
    readonly once?: Once | undefined
  }
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
 * Import valid documents in order, in batches that each commit whole or not at all; or, as `single`, all in one.
 * When anything is rejected (a conflict under `fail`, a tool and version twice), nothing is imported.
 */
export async function importDefinitions(
  database: Database,
  origin: ChangeOrigin,
  items: readonly ImportItem[],
  options: ImportOptions,
): Promise<ImportAnswer> {
  if (options.dryRun) await checkRevision(database, options.single?.expectedRevision)
  const forecast = await planAll(database, items, options)
  const isRejected = forecast.some(({ outcome }) => outcome === 'rejected')
  // A retry gets the first answer, whatever has become of the catalog since.
  if (isRejected && !(await isRetry(database, origin, options)))
    return { results: forecast.map(toResult), revisions: [] }
  const results: ImportResult[] = []
  const revisions: string[] = []
  const whole = { index: indexCandidates(items), earlier: new Set<string>() }
  let ahead: Ahead = options.single ? Promise.resolve(undefined) : prepareBatch(0, forecast, options)
  for (const batch of options.single ? [items] : batches(items)) {
    const prepared = await ahead
    const committing = commitBatch(database, origin, batch, { ...whole, prepared }, options)
    ahead = prepareBatch(results.length + batch.length, forecast, options)
    const { value, revision } = await committing
    results.push(...value)
    if (revision !== undefined) revisions.push(revision)
    for (const candidate of batch) whole.earlier.add(nameKey(candidate))
    options.onProgress?.(results.length)
  }
  // Each batch of a dry run was undone before the next, which only the forecast has seen all of.
  return { results: options.dryRun ? forecast.map(toResult) : results, revisions }
}

type Ahead = Promise<ReadonlyMap<ImportItem, PreparedVersion> | undefined>

/** Prepare the batch that begins at this place of the import, in the expectation that it comes out as forecast. */
function prepareBatch(start: number, forecast: readonly PlannedItem[], { newId = randomUUID }: ImportOptions): Ahead {
  const [batch = []] = batches(forecast.slice(start, start + IMPORT_BATCH.changes).map(({ candidate }) => candidate))
  const preparing = prepareAhead(forecast.slice(start, start + batch.length), newId)
  // When the batch before it fails, nobody waits for this one.
  preparing.catch(() => {})
  return preparing
}

/** @throws InvalidInputError when the id was used for something else */
async function isRetry({ prisma }: Database, { actor }: ChangeOrigin, { dryRun, single }: ImportOptions) {
  if (dryRun || !single?.once) return false
  return (await findReceipt(prisma, actor, single.once)) !== undefined
}

/** What the commit would check. @throws RevisionConflictError */
async function checkRevision({ prisma }: Database, expected: string | undefined): Promise<void> {
  const state = expected === undefined ? null : await prisma.catalogState.findUnique({ where: { id: 1 } })
  const current = String(state?.revision ?? expected)
  if (expected !== undefined && current !== expected) throw new RevisionConflictError(expected, current, 'the catalog')
}

/** Make a valid document ready for import. */
export function prepareItem(label: string, document: JsonObject): ImportItem {
  return { label, ...readIdentity(document), digest: digest(document), json: JSON.stringify(document) }
}

/** What would happen, without writing: the forecast that a dry run prints, and the check before the first batch. */
async function planAll(database: Database, candidates: readonly ImportItem[], options: ImportOptions) {
  const planned: PlannedItem[] = []
  const index = indexCandidates(candidates)
  const brought = new Set<string>()
  const query: Query = (sql, values) => database.pool.query(sql, values)
  for (const batch of batches(candidates)) {
    const stored = await loadStored(query, batch, false)
    const plan = planItems(batch, stored, options.onConflict, index, brought)
    planned.push(...(await refuseBreaking(query, plan, stored, options)))
  }
  return planned
}

async function commitBatch(
  database: Database,
  origin: ChangeOrigin,
  batch: readonly ImportItem[],
  whole: {
    readonly index: ImportIndex
    /** Lower-case names of the tools that earlier batches brought. */
    readonly earlier: ReadonlySet<string>
    readonly prepared: Awaited<Ahead>
  },
  options: ImportOptions,
) {
  const { single, dryRun, newId = randomUUID } = options
  return commit<StoredResult[]>(
    database,
    origin,
    async ({ tx, record }) => {
      const query = queryIn(tx)
      const stored = await loadStored(query, batch, true)
      // A new index for each attempt: what an attempt that was rolled back named is free again.
      const planned = planItems(batch, stored, options.onConflict, indexOf(batch, whole.index))
      const plan = await refuseBreaking(query, planned, without(stored, whole.earlier), options)
      const rejected = plan.find(({ outcome }) => outcome === 'rejected')
      if (rejected) throw new ImportConflictError(rejected)
      for (const event of await overriddenBreakages(query, plan, without(stored, whole.earlier), options)) record(event)
      const events = await applyPlan(tx, plan, stored.tools, {
        actor: origin.actor,
        newId,
        prepared: whole.prepared,
      })
      events.forEach(record)
      return plan.map(toResult)
    },
    { ...single, once: dryRun ? undefined : single?.once, dryRun },
  )
}

/** Only what stood before the import can be broken by it: its earlier batches are part of it. */
function without({ tools, documents }: Stored, names: ReadonlySet<string>): Stored {
  return { tools: new Map([...tools].filter(([name]) => !names.has(name))), documents }
}

/** A type alias, not an interface, because it is kept as JSON. */
type StoredResult = { [K in keyof ImportResult]: ImportResult[K] }

/** Somebody else wrote the same version between the check and the batch. Earlier batches, where there are any, stay. */
export class ImportConflictError extends Error {
  override readonly name = 'ImportConflictError'
  constructor({ candidate, detail }: PlannedItem) {
    super(`${candidate.label}: ${detail ?? ''} meanwhile. Its batch was not imported; run the import again.`)
  }
}

function toResult({ candidate, version, outcome, detail }: PlannedItem): StoredResult {
  return { label: candidate.label, tool: candidate.name, version, outcome, detail: detail ?? null }
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
