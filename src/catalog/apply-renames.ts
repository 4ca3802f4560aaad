import { isUnpublished } from './change-tool.ts'
import type { Work } from './commit.ts'
import { nameKey } from './import-plan.ts'
import { loadStoredTools, lockTool, type Query, queryIn } from './stored-tools.ts'
import { renameTool } from './update-tool.ts'

/** A definition, and the name that its tool had before. */
export interface RenamingFile {
  readonly path: string
  readonly name: string
  readonly renamedFrom: string | undefined
}

export interface Renames {
  /** Names before, by new name in lower case. */
  readonly renamed: ReadonlyMap<string, string>
  /** Why a file's tool cannot be renamed, by path. */
  readonly refused: ReadonlyMap<string, string>
}

/**
 * Rename the tools that files say had another name, so that they keep their versions, history and id. A tool that has its
 * new name already is left alone: the hint may stay in the file.
 */
export async function renameTools(work: Work, source: string, files: readonly RenamingFile[]): Promise<Renames> {
  const renamed = new Map<string, string>()
  const refused = new Map<string, string>()
  const query = queryIn(work.tx)
  const pathOf = new Map(files.map((file) => [nameKey(file), file.path]))
  for (const { path, name, renamedFrom } of files) {
    const [to, from] = [name.toLowerCase(), renamedFrom?.toLowerCase()]
    if (from === undefined || from === to) continue
    const stored = await loadStoredTools(query, [to, from], false)
    if (stored.has(to) || !stored.has(from)) continue
    const other = pathOf.get(from)
    const owner = (await ownersElsewhere(query, source, [from])).get(from)
    if (other !== undefined) refused.set(path, `${renamedFrom} cannot become ${name}: ${other} still defines it`)
    else if (owner !== undefined) refused.set(path, belongsElsewhere(renamedFrom ?? '', owner))
    else renamed.set(to, await rename(work, from, name))
  }
  return { renamed, refused }
}

/** @returns the name before */
async function rename({ tx, record }: Work, from: string, name: string): Promise<string> {
  const tool = await lockTool(tx, from, undefined)
  const place = { toolId: tool.id, toolName: tool.name, draft: isUnpublished(tool) }
  await renameTool({ tx, tool, record: (event) => record({ ...event, ...place }) }, name)
  return tool.name
}

/** The other source that owns a tool, by lower-case name. */
export async function ownersElsewhere(
  query: Query,
  source: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await query(
    `SELECT t.name_key AS key, min(f.source) AS source FROM source_files f JOIN tools t ON t.id = f.tool_id
     WHERE f.owns AND f.source <> $1 AND t.deleted_at IS NULL AND t.name_key = ANY($2::text[]) GROUP BY t.name_key`,
    [source, [...new Set(keys)]],
  )
  return new Map(rows.map(({ key, source: owner }) => [String(key), String(owner)]))
}

export function belongsElsewhere(tool: string, owner: string): string {
  const what =
    owner === 'files' ? 'the folder that the server follows (WATCH_DIR)' : `the source ${owner.replace(/^apply:/, '')}`
  return `${tool} belongs to ${what}: change it there`
}
