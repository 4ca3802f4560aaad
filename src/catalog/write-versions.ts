import type { ChangeEvent } from '../changes/change-event.ts'
import { digest } from '../definition/canonical.ts'
import { type Definition, readDefinition } from '../definition/definition.ts'
import { statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { versionSortKey } from '../definition/version-order.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { chooseLatest } from './latest.ts'
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
import { loadDocuments, queryIn, readUnderName, type StoredTool, type StoredVersion } from './stored-tools.ts'

/** The tool that a version is written to. */
export interface TargetTool {
  readonly id: string
  readonly name: string
  /** Undefined for a tool that comes into being with this write. */
  readonly stored: StoredTool | undefined
}

/** One version to write: where it goes, its row, and what it replaces. */
export interface VersionWrite {
  readonly tool: TargetTool
  readonly document: JsonObject
  readonly definition: Definition
  readonly row: NewVersionRow
  readonly replaces: StoredVersion | undefined
  /** It says the same as before, but for the status or whether the tool is enabled. */
  readonly restates: boolean
}

export interface WriteVersionsOptions {
  readonly newId: () => string
  /** Whether what is written may become the latest version; true when left out. */
  readonly moveLatest?: boolean
  /** Whether `enabled` in a definition counts for a tool that is there already. */
  readonly statesEnabled?: boolean
}

/** Prepare one valid document for writing. */
export function planVersion(
  document: JsonObject,
  tool: TargetTool,
  by: { readonly actor: string; readonly newId: () => string },
  replaces?: StoredVersion,
  restates = false,
): VersionWrite {
  const definition = readDefinition(document)
  const { version } = definition
  // A published version keeps its stage when the document that replaces it says nothing about it.
  const kept = replaces && replaces.status !== 'draft' ? replaces.status : 'active'
  const status = statedState(document).status ?? kept
  const row = {
    id: replaces?.id ?? by.newId(),
    tool_id: tool.id,
    version,
    sort_key: versionSortKey(version),
    status,
    digest: digest(document),
    definition: document,
    created_by: by.actor,
  }
  return { tool, document, definition, row, replaces, restates }
}

/** Write versions and what follows from them for their tools, and say what happened, in the order of the writes. */
export async function writeVersions(
  tx: Prisma.TransactionClient,
  writes: readonly VersionWrite[],
  options: WriteVersionsOptions,
): Promise<ChangeEvent[]> {
  if (writes.length === 0) return []
  const before = await loadDocuments(
    queryIn(tx),
    writes.flatMap(({ replaces }) => replaces?.id ?? []),
  )
  const states = await toolStates(tx, writes, options)
  await writeTools(
    tx,
    states.map(({ state }) => state),
  )
  await insertVersions(
    tx,
    writes.filter(({ replaces }) => !replaces).map(({ row }) => row),
  )
  await replaceVersions(
    tx,
    writes.filter(({ replaces }) => replaces).map(({ row }) => row),
  )
  const parts = writes.map(({ definition, row }) => partRows(definition, { versionId: row.id, newId: options.newId }))
  await insertCapabilities(
    tx,
    parts.flatMap(({ capabilities }) => capabilities),
  )
  await insertPatterns(
    tx,
    parts.flatMap(({ patterns }) => patterns),
  )
  const published = writes.filter(({ row }) => row.status !== 'draft')
  await addSearchWords(tx, new Set(published.flatMap(({ definition }) => [...searchWords(definition)])))
  const latest = new Map(states.map(({ state, latestVersion }) => [state.id, latestVersion]))
  return toEvents(writes, before, latest)
}

/** What each touched tool shows from now on, and which version it serves. */
async function toolStates(
  tx: Prisma.TransactionClient,
  writes: readonly VersionWrite[],
  { moveLatest = true, statesEnabled = false }: WriteVersionsOptions,
): Promise<{ state: ToolState; latestVersion: string | null }[]> {
  const byTool = new Map<TargetTool, VersionWrite[]>()
  const targets = new Map<string, TargetTool>()
  for (const write of writes) {
    const target = targets.get(write.tool.id) ?? write.tool
    targets.set(write.tool.id, target)
    byTool.set(target, [...(byTool.get(target) ?? []), write])
  }
  const chosen = [...byTool].map(([tool, own]) => ({ tool, own, latest: latestAfter(tool, own, moveLatest) }))
  const documents = await loadDocuments(
    queryIn(tx),
    chosen.flatMap(({ latest }) => (latest.shown.document ? [] : [latest.shown.id])),
  )
  return chosen.map(({ tool, own, latest: { served, shown } }) => {
    const document = shown.document ?? documents.get(shown.id) ?? {}
    const mayState = statesEnabled || !tool.stored
    // The last document that says something about it.
    const stated = mayState
      ? own.findLast(({ document: theirs }) => statedState(theirs).enabled !== undefined)
      : undefined
    const state = {
      id: tool.id,
      name: tool.name,
      enabled: stated?.definition.enabled ?? tool.stored?.enabled ?? true,
      latest_version_id: served?.id ?? null,
      ...toolColumns(readUnderName(document, tool.name), shown.status),
    }
    return { state, latestVersion: served?.version ?? null }
  })
}

function latestAfter(tool: TargetTool, own: readonly VersionWrite[], moveLatest: boolean) {
  const written = own.map(({ row, document }) => ({ id: row.id, version: row.version, status: row.status, document }))
  const ids = new Set(written.map(({ id }) => id))
  const kept = (tool.stored?.versions ?? []).filter(({ id }) => !ids.has(id))
  return chooseLatest([...kept, ...written], tool.stored?.latestVersionId ?? null, moveLatest ? ids : new Set())
}

function toEvents(
  writes: readonly VersionWrite[],
  before: ReadonlyMap<string, JsonObject>,
  latest: ReadonlyMap<string, string | null>,
): ChangeEvent[] {
  const announced = new Set<string>()
  return writes.flatMap((write) => {
    const { tool, row, document } = write
    const isFirst = !tool.stored && !announced.has(tool.id)
    announced.add(tool.id)
    const isDraft = row.status === 'draft'
    return (isFirst ? (['ToolCreated'] as const) : kindsOf(write)).map((kind) => ({
      kind,
      toolId: tool.id,
      toolName: tool.name,
      version: row.version,
      latest: latest.get(tool.id) ?? null,
      draft: isDraft,
      // What a version was like as a draft is in the history of the draft.
      before: write.replaces?.status === 'draft' && !isDraft ? null : (before.get(row.id) ?? null),
      after: document,
    }))
  })
}

function kindsOf({ replaces, restates, row, document, tool }: VersionWrite): ChangeEvent['kind'][] {
  if (restates) {
    const { enabled } = statedState(document)
    const isFlagChanged = enabled !== undefined && tool.stored?.enabled !== enabled
    const kinds: ChangeEvent['kind'][] = isFlagChanged ? [enabled ? 'ToolEnabled' : 'ToolDisabled'] : []
    return replaces?.status === row.status ? kinds : ['VersionStatusChanged', ...kinds]
  }
  if (replaces && replaces.status !== 'draft') return ['VersionOverwritten']
  if (row.status !== 'draft') return ['VersionPublished']
  return [replaces ? 'DraftUpdated' : 'DraftCreated']
}
