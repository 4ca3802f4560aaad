import type { ChangeEvent } from '../changes/change-event.ts'
import { type Definition, readDefinition, unwrap } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { compareVersions, versionSortKey } from '../definition/version-order.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { nameKey, type PlannedItem, type StoredTool } from './import-plan.ts'
import { partRows, searchWords, toolColumns } from './projection.ts'
import {
  addSearchWords,
  insertCapabilities,
  insertPatterns,
  insertVersions,
  type NewVersionRow,
  replaceVersions,
  type ToolState,
  writeTools,
} from './store.ts'

interface ApplyContext {
  readonly actor: string
  readonly newId: () => string
}

/** One version to write: where it goes, its row, and what it replaces. */
interface Write {
  readonly item: PlannedItem
  readonly document: JsonObject
  readonly definition: Definition
  readonly tool: { readonly id: string; readonly name: string; readonly isNew: boolean }
  readonly row: NewVersionRow
}

/** Write what was planned, and say what happened, one event per version in the order of the plan. */
export async function applyPlan(
  tx: Prisma.TransactionClient,
  plan: readonly PlannedItem[],
  stored: ReadonlyMap<string, StoredTool>,
  context: ApplyContext,
): Promise<ChangeEvent[]> {
  const writes = planWrites(plan, stored, context)
  if (writes.length === 0) return []
  const before = await definitionsById(
    tx,
    writes.flatMap(({ item }) => item.replaces?.id ?? []),
  )
  await writeTools(tx, await toolStates(tx, writes, stored))
  await insertVersions(
    tx,
    writes.filter(({ item }) => !item.replaces).map(({ row }) => row),
  )
  await replaceVersions(
    tx,
    writes.filter(({ item }) => item.replaces).map(({ row }) => row),
  )
  const parts = writes.map(({ definition, row }) => partRows(definition, { versionId: row.id, newId: context.newId }))
  await insertCapabilities(
    tx,
    parts.flatMap(({ capabilities }) => capabilities),
  )
  await insertPatterns(
    tx,
    parts.flatMap(({ patterns }) => patterns),
  )
  await addSearchWords(tx, new Set(writes.flatMap(({ definition }) => [...searchWords(definition)])))
  return toEvents(writes, before)
}

function planWrites(
  plan: readonly PlannedItem[],
  stored: ReadonlyMap<string, StoredTool>,
  { actor, newId }: ApplyContext,
): Write[] {
  const newTools = new Map<string, Write['tool']>()
  return plan
    .filter(({ outcome }) => outcome === 'created' || outcome === 'updated')
    .map((item) => {
      const key = nameKey(item.candidate)
      const known = stored.get(key)
      const tool = known
        ? { id: known.id, name: known.name, isNew: false }
        : (newTools.get(key) ?? { id: newId(), name: item.candidate.name, isNew: true })
      newTools.set(key, tool)
      // The planned text was made from a document.
      const document = JSON.parse(item.json) as JsonObject
      const definition = readDefinition(document)
      const row = {
        ...versionColumns(definition),
        id: item.replaces?.id ?? newId(),
        tool_id: tool.id,
        digest: item.digest,
        definition: document,
        created_by: actor,
      }
      return { item, document, definition, tool, row }
    })
}

function versionColumns({ version, status }: Definition) {
  return { version, sort_key: versionSortKey(version), status }
}

/** A version as far as choosing the latest needs it. */
interface Choice {
  readonly id: string
  readonly version: string
  readonly status: Status
  /** The document, for a version of this batch. */
  readonly document: JsonObject | undefined
}

/** What each touched tool shows from now on. */
async function toolStates(
  tx: Prisma.TransactionClient,
  writes: readonly Write[],
  stored: ReadonlyMap<string, StoredTool>,
): Promise<ToolState[]> {
  const byTool = new Map<string, Write[]>()
  for (const write of writes) byTool.set(write.tool.id, [...(byTool.get(write.tool.id) ?? []), write])
  const chosen = [...byTool.values()].map((own) => {
    const tool = own[0] && stored.get(nameKey(own[0].item.candidate))
    return { own, tool, latest: chooseLatest(own, tool) }
  })
  const documents = await definitionsById(
    tx,
    chosen.flatMap(({ latest }) => (latest.shown.document ? [] : [latest.shown.id])),
  )
  return chosen.map(({ own, tool, latest }) => {
    const document = latest.shown.document ?? documents.get(latest.shown.id) ?? {}
    // The last document that says something about it.
    const stated = own.findLast(({ document: own }) => 'enabled' in unwrap(own).fields)
    return {
      ...identityOf(own),
      enabled: stated?.definition.enabled ?? tool?.enabled ?? true,
      latest_version_id: latest.served?.id ?? null,
      ...toolColumns(readDefinition(document)),
    }
  })
}

function identityOf([first]: readonly Write[]): { id: string; name: string } {
  if (!first) throw new Error('A tool is only written with a version')
  return { id: first.tool.id, name: first.tool.name }
}

/**
 * The latest version: the highest that is neither draft nor disabled. An import never moves it down (an old version that
 * arrives late stays in the history), except when the version it pointed to is not served any more.
 * `shown` is what lists show for a tool that serves nothing yet: its highest version.
 */
function chooseLatest(
  writes: readonly Write[],
  tool: StoredTool | undefined,
): { served: Choice | undefined; shown: Choice } {
  const written = writes.map(
    ({ row, document }): Choice => ({ id: row.id, version: row.version, status: row.status, document }),
  )
  const writtenIds = new Set(written.map(({ id }) => id))
  const kept = (tool?.versions ?? [])
    .filter(({ id }) => !writtenIds.has(id))
    .map((version): Choice => ({ ...version, document: undefined }))
  const all = [...kept, ...written].sort((a, b) => compareVersions(b.version, a.version))
  const current = all.find(({ id }) => id === tool?.latestVersionId)
  const highest = written.filter(isServed).sort((a, b) => compareVersions(b.version, a.version))[0]
  const served =
    current && isServed(current)
      ? highest && compareVersions(highest.version, current.version) > 0
        ? highest
        : current
      : all.find(isServed)
  const shown = served ?? all[0]
  if (!shown) throw new Error('A tool without versions cannot be written')
  return { served, shown }
}

function isServed({ status }: { readonly status: Status }): boolean {
  return status !== 'draft' && status !== 'disabled'
}

async function definitionsById(tx: Prisma.TransactionClient, ids: readonly string[]): Promise<Map<string, JsonObject>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.toolVersion.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, definition: true },
  })
  // Only documents, which are mappings, are ever stored here.
  return new Map(rows.map(({ id, definition }) => [id, definition as unknown as JsonObject]))
}

function toEvents(writes: readonly Write[], before: ReadonlyMap<string, JsonObject>): ChangeEvent[] {
  const announced = new Set<string>()
  return writes.map((write) => {
    const { tool, row, document } = write
    const isFirst = tool.isNew && !announced.has(tool.id)
    announced.add(tool.id)
    const kind = isFirst ? 'ToolCreated' : kindOf(write)
    return {
      kind,
      toolId: tool.id,
      toolName: tool.name,
      version: row.version,
      before: before.get(row.id) ?? null,
      after: document,
    }
  })
}

function kindOf({ item: { replaces }, definition }: Write): ChangeEvent['kind'] {
  if (replaces && replaces.status !== 'draft') return 'VersionOverwritten'
  if (definition.status !== 'draft') return 'VersionPublished'
  return replaces ? 'DraftUpdated' : 'DraftCreated'
}
