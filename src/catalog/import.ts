import { randomUUID } from 'node:crypto'
import type { ChangeOrigin } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import { digest } from '../definition/canonical.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import { readIdentity } from '../definition/definition.ts'
import { statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { commit } from './commit.ts'
import { findBreakages } from './compatibility-gate.ts'
import { CompatibilityError, RevisionConflictError } from './errors.ts'
import { applyPlan } from './import-apply.ts'
import {
  type ImportIndex,
  indexCandidates,
  loadStored,
  nameKey,
  type PlannedItem,
  planItems,
  type Stored,
} from './import-plan.ts'
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
  /** Import what breaks it all the same. */
  readonly overrideCompatibility?: boolean
  /** The catalog's revision that the caller has seen: nothing is imported when it is another one by now. */
  readonly expectedRevision?: string | undefined
  /** Each batch is written at most once under this id. */
  readonly once?: Once | undefined
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
  if (options.dryRun) await checkRevision(database, options.expectedRevision)
  const forecast = await planAll(database, items, options)
  const isRejected = forecast.some(({ outcome }) => outcome === 'rejected')
  // A retry gets the first answer, whatever has become of the catalog since.
  if (isRejected && !(await isRetry(database, origin, options)))
    return { results: forecast.map(toResult), revisions: [] }
  const results: ImportResult[] = []
  const revisions: string[] = []
  let { expectedRevision } = options
  for (const batch of batches(items)) {
    const once = onceOf(options, results.length)
    // A new index for each attempt: what an attempt that was rolled back named is free again.
    const newIndex = () => indexCandidates(items)
    const { value, revision } = await commitBatch(database, origin, batch, newIndex, {
      ...options,
      once,
      expectedRevision,
    })
    results.push(...value)
    if (revision !== undefined) {
      revisions.push(revision)
      // The batches of one import follow each other: nobody else may come in between either.
      if (expectedRevision !== undefined) expectedRevision = revision
    }
    options.onProgress?.(results.length)
  }
  // Each batch of a dry run was undone before the next, which only the forecast has seen all of.
  return { results: options.dryRun ? forecast.map(toResult) : results, revisions }
}

/** The first batch has the caller's own id, so that it is known if it was used for anything else. */
function onceOf({ once, dryRun }: ImportOptions, done: number): Once | undefined {
  if (!once || dryRun) return undefined
  return done === 0 ? once : { ...once, clientMutationId: `${once.clientMutationId}#${done}` }
}

/** @throws InvalidInputError when the id was used for something else */
async function isRetry({ prisma }: Database, { actor }: ChangeOrigin, options: ImportOptions): Promise<boolean> {
  const once = onceOf(options, 0)
  return once !== undefined && (await findReceipt(prisma, actor, once)) !== undefined
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
  newIndex: () => ImportIndex,
  options: ImportOptions,
) {
  const { once, expectedRevision, dryRun } = options
  return commit<StoredResult[]>(
    database,
    origin,
    async ({ tx, record }) => {
      const query = queryIn(tx)
      const stored = await loadStored(query, batch, true)
      const plan = await refuseBreaking(
        query,
        planItems(batch, stored, options.onConflict, newIndex()),
        stored,
        options,
      )
      const rejected = plan.find(({ outcome }) => outcome === 'rejected')
      if (rejected) throw new ImportConflictError(rejected)
      const events = await applyPlan(tx, plan, stored.tools, {
        actor: origin.actor,
        newId: options.newId ?? randomUUID,
      })
      events.forEach(record)
      return plan.map(toResult)
    },
    { once, expectedRevision, dryRun },
  )
}

/** A type alias, not an interface, because it is kept as JSON. */
type StoredResult = { [K in keyof ImportResult]: ImportResult[K] }

/** Reject the versions that would break those who use the tool now, unless the caller overrides that. */
async function refuseBreaking(
  query: Query,
  plan: readonly PlannedItem[],
  { tools }: Stored,
  { compatibility = 'none', overrideCompatibility }: ImportOptions,
): Promise<readonly PlannedItem[]> {
  if (overrideCompatibility) return plan
  const gated = plan.flatMap((item) => {
    const tool = tools.get(nameKey(item.candidate))
    const isGated =
      tool && item.outcome === 'updated' && !item.restates && (tool.compatibility ?? compatibility) !== 'none'
    // The planned text was made from a document.
    const document = isGated ? (JSON.parse(item.json) as JsonObject) : {}
    return isGated && statedState(document).status !== 'draft' ? [{ item, tool, version: item.version, document }] : []
  })
  if (gated.length === 0) return plan
  const breakages = await findBreakages(query, gated, compatibility)
  const details = new Map(
    gated.flatMap(({ item }, index) => {
      const breakage = breakages[index]
      return breakage ? [[item, new CompatibilityError(breakage).message] as const] : []
    }),
  )
  return plan.map((item) => {
    const detail = details.get(item)
    return detail === undefined ? item : { ...item, outcome: 'rejected' as const, detail }
  })
}

/** Somebody else wrote the same version between the check and the batch. Earlier batches stay. */
export class ImportConflictError extends Error {
  override readonly name = 'ImportConflictError'
  constructor({ candidate, detail }: PlannedItem) {
    super(`${candidate.label}: ${detail ?? ''} meanwhile. Batches before it were imported; run the import again.`)
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
