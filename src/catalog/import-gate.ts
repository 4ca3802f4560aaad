import type { ChangeEvent } from '../changes/change-event.ts'
import { statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { latestOf } from './change-tool.ts'
import { type Breakage, findBreakages, toldBreakage } from './compatibility-gate.ts'
import { CompatibilityError } from './errors.ts'
import type { ImportOptions } from './import.ts'
import { nameKey, type PlannedItem, type Stored } from './import-plan.ts'
import type { Query, StoredTool } from './stored-tools.ts'

type GateOptions = Pick<ImportOptions, 'compatibility' | 'overrideCompatibility'>

/** Reject the versions that would break those who use the tool now, unless the caller overrides that. */
export async function refuseBreaking(
  query: Query,
  plan: readonly PlannedItem[],
  stored: Stored,
  options: GateOptions,
): Promise<readonly PlannedItem[]> {
  if (options.overrideCompatibility) return plan
  const broken = new Map((await breaking(query, plan, stored, options)).map(({ item, breakage }) => [item, breakage]))
  return plan.map((item) => {
    const breakage = broken.get(item)
    return breakage ? { ...item, outcome: 'rejected' as const, detail: new CompatibilityError(breakage).message } : item
  })
}

/** What is imported although it breaks those who use the tool now, for the history. */
export async function overriddenBreakages(
  query: Query,
  plan: readonly PlannedItem[],
  stored: Stored,
  options: GateOptions,
): Promise<ChangeEvent[]> {
  if (!options.overrideCompatibility) return []
  return (await breaking(query, plan, stored, options)).map(({ item, tool, breakage }) => ({
    kind: 'CompatibilityOverridden',
    toolId: tool.id,
    toolName: tool.name,
    version: item.version,
    latest: latestOf(tool),
    draft: false,
    before: null,
    after: toldBreakage(breakage),
  }))
}

async function breaking(
  query: Query,
  plan: readonly PlannedItem[],
  { tools }: Stored,
  { compatibility = 'none' }: GateOptions,
): Promise<{ item: PlannedItem; tool: StoredTool; breakage: Breakage }[]> {
  const gated = plan.flatMap((item) => {
    const tool = tools.get(nameKey(item.candidate))
    const isGated =
      tool && item.outcome === 'updated' && !item.restates && (tool.compatibility ?? compatibility) !== 'none'
    // The planned text was made from a document.
    const document = isGated ? (JSON.parse(item.json) as JsonObject) : {}
    return isGated && statedState(document).status !== 'draft' ? [{ item, tool, version: item.version, document }] : []
  })
  const breakages = gated.length > 0 ? await findBreakages(query, gated, compatibility) : []
  return gated.flatMap(({ item, tool }, index) => {
    const breakage = breakages[index]
    return breakage ? [{ item, tool, breakage }] : []
  })
}
