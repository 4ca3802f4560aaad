import { type ClassifiedDifference, classifyDifferences } from '../definition/classify.ts'
import { presentDocument, statedState } from '../definition/document.ts'
import type { Json, JsonObject } from '../definition/json.ts'
import { nameKey, type PlannedItem } from './import-plan.ts'
import { latestVersion, loadDocuments, type Query, type StoredTool, type StoredVersion } from './stored-tools.ts'

/** What becomes of a tool when files are applied. */
export const PLAN_ACTIONS = [
  'create',
  'change',
  'rename',
  'deprecate',
  'prune',
  'leave',
  'unchanged',
  'refuse',
] as const
export type PlanAction = (typeof PLAN_ACTIONS)[number]

/** One line of a plan: a file, or a tool whose files are gone. A type alias, not an interface, because it is kept as JSON. */
export type PlanItem = {
  readonly action: PlanAction
  /** Name of the tool, after it. */
  readonly tool: string
  /** The version that the definition stands under, after it; null for a tool whose files are gone. */
  readonly version: string | null
  /** The version that it is compared with. */
  readonly previous: string | null
  /** Name of the tool before. */
  readonly renamedFrom: string | null
  readonly path: string | null
  readonly detail: string | null
  readonly differences: readonly ToldChange[]
}

/** A difference as it is kept: absent is null, as JSON has it. */
export type ToldChange = Pick<ClassifiedDifference, 'path' | 'kind' | 'breaking' | 'reason'> & {
  readonly before: Json
  readonly after: Json
}

export interface PlanFacts {
  /** Tools as they were, by lower-case name; a tool that is renamed stands under its new name. */
  readonly before: ReadonlyMap<string, StoredTool>
  /** Names before, of the tools that are renamed, by their new names in lower case. */
  readonly renamed: ReadonlyMap<string, string>
}

/** What the plan says of each file, with what its definition changes for those who use the tool now. */
export async function planItemsOf(query: Query, plan: readonly PlannedItem[], facts: PlanFacts): Promise<PlanItem[]> {
  const compared = plan.map((item) => comparedVersion(item, facts))
  const documents = await loadDocuments(
    query,
    compared.flatMap((version) => (version ? [version.id] : [])),
  )
  return plan.map((item, index) => {
    const version = compared[index]
    return toItem(item, version, version && documents.get(version.id), facts)
  })
}

/** What those who use the tool have now: the version that is replaced, or else the latest. */
function comparedVersion(item: PlannedItem, { before, renamed }: PlanFacts): StoredVersion | undefined {
  const key = nameKey(item.candidate)
  const tool = before.get(key)
  if (!tool || (item.outcome !== 'updated' && item.outcome !== 'rejected' && !renamed.has(key))) return undefined
  return item.replaces ?? latestVersion(tool)
}

function toItem(
  item: PlannedItem,
  version: StoredVersion | undefined,
  document: JsonObject | undefined,
  facts: PlanFacts,
): PlanItem {
  const { candidate, detail } = item
  const key = nameKey(candidate)
  const tool = facts.before.get(key)
  const renamedFrom = facts.renamed.get(key) ?? null
  const isCompared = tool && version && document
  const differences = isCompared ? compare(item, tool, version, document, renamedFrom ?? tool.name) : []
  return {
    action: actionOf(item, version, renamedFrom),
    tool: candidate.name,
    version: item.version,
    previous: version?.version ?? null,
    renamedFrom,
    path: candidate.label,
    detail: detail ?? null,
    differences,
  }
}

function actionOf(item: PlannedItem, version: StoredVersion | undefined, renamedFrom: string | null): PlanAction {
  if (item.outcome === 'rejected') return 'refuse'
  if (item.outcome === 'created') return 'create'
  if (item.outcome !== 'updated') return renamedFrom === null ? 'unchanged' : 'rename'
  return documentOf(item).status === 'deprecated' && version?.status !== 'deprecated' ? 'deprecate' : 'change'
}

function documentOf({ json }: PlannedItem) {
  // The planned text was made from a document.
  const document = JSON.parse(json) as JsonObject
  return { document, ...statedState(document) }
}

/** Both as they are served: what a definition does not say of its state is no difference. */
function compare(
  item: PlannedItem,
  tool: StoredTool,
  version: StoredVersion,
  stored: JsonObject,
  oldName: string,
): ToldChange[] {
  const { document, status, enabled } = documentOf(item)
  const keepsStage =
    item.restates || item.outcome === 'unchanged' || (item.replaces && item.replaces.status !== 'draft')
  const before = presentDocument(stored, { name: oldName, status: version.status, enabled: tool.enabled })
  const after = presentDocument(document, {
    name: item.candidate.name,
    status: status ?? (keepsStage ? version.status : 'active'),
    enabled: enabled ?? tool.enabled,
  })
  return classifyDifferences(before, after)
    .filter(({ path }) => path !== 'renamed_from')
    .map(({ before: was, after: is, ...rest }) => ({ ...rest, before: was ?? null, after: is ?? null }))
}
