import { readIdentity } from '../definition/definition.ts'
import { latestOf } from './change-tool.ts'
import type { Work } from './commit.ts'
import { nameKey } from './import-plan.ts'
import type { SourceFileRow } from './source-files.ts'
import { isServed, loadDocuments, loadStoredTools, type Query, queryIn, type StoredTool } from './stored-tools.ts'
import { deleteTools, showVersion } from './tool-state.ts'

/** A file that was taken over. */
export interface Taken {
  readonly file: { readonly path: string; readonly digest: string; readonly name: string }
  /** The version that it is now. */
  readonly version: string
  readonly tool: StoredTool
  /** The tool before; undefined when it came with this reload. */
  readonly before: StoredTool | undefined
  /** What was remembered of the file. */
  readonly row: SourceFileRow | undefined
  readonly owns: boolean
}

/**
 * A file whose version was the latest goes on being it, whichever version it is now: an author who puts a file back to what
 * it was means that. Whatever else people made the latest stays.
 * @param filesOfTool how many files the one tool has that was asked for by name: when it is one, that file is the latest
 * @returns how many tools serve another version now, though nothing was written for them
 */
export async function followFiles(
  { tx, record }: Work,
  taken: readonly Taken[],
  filesOfTool: number | undefined,
): Promise<number> {
  let moved = 0
  for (const { tool, before, row, version } of taken) {
    const target = tool.versions.find((candidate) => candidate.version === version)
    const was = before && row?.toolId === tool.id && latestOf(before) === row.version
    if (!target || !isServed(target) || target.id === tool.latestVersionId || !(was || filesOfTool === 1)) continue
    await showVersion(tx, tool, target, target.id)
    record({
      kind: 'LatestMoved',
      toolId: tool.id,
      toolName: tool.name,
      version,
      latest: version,
      draft: false,
      before: { latest: latestOf(tool) },
      after: { latest: version },
    })
    const isWritten = before?.versions.every((stored) => stored.version !== version) ?? true
    if (!isWritten) moved++
  }
  return moved
}

/**
 * Delete the tools that files brought and no file holds any more.
 * @returns how many
 */
export async function deleteWithoutFiles(
  work: Work,
  rows: ReadonlyMap<string, SourceFileRow>,
  kept: readonly { readonly toolId: string }[],
  taken: readonly Taken[],
): Promise<number> {
  const tools = await toolsWithoutFiles(queryIn(work.tx), rows, kept, taken)
  await deleteTools(work, tools)
  return tools.length
}

/**
 * The tools that files brought and no file holds any more. A tool that others brought, or deleted already, is none; nor is
 * one that was renamed through the API, though the file makes a new tool under the old name.
 */
export async function toolsWithoutFiles(
  query: Query,
  rows: ReadonlyMap<string, SourceFileRow>,
  kept: readonly { readonly toolId: string }[],
  taken: readonly Taken[],
): Promise<readonly StoredTool[]> {
  const held = new Set(kept.map(({ toolId }) => toolId))
  const orphans = [...rows.values()].filter(({ owns, toolId }) => owns && !held.has(toolId))
  if (orphans.length === 0) return []
  const living = await loadStoredTools(
    query,
    orphans.map(({ nameKey }) => nameKey),
    true,
  )
  const spared = await renamedTools(query, living, taken)
  const ids = new Set(orphans.map(({ toolId }) => toolId))
  return [...living.values()].filter(({ id }) => ids.has(id) && !spared.has(id))
}

/** Tools that have another name than their definition, while the file still says that name: it was not the author who renamed them. */
async function renamedTools(
  query: Query,
  living: ReadonlyMap<string, StoredTool>,
  taken: readonly Taken[],
): Promise<ReadonlySet<string>> {
  const byId = new Map([...living.values()].map((tool) => [tool.id, tool]))
  const files = taken.flatMap(({ file, row }) => {
    const tool = row && byId.get(row.toolId)
    const version = tool?.versions.find((candidate) => candidate.version === row?.version)
    return tool && version ? [{ file, tool, version }] : []
  })
  const documents = await loadDocuments(
    query,
    files.map(({ version }) => version.id),
  )
  const renamed = files.filter(({ file, version }) => {
    const document = documents.get(version.id)
    return document && nameKey(readIdentity(document)) === nameKey(file)
  })
  return new Set(renamed.map(({ tool }) => tool.id))
}
