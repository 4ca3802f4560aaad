import type { Compatibility } from '../definition/compatibility.ts'
import { readDefinition } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import {
  NameTakenError,
  RevisionConflictError,
  ToolNotFoundError,
  VersionNotFoundError,
  VersionPublishedError,
} from './errors.ts'

/** Tools as a write needs them: with the names and states of all their versions, and without their documents. */
export interface StoredVersion {
  readonly id: string
  readonly version: string
  readonly sortKey: string
  readonly status: Status
  readonly digest: string
}

export interface StoredTool {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly latestVersionId: string | null
  readonly revision: string
  readonly compatibility: Compatibility | null
  readonly versions: readonly StoredVersion[]
}

export type Query = (sql: string, values: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>

/** The living tools of these lower-case names, by name. `lock` takes their rows, in id order, for writing. */
export async function loadStoredTools(
  query: Query,
  keys: readonly string[],
  lock: boolean,
): Promise<Map<string, StoredTool>> {
  const tools = await query(
    `SELECT id, name, name_key AS "nameKey", enabled, latest_version_id AS "latestVersionId", revision::text AS revision,
       compatibility::text AS compatibility
     FROM unnest($1::text[]) AS wanted(key) JOIN tools ON name_key = wanted.key AND deleted_at IS NULL
     ORDER BY id ${lock ? 'FOR UPDATE OF tools' : ''}`,
    [[...new Set(keys)]],
  )
  const versions = await query(
    `SELECT id, tool_id AS "toolId", version, sort_key AS "sortKey", status::text AS status, digest
     FROM tool_versions WHERE tool_id = ANY($1::uuid[])`,
    [tools.rows.map(({ id }) => id)],
  )
  const byTool = new Map<unknown, Record<string, unknown>[]>()
  for (const row of versions.rows) {
    const own = byTool.get(row.toolId)
    if (own) own.push(row)
    else byTool.set(row.toolId, [row])
  }
  // The two statements select exactly these columns.
  return new Map(
    tools.rows.map((row) => [
      String(row.nameKey),
      { ...row, versions: byTool.get(row.id) ?? [] } as unknown as StoredTool,
    ]),
  )
}

/** Queries inside a transaction. */
export function queryIn(tx: Prisma.TransactionClient): Query {
  return async (sql, values) => ({ rows: await tx.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...values) })
}

/**
 * Take one tool for writing: nobody else changes it until the transaction ends.
 * @param expectedRevision the tool's revision that the caller has seen
 * @throws ToolNotFoundError, RevisionConflictError
 */
export async function lockTool(
  tx: Prisma.TransactionClient,
  name: string,
  expectedRevision: string | undefined,
): Promise<StoredTool> {
  const key = name.toLowerCase()
  const tool = key.includes('\0') ? undefined : (await loadStoredTools(queryIn(tx), [key], true)).get(key)
  if (!tool) throw new ToolNotFoundError(name)
  if (expectedRevision !== undefined && expectedRevision !== tool.revision)
    throw new RevisionConflictError(expectedRevision, tool.revision, tool.name)
  return tool
}

/**
 * Make sure that no other living tool has this name; whoever has it is locked, so that it stays so.
 * @param ownId the tool that may have it
 * @throws NameTakenError
 */
export async function claimName(tx: Prisma.TransactionClient, name: string, ownId?: string): Promise<void> {
  const holder = (await loadStoredTools(queryIn(tx), [name.toLowerCase()], true)).get(name.toLowerCase())
  if (holder && holder.id !== ownId) throw new NameTakenError('tool', holder.name)
}

/** The version that a tool serves by default. */
export function latestVersion({ versions, latestVersionId }: StoredTool): StoredVersion | undefined {
  return versions.find(({ id }) => id === latestVersionId)
}

/** Published versions are never edited. @throws VersionPublishedError */
export function checkEditable(tool: StoredTool, { version, status }: StoredVersion): void {
  if (status !== 'draft') throw new VersionPublishedError(tool.name, version, status)
}

/** @throws VersionNotFoundError */
export function storedVersion(tool: StoredTool, version: string): StoredVersion {
  const found = tool.versions.find((candidate) => candidate.version === version)
  if (!found) throw new VersionNotFoundError(tool.name, version)
  return found
}

/** Documents of versions, by id. */
export async function loadDocuments(query: Query, ids: readonly string[]): Promise<Map<string, JsonObject>> {
  if (ids.length === 0) return new Map()
  const { rows } = await query('SELECT id, definition FROM tool_versions WHERE id = ANY($1::uuid[])', [ids])
  // Only documents, which are mappings, are ever stored here.
  return new Map(rows.map(({ id, definition }) => [String(id), definition as JsonObject]))
}

/** The document of one version, which the caller has just seen to be there. */
export async function loadDocument(tx: Prisma.TransactionClient, id: string): Promise<JsonObject> {
  const document = (await loadDocuments(queryIn(tx), [id])).get(id)
  if (!document) throw new Error(`No document for ${id}, which the same transaction has seen`)
  return document
}

/** Whether a version of this status can be served. */
export function isServed({ status }: { readonly status: Status }): boolean {
  return status !== 'draft' && status !== 'disabled'
}

/** A definition under the name that its tool has now. */
export function readUnderName(document: JsonObject, name: string) {
  return { ...readDefinition(document), name }
}
