import type { Reader } from '../db/snapshot.ts'
import type { JsonObject } from '../definition/json.ts'
import { type Format, serialiseStream } from '../definition/serialise.ts'
import { normaliseWord } from '../definition/vocabulary.ts'
import { createConditions } from './conditions.ts'
import { listPage, type OrderColumn, type Page, type PageArguments } from './page.ts'

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

/** Ids of versions, by tool name and then from the lowest version up. */
export function listExport(
  reader: Reader,
  { tool, platform, versions }: ExportFilter,
  page: PageArguments,
): Promise<Page<string>> {
  const { conditions, values, add } = createConditions('t.deleted_at IS NULL')
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
  const rows = await reader.query<ExportedDefinition>(
    'export.definitions',
    `SELECT v.id, t.name AS tool, v.version, t.platform, v.definition FROM tool_versions v JOIN tools t ON t.id = v.tool_id
     WHERE v.id = ANY($1::uuid[])`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Everything that the filter lets through, page by page. */
export async function* exportDefinitions(reader: Reader, filter: ExportFilter): AsyncGenerator<ExportedDefinition> {
  let after: string | null = null
  do {
    const page: Page<string> = await listExport(reader, filter, { first: 100, after })
    yield* await loadExport(
      reader,
      page.edges.map(({ node }) => node),
    )
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
}

/** Definitions as one importable text. */
export function exportText(definitions: readonly ExportedDefinition[], format: Format): string {
  return definitions.map(({ definition }) => serialiseStream(definition, format)).join('')
}
