import type { ChangeEvent } from '../changes/change-event.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { nameKey, type PlannedItem } from './import-plan.ts'
import type { StoredTool } from './stored-tools.ts'
import { planVersion, type TargetTool, type VersionWrite, writeVersions } from './write-versions.ts'

interface ApplyContext {
  readonly actor: string
  readonly newId: () => string
}

/** Write what was planned, and say what happened, in the order of the plan. */
export async function applyPlan(
  tx: Prisma.TransactionClient,
  plan: readonly PlannedItem[],
  stored: ReadonlyMap<string, StoredTool>,
  context: ApplyContext,
): Promise<ChangeEvent[]> {
  return writeVersions(tx, planWrites(plan, stored, context), { ...context, statesEnabled: true })
}

function planWrites(
  plan: readonly PlannedItem[],
  stored: ReadonlyMap<string, StoredTool>,
  context: ApplyContext,
): VersionWrite[] {
  const newTools = new Map<string, TargetTool>()
  return plan
    .filter(({ outcome }) => outcome === 'created' || outcome === 'updated')
    .map((item) => {
      const key = nameKey(item.candidate)
      const known = stored.get(key)
      const tool = known
        ? { id: known.id, name: known.name, stored: known }
        : (newTools.get(key) ?? { id: context.newId(), name: item.candidate.name, stored: undefined })
      newTools.set(key, tool)
      // The planned text was made from a document.
      const document = JSON.parse(item.json) as JsonObject
      return planVersion(document, tool, context, item.replaces, item.restates)
    })
}
