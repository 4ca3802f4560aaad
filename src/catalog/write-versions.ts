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
import { isServed, loadDocuments, queryIn, readUnderName, type StoredTool, type StoredVersion } from './stored-tools.ts'

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
  const latest = new Map(states.map((state) => [state.state.id, state.latest]))
  return toEvents(writes, before, states).map((event) => ({ ...event, latest: latest.get(event.toolId) ?? null }))
}

interface NewState {
  readonly tool: TargetTool
  readonly state: ToolState
  /** The version that it serves from now on. */
  readonly latest: string | null
}

/** What each touched tool shows from now on, and which version it serves. */
async function toolStates(
  tx: Prisma.TransactionClient,
  writes: readonly VersionWrite[],
  { moveLatest = true, statesEnabled = false }: WriteVersionsOptions,
): Promise<NewState[]> {
  const byTool = new Map<TargetTool, VersionWrite[]>()
  const targets = new Map<string, TargetTool>()
  for (const write of writes) {
    const target = targets.get(write.tool.id) ?? write.tool
    targets.set(write.tool.id, target)
    const own = byTool.get(target)
    if (own) own.push(write)
    else byTool.set(target, [write])
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
    return { tool, state, latest: served?.version ?? null }
  })
}

function latestAfter(tool: TargetTool, own: readonly VersionWrite[], moveLatest: boolean) {
  const written = own.map(({ row, document }) => ({ id: row.id, version: row.version, status: row.status, document }))
  const ids = new Set(written.map(({ id }) => id))
  // What stood in the catalog and was served already has had its chance: an overwrite does not undo a rollback.
  const arrived = own.filter(({ replaces }) => !replaces || !isServed(replaces)).map(({ row }) => row.id)
  const kept = (tool.stored?.versions ?? []).filter(({ id }) => !ids.has(id))
  return chooseLatest([...kept, ...written], tool.stored?.latestVersionId ?? null, new Set(moveLatest ? arrived : []))
}

function toEvents(
  writes: readonly VersionWrite[],
  before: ReadonlyMap<string, JsonObject>,
  states: readonly NewState[],
): ChangeEvent[] {
  const published = new Set<string>()
  const events = writes.flatMap((write): ChangeEvent[] => {
    const { tool, row, document, replaces } = write
    const draft = row.status === 'draft'
    const isFirst = !published.has(tool.id) && (tool.stored?.versions ?? []).every(({ status }) => status === 'draft')
    if (!draft) published.add(tool.id)
    const kind = isFirst && !draft ? 'ToolCreated' : kindOf(write)
    if (kind === undefined) return []
    // What a version was like as a draft is in the history of the draft.
    const known = replaces?.status === 'draft' && !draft ? null : (before.get(row.id) ?? null)
    return [{ ...place(tool), kind, version: row.version, draft, before: known, after: document }]
  })
  return [...events, ...states.flatMap((state) => flagEvents(state, published))]
}

function place({ id, name }: TargetTool) {
  // `latest` is put in when all are there.
  return { toolId: id, toolName: name, latest: null }
}

/** A tool that is enabled or disabled by the way; and one that readers see for the first time, and that is disabled. */
function flagEvents({ tool, state: { enabled } }: NewState, published: ReadonlySet<string>): ChangeEvent[] {
  const known = tool.stored?.versions.some(({ status }) => status !== 'draft')
  const isNew = !known && published.has(tool.id)
  const was = isNew ? true : (tool.stored?.enabled ?? true)
  if (enabled === was) return []
  const kind = enabled ? 'ToolEnabled' : 'ToolDisabled'
  const draft = !known && !isNew
  return [{ ...place(tool), kind, version: null, draft, before: { enabled: !enabled }, after: { enabled } }]
}

function kindOf({ replaces, restates, row }: VersionWrite): ChangeEvent['kind'] | undefined {
  if (restates) return replaces?.status === row.status ? undefined : 'VersionStatusChanged'
  if (replaces && replaces.status !== 'draft') return 'VersionOverwritten'
  if (row.status !== 'draft') return 'VersionPublished'
  return replaces ? 'DraftUpdated' : 'DraftCreated'
}
