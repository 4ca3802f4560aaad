import type { ChangeEvent } from '../changes/change-event.ts'
import { noteStored } from '../changes/log.ts'
import { statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { versionSortKey } from '../definition/version-order.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { chooseLatest } from './latest.ts'
import { type PreparedVersion, prepareVersion, shownColumns } from './prepare-version.ts'
import { toolColumns } from './projection.ts'
import {
  addSearchWords,
  insertParts,
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
  readonly prepared: PreparedVersion
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

/** Plan the writing of one valid document. */
export function planVersion(
  document: JsonObject,
  tool: TargetTool,
  by: { readonly actor: string; readonly newId: () => string },
  replaces?: StoredVersion,
): VersionWrite {
  return planPrepared(prepareVersion(document, replaces?.id ?? by.newId()), tool, by.actor, replaces)
}

export function planPrepared(
  prepared: PreparedVersion,
  tool: TargetTool,
  actor: string,
  replaces?: StoredVersion,
  restates = false,
): VersionWrite {
  const { version } = prepared
  // A published version keeps its stage when the document that replaces it says nothing about it.
  const kept = replaces && replaces.status !== 'draft' ? replaces.status : 'active'
  const row = {
    id: prepared.id,
    tool_id: tool.id,
    version,
    sort_key: versionSortKey(version),
    status: statedState(prepared.document).status ?? kept,
    digest: prepared.digest,
    definition: prepared.json,
    created_by: actor,
  }
  return { tool, prepared, row, replaces, restates }
}

/** Versions written by one statement: what bounds the memory of it. */
const AT_ONCE = 1_000

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
  const events = toEvents(writes, before, states)
  const seen = new Set(events.flatMap(({ draft, toolId }) => (draft ? [] : [toolId])))
  for (const some of slices(states))
    await writeTools(
      tx,
      some.map(({ state }) => ({ ...state, seen: seen.has(state.id) })),
    )
  for (const some of slices(writes)) await writeContents(tx, some, options.newId)
  await addSearchWords(tx, wordsOf(writes))
  return events
}

async function writeContents(
  tx: Prisma.TransactionClient,
  writes: readonly VersionWrite[],
  newId: () => string,
): Promise<void> {
  const rows = (isReplacing: boolean) =>
    writes.filter(({ replaces }) => (replaces !== undefined) === isReplacing).map(({ row }) => row)
  await insertVersions(tx, rows(false))
  await replaceVersions(tx, rows(true))
  await insertParts(
    tx,
    writes.map(({ prepared }) => prepared.parts(newId)),
  )
  for (const { row, prepared } of writes) noteStored(tx, prepared.document, { versionId: row.id, digest: row.digest })
}

/** Words of what readers can find. */
function wordsOf(writes: readonly VersionWrite[]): Set<string> {
  const words = new Set<string>()
  for (const { row, prepared } of writes)
    if (row.status !== 'draft') for (const word of prepared.words()) words.add(word)
  return words
}

function* slices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += AT_ONCE) yield items.slice(start, start + AT_ONCE)
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
    const written = own.find(({ row }) => row.id === shown.id)
    const mayState = statesEnabled || !tool.stored
    // The last document that says something about it.
    const stated = mayState
      ? own.findLast(({ prepared }) => statedState(prepared.document).enabled !== undefined)
      : undefined
    const state = {
      id: tool.id,
      name: tool.name,
      enabled: (stated && statedState(stated.prepared.document).enabled) ?? tool.stored?.enabled ?? true,
      latest_version_id: served?.id ?? null,
      ...(written
        ? shownColumns(written.prepared, tool.name, shown.status)
        : toolColumns(readUnderName(documents.get(shown.id) ?? {}, tool.name), shown.status)),
    }
    return { tool, state, latest: served?.version ?? null }
  })
}

function latestAfter(tool: TargetTool, own: readonly VersionWrite[], moveLatest: boolean) {
  const written = own.map(({ row, prepared }) => ({
    id: row.id,
    version: row.version,
    status: row.status,
    document: prepared.document,
  }))
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
  const latest = new Map(states.map((state) => [state.state.id, state.latest]))
  const events = writes.flatMap((write): ChangeEvent[] => {
    const { tool, row, prepared, replaces } = write
    const draft = row.status === 'draft'
    const isFirst = !published.has(tool.id) && (tool.stored?.versions ?? []).every(({ status }) => status === 'draft')
    if (!draft) published.add(tool.id)
    const kind = isFirst && !draft ? 'ToolCreated' : kindOf(write)
    if (kind === undefined) return []
    // What a version was like as a draft is in the history of the draft.
    const known = replaces?.status === 'draft' && !draft ? null : (before.get(row.id) ?? null)
    return [{ ...place(tool), kind, version: row.version, draft, before: known, after: prepared.document }]
  })
  return [...events, ...states.flatMap((state) => flagEvents(state, published))].map((event) => ({
    ...event,
    latest: latest.get(event.toolId) ?? null,
  }))
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
