import type { Database } from '../db/database.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Query } from './stored-tools.ts'

/** What the catalog remembers of a file that it has taken over. */
export interface SourceFileRow {
  readonly path: string
  readonly toolId: string
  /** The version that it became, which under `new-version` is another one than it states. */
  readonly version: string
  readonly digest: string
  /** Whether a file of the source brought the tool: then the tool goes with the last of them. */
  readonly owns: boolean
  /** Name that the tool has now, in lower case. */
  readonly nameKey: string
}

type SavedFile = Omit<SourceFileRow, 'nameKey'>

/** By path. */
export async function loadSourceFiles(query: Query, source: string): Promise<Map<string, SourceFileRow>> {
  const { rows } = await query(
    `SELECT f.path, f.tool_id AS "toolId", f.version, f.digest, f.owns, t.name_key AS "nameKey"
     FROM source_files f JOIN tools t ON t.id = f.tool_id WHERE f.source = $1`,
    [source],
  )
  // The statement selects exactly these columns.
  return new Map(rows.map((row) => [String(row.path), row as unknown as SourceFileRow]))
}

/** Digests of the files that the catalog has taken over, by path. */
export async function takenDigests({ pool }: Pick<Database, 'pool'>, source: string): Promise<Map<string, string>> {
  const sql = 'SELECT path, digest FROM source_files WHERE source = $1'
  const { rows } = await pool.query<{ path: string; digest: string }>(sql, [source])
  return new Map(rows.map(({ path, digest }) => [path, digest]))
}

interface FileChanges {
  readonly rows: ReadonlyMap<string, SourceFileRow>
  readonly taken: readonly {
    readonly file: { readonly path: string; readonly digest: string }
    readonly version: string
    readonly tool: { readonly id: string }
    readonly owns: boolean
  }[]
  readonly gone: readonly SourceFileRow[]
}

/**
 * Remember what was taken over, and forget the files that are gone.
 * @returns what is remembered from now on
 */
export async function saveSourceFiles(
  tx: Prisma.TransactionClient,
  source: string,
  { rows, taken, gone }: FileChanges,
): Promise<readonly SavedFile[]> {
  const saved = taken.map(({ file, version, tool, owns }) => ({
    path: file.path,
    toolId: tool.id,
    version,
    digest: file.digest,
    owns,
  }))
  if (gone.length > 0) await tx.sourceFile.deleteMany({ where: { source, path: { in: gone.map(({ path }) => path) } } })
  const kept = new Map<string, SavedFile>(rows)
  for (const { path } of gone) kept.delete(path)
  for (const file of saved) kept.set(file.path, file)
  await tx.$executeRaw`
    INSERT INTO source_files (source, path, tool_id, version, digest, owns)
    SELECT ${source}, path, "toolId", version, digest, owns FROM json_to_recordset(${JSON.stringify(saved)}::json)
      AS new(path text, "toolId" uuid, version text, digest text, owns boolean)
    ON CONFLICT (source, path) DO UPDATE SET tool_id = excluded.tool_id, version = excluded.version,
      digest = excluded.digest, owns = excluded.owns`
  return [...kept.values()]
}
