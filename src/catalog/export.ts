import type { Reader } from '../db/snapshot.ts'
import { presentDocument } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { type Format, serialiseStream } from '../definition/serialise.ts'
import { normaliseWord, type Status } from '../definition/vocabulary.ts'
import { createConditions } from './conditions.ts'
import type { OrderColumn } from './cursor.ts'
import { listPage } from './list-page.ts'
import type { Page, PageArguments } from './page.ts'
import { visibleTools } from './visible.ts'

/** Which definitions. Disabled tools are exported too: an export that leaves things out is not a copy. */
export interface ExportFilter {
  readonly tool?: string | null | undefined
  readonly platform?: string | null | undefined
  readonly versions: 'all' | 'latest'
}

export interface ExportedDefinition {
  readonly id: string
  readonly tool: string
  readonly version: string
  readonly platform: string
  readonly definition: JsonObject
}

interface StoredDefinition extends ExportedDefinition {
  readonly enabled: boolean
  readonly status: Status
}

/** Ids of versions, by tool name and then from the lowest version up. */
export function listExport(
  reader: Reader,
  { tool, platform, versions }: ExportFilter,
  page: PageArguments,
): Promise<Page<string>> {
  const { conditions, values, add } = createConditions(
    ...visibleTools(reader),
    ...(reader.sees === 'everything' ? [] : ["v.status <> 'draft'"]),
  )
  add(tool?.toLowerCase(), (place) => `t.name_key = ${place}`)
  add(platform == null ? null : normaliseWord(platform), (place) => `t.platform = ${place}`)
  // One version of each tool needs no order among versions, and then the tools' own index gives the order.
  const isLatest = versions === 'latest'
  const join = isLatest ? 'v.id = t.latest_version_id' : 'v.tool_id = t.id'
  const byVersion = [
    { sql: 'v.sort_key', type: 'text' },
    { sql: 'v.id', type: 'uuid' },
  ] as const
  const columns: OrderColumn[] = [{ sql: 't.name_key', type: 'text' }, ...(isLatest ? [] : byVersion)]
  const order = { name: `export.${versions}`, columns, descending: false }
  return listPage(
    reader,
    { name: 'export', from: `tools t JOIN tool_versions v ON ${join}`, id: 'v.id', conditions, values, order },
    page,
  )
}

/** The definitions of these versions, in this order. */
export async function loadExport(reader: Reader, ids: readonly string[]): Promise<ExportedDefinition[]> {
  const rows = await reader.query<StoredDefinition>(
    'export.definitions',
    `SELECT v.id, t.name AS tool, t.enabled, v.version, v.status::text AS status, t.platform, v.definition FROM tool_versions v JOIN tools t ON t.id = v.tool_id
     WHERE v.id = ANY($1::uuid[])`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, presented(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** The document as it is to be imported again: with the name and the state that the tool and the version have by now. */
function presented({ enabled, status, ...row }: StoredDefinition): ExportedDefinition {
  return { ...row, definition: presentDocument(row.definition, { name: row.tool, status, enabled }) }
}

/** How many definitions the filter lets through. */
export async function countExport(reader: Reader, filter: ExportFilter): Promise<number> {
  return (await listExport(reader, filter, { first: 1 })).totalCount()
}

/** Everything that the filter lets through, page by page. */
export async function* exportDefinitions(reader: Reader, filter: ExportFilter): AsyncGenerator<ExportedDefinition> {
  let after: string | null = null
  do {
    const page: Page<string> = await listExport(reader, filter, { first: 100, after })
    yield* await loadExport(reader, page.nodes)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
}

/** Definitions as one importable text. */
export function exportText(definitions: readonly ExportedDefinition[], format: Format): string {
  return definitions.map(({ definition }) => serialiseStream(definition, format)).join('')
}
