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
  const hints = files.flatMap(({ path, name, renamedFrom }) => {
    const [to, from] = [name.toLowerCase(), renamedFrom?.toLowerCase()]
    return from === undefined || from === to ? [] : [{ path, name, to, from }]
  })
  const renamed = new Map<string, string>()
  const refused = new Map<string, string>()
  if (hints.length === 0) return { renamed, refused }
  const query = queryIn(work.tx)
  const pathOf = new Map(files.map((file) => [nameKey(file), file.path]))
  const stored = await loadStoredTools(
    query,
    hints.flatMap(({ to, from }) => [to, from]),
    false,
  )
  const owners = await ownersElsewhere(
    query,
    source,
    hints.map(({ from }) => from),
  )
  const gone = new Set<string>()
  for (const { path, name, to, from } of hints) {
    const tool = stored.get(from)
    if (!tool || gone.has(from) || stored.has(to) || renamed.has(to)) continue
    const [other, owner] = [pathOf.get(from), owners.get(from)]
    if (other !== undefined) refused.set(path, `${tool.name} cannot become ${name}: ${other} still defines it`)
    else if (owner !== undefined) refused.set(path, belongsElsewhere(tool.name, owner))
    else {
      renamed.set(to, await rename(work, from, name))
      gone.add(from)
    }
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
