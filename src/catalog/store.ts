import { carry } from '../db/carried-values.ts'
import { type Cells, cellsOf, columnValues, rowsFrom, type Shape, selectRow } from '../db/row-columns.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { PartRows, ToolColumns } from './projection.ts'

/**
 * Set-based writes: one statement for any number of rows, each fed by one parameter for each column. Only `commit`'s
 * transaction may be passed in.
 */
type Tx = Prisma.TransactionClient

/** A statement that adds rows of this shape. */
function insertStatement(table: string, shape: Shape): string {
  return `INSERT INTO ${table} (${Object.keys(shape).join(', ')}) SELECT ${selectRow(shape)} FROM ${rowsFrom(shape)}`
}

/** Run a statement that reads `rowsFrom(shape)`. */
async function writeRows(tx: Tx, statement: string, shape: Shape, parts: readonly Cells[]): Promise<void> {
  if (parts.length === 0) return
  await carry(columnValues(shape, parts), (values) => tx.$executeRawUnsafe(statement, ...values))
}

export interface NewVersionRow {
  readonly id: string
  readonly tool_id: string
  readonly version: string
  readonly sort_key: string
  readonly status: Status
  readonly digest: string
  /** JSON in one line, with the keys in the order of the author's. */
  readonly definition: string
  readonly created_by: string
}

const VERSION: Shape<keyof NewVersionRow> = {
  id: 'uuid',
  tool_id: 'uuid',
  version: 'text',
  sort_key: 'text',
  status: '"Status"',
  digest: 'text',
  definition: 'json text',
  created_by: 'text',
}

/** A tool: its name and flag, its latest version, and the columns copied from that version. */
export interface ToolState extends ToolColumns {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly latest_version_id: string | null
  /** Whether readers will see that it has changed: then it is updated now, as its change set will say. */
  readonly seen?: boolean
}

const TOOL: Shape<keyof ToolState> = {
  id: 'uuid',
  name: 'text',
  enabled: 'boolean',
  latest_version_id: 'uuid',
  description: 'text',
  platform: 'text',
  category: 'text',
  status: '"Status"',
  tags: 'text[]',
  tag_keys: 'text[]',
  capability_keys: 'text[]',
  production_safe: 'boolean',
  requires_approval: 'boolean',
  search_a: 'text',
  search_b: 'text',
  search_c: 'text',
  search_d: 'text',
  seen: 'boolean',
}

/**
 * The columns of a tool, as they are inserted. `updated_at` stands in an index: set here to what the change set will
 * set it to, it saves writing every index entry of the tool a second time.
 */
const TOOL_COLUMNS = {
  id: 'row.id',
  name: 'row.name',
  name_key: 'lower(row.name)',
  enabled: 'row.enabled',
  latest_version_id: 'row.latest_version_id',
  revision: '0',
  description: 'row.description',
  platform: 'row.platform',
  category: 'row.category',
  status: 'row.status',
  tags: 'row.tags::text[]',
  tag_keys: 'row.tag_keys::text[]',
  capability_keys: 'row.capability_keys::text[]',
  production_safe: 'row.production_safe',
  requires_approval: 'row.requires_approval',
  search_vector: ['a', 'b', 'c', 'd']
    .map((weight) => `setweight(to_tsvector('english', row.search_${weight}), '${weight.toUpperCase()}')`)
    .join(' || '),
}

const KEPT = new Set(['id', 'revision'])

const WRITE_TOOLS = `INSERT INTO tools (${Object.keys(TOOL_COLUMNS).join(', ')}, updated_at)
  SELECT ${Object.values(TOOL_COLUMNS).join(', ')}, coalesce(CASE WHEN row.seen THEN now() END, old.updated_at, now())
  FROM ${rowsFrom(TOOL)} LEFT JOIN tools old ON old.id = row.id
  ON CONFLICT (id) DO UPDATE SET ${[...Object.keys(TOOL_COLUMNS), 'updated_at']
    .filter((name) => !KEPT.has(name))
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`

/**
 * Write whole tools, new ones and known ones alike. A new tool's latest version need not be there yet: that foreign key
 * is checked at the commit, so that each row is written once (it stands in a dozen indexes).
 */
export async function writeTools(tx: Tx, tools: readonly ToolState[]): Promise<void> {
  if (tools.length === 0) return
  const rows = tools.map((tool) => ({ ...tool, seen: tool.seen ?? false }))
  await writeRows(tx, WRITE_TOOLS, TOOL, [cellsOf(TOOL, rows)])
}

const INSERT_VERSIONS = insertStatement('tool_versions', VERSION)

/** Add versions. */
export async function insertVersions(tx: Tx, versions: readonly NewVersionRow[]): Promise<void> {
  if (versions.length > 0) await writeRows(tx, INSERT_VERSIONS, VERSION, [cellsOf(VERSION, versions)])
}

const REPLACE_VERSIONS = `UPDATE tool_versions
  SET status = row.status, digest = row.digest, definition = row.definition, updated_at = now()
  FROM ${rowsFrom(VERSION)} WHERE tool_versions.id = row.id`

/** Replace the content of versions, and drop their capabilities and patterns for new ones to be inserted. */
export async function replaceVersions(tx: Tx, versions: readonly NewVersionRow[]): Promise<void> {
  if (versions.length === 0) return
  await writeRows(tx, REPLACE_VERSIONS, VERSION, [cellsOf(VERSION, versions)])
  await tx.$executeRaw`DELETE FROM capabilities WHERE version_id = ANY(${versions.map(({ id }) => id)}::uuid[])`
}

const CAPABILITY = {
  id: 'uuid',
  version_id: 'uuid',
  name: 'text',
  name_key: 'text',
  description: 'text',
  position: 'int',
  extensions: 'json',
} as const satisfies Shape

const PATTERN = {
  id: 'uuid',
  capability_id: 'uuid',
  version_id: 'uuid',
  name: 'text',
  name_key: 'text',
  description: 'text',
  position: 'int',
  use_cases: 'text[]',
  time_estimate_ms: 'text',
  cost_estimate: 'text',
  complexity_score: 'float8',
  scope: 'text',
  completeness: 'text',
  limitations: 'text[]',
  max_cost: 'float8',
  requires_approval: 'boolean',
  production_safe: 'boolean',
  max_execution_time: 'float8',
  max_n_immediate: 'float8',
  background_if: 'json',
  preference_match: 'json',
  required_inputs: 'json',
  optional_inputs: 'json',
  expected_outputs: 'json',
  details: 'json',
  extensions: 'json',
} as const satisfies Shape

const INSERT_CAPABILITIES = insertStatement('capabilities', CAPABILITY)
const INSERT_PATTERNS = insertStatement('patterns', PATTERN)

/** The capabilities and patterns of a version, ready to be sent; undefined where there are none. */
export interface PartCells {
  readonly capabilities: Cells | undefined
  readonly patterns: Cells | undefined
}

export function partCells({ capabilities, patterns }: PartRows): PartCells {
  return {
    capabilities: capabilities.length > 0 ? cellsOf(CAPABILITY, capabilities) : undefined,
    patterns: patterns.length > 0 ? cellsOf(PATTERN, patterns) : undefined,
  }
}

/** Add the capabilities and patterns of versions. */
export async function insertParts(tx: Tx, parts: readonly PartCells[]): Promise<void> {
  const capabilities = parts.flatMap((part) => (part.capabilities ? [part.capabilities] : []))
  await writeRows(tx, INSERT_CAPABILITIES, CAPABILITY, capabilities)
  const patterns = parts.flatMap((part) => (part.patterns ? [part.patterns] : []))
  await writeRows(tx, INSERT_PATTERNS, PATTERN, patterns)
}

/** Add words to the vocabulary that misspelt searches are corrected with. */
export async function addSearchWords(tx: Tx, words: ReadonlySet<string>): Promise<void> {
  if (words.size === 0) return
  // Sorted, so that two writers meet the same words in the same order and cannot deadlock.
  await tx.$executeRaw`
    INSERT INTO search_words (word) SELECT word FROM unnest(${[...words].sort()}::text[]) AS word ON CONFLICT DO NOTHING`
}

/** A report of a run. Times are ISO 8601. */
export interface NewExecutionRow {
  readonly tool_id: string
  readonly version: string
  readonly capability: string
  readonly pattern: string
  readonly at: string
  readonly recorded_by: string
  readonly actual_ms: number
  readonly actual_cost: number | null
  readonly estimated_ms: number | null
  readonly estimated_cost: number | null
  readonly success: boolean
  readonly error_type: string | null
  readonly environment: string | null
  readonly variables: JsonObject
}

/** Add reports of runs. */
export async function insertExecutions(tx: Tx, executions: readonly NewExecutionRow[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO executions (tool_id, version, capability, pattern, at, recorded_by, actual_ms, actual_cost, estimated_ms,
      estimated_cost, success, error_type, environment, variables)
    SELECT tool_id, version, capability, pattern, at, recorded_by, actual_ms, actual_cost, estimated_ms,
      estimated_cost, success, error_type, environment, variables
    FROM json_to_recordset(${JSON.stringify(executions)}::json) AS row(
      tool_id uuid, version text, capability text, pattern text, at timestamptz, recorded_by text, actual_ms float8,
      actual_cost float8, estimated_ms float8, estimated_cost float8, success boolean, error_type text, environment text,
      variables json)`
}
