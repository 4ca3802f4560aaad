import type { ChangeEvent } from '../changes/change-event.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { ImportItem } from './import.ts'
import { nameKey, type PlannedItem } from './import-plan.ts'
import { madeReady, type PreparedVersion, prepareVersion } from './prepare-version.ts'
import type { StoredTool } from './stored-tools.ts'
import { planPrepared, type TargetTool, type VersionWrite, writeVersions } from './write-versions.ts'

interface ApplyContext {
  readonly actor: string
  readonly newId: () => string
  /** What is prepared already, in the expectation of the same plan. */
  readonly prepared?: ReadonlyMap<ImportItem, PreparedVersion> | undefined
}

/** Write what was planned, and say what happened, in the order of the plan. */
export async function applyPlan(
  tx: Prisma.TransactionClient,
  plan: readonly PlannedItem[],
  stored: ReadonlyMap<string, StoredTool>,
  context: ApplyContext,
): Promise<ChangeEvent[]> {
  return writeVersions(tx, planWrites(plan, stored, context), { newId: context.newId, statesEnabled: true })
}

function planWrites(
  plan: readonly PlannedItem[],
  stored: ReadonlyMap<string, StoredTool>,
  context: ApplyContext,
): VersionWrite[] {
  const newTools = new Map<string, TargetTool>()
  return plan.filter(isWritten).map((item) => {
    const key = nameKey(item.candidate)
    const known = stored.get(key)
    const tool = known
      ? { id: known.id, name: known.name, stored: known }
      : (newTools.get(key) ?? { id: context.newId(), name: item.candidate.name, stored: undefined })
    newTools.set(key, tool)
    const prepared = stillGood(item, context.prepared?.get(item.candidate)) ?? prepareItem(item, context.newId)
    return planPrepared(prepared, tool, context.actor, item.replaces, item.restates)
  })
}

function isWritten({ outcome }: PlannedItem): boolean {
  return outcome === 'created' || outcome === 'updated'
}

/** What was prepared, if the plan has come out as was expected then. */
function stillGood(item: PlannedItem, prepared: PreparedVersion | undefined): PreparedVersion | undefined {
  const isSame = prepared?.digest === item.digest && (!item.replaces || item.replaces.id === prepared.id)
  return isSame ? prepared : undefined
}

function prepareItem(item: PlannedItem, newId: () => string): PreparedVersion {
  // The planned text was made from a document.
  const document = JSON.parse(item.json) as JsonObject
  return prepareVersion(document, item.replaces?.id ?? newId(), item)
}

/** Milliseconds of work without a look at the network: the database waits for the next statement of the batch before. */
const SLICE_MS = 2

/**
 * Prepare what will probably be written, while the database is at work on the batch before.
 * @param plan the forecast of the batch
 */
export async function prepareAhead(
  plan: readonly PlannedItem[],
  newId: () => string,
): Promise<Map<ImportItem, PreparedVersion>> {
  const prepared = new Map<ImportItem, PreparedVersion>()
  const vocabulary = new Map<string, string>()
  let until = 0
  for (const item of plan.filter(isWritten)) {
    if (performance.now() > until) {
      await new Promise((resolve) => setImmediate(resolve))
      until = performance.now() + SLICE_MS
    }
    prepared.set(item.candidate, madeReady(prepareItem(item, newId), newId, vocabulary))
  }
  return prepared
}
