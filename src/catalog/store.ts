import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { NewCapabilityRow, NewPatternRow, ToolColumns } from './projection.ts'

/**
 * Set-based writes: one statement for any number of rows, each fed by one JSON parameter. `json_to_recordset` and not
 * `jsonb_`: jsonb would sort the keys of the definitions. Only `commit`'s transaction may be passed in.
 */
type Tx = Prisma.TransactionClient

export interface NewVersionRow {
  readonly id: string
  readonly tool_id: string
  readonly version: string
  readonly sort_key: string
  readonly status: Status
  readonly digest: string
  readonly definition: JsonObject
  readonly created_by: string
}

/** A tool: its name and flag, its latest version, and the columns copied from that version. */
export interface ToolState extends ToolColumns {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly latest_version_id: string | null
}

/**
 * Write whole tools, new ones and known ones alike. A new tool's latest version need not be there yet: that foreign key
 * is checked at the commit, so that each row is written once (it stands in a dozen indexes).
 */
export async function writeTools(tx: Tx, tools: readonly ToolState[]): Promise<void> {
  if (tools.length === 0) return
  await tx.$executeRaw`
    INSERT INTO tools (id, name, name_key, enabled, latest_version_id, revision, description, platform, category, status,
      tags, tag_keys, capability_keys, production_safe, requires_approval, search_vector)
    SELECT id, name, lower(name), enabled, latest_version_id, 0, description, platform, category, status::"Status",
      tags, tag_keys, capability_keys, production_safe, requires_approval,
      setweight(to_tsvector('english', search_a), 'A') || setweight(to_tsvector('english', search_b), 'B')
        || setweight(to_tsvector('english', search_c), 'C') || setweight(to_tsvector('english', search_d), 'D')
    FROM json_to_recordset(${JSON.stringify(tools)}::json) AS row(
      id uuid, name text, enabled boolean, latest_version_id uuid, description text, platform text, category text,
      status text, tags text[], tag_keys text[], capability_keys text[], production_safe boolean,
      requires_approval boolean, search_a text, search_b text, search_c text, search_d text)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, enabled = excluded.enabled, latest_version_id = excluded.latest_version_id,
      description = excluded.description, platform = excluded.platform, category = excluded.category,
      status = excluded.status, tags = excluded.tags, tag_keys = excluded.tag_keys,
      capability_keys = excluded.capability_keys, production_safe = excluded.production_safe,
      requires_approval = excluded.requires_approval, search_vector = excluded.search_vector`
}

/** Add versions. */
export async function insertVersions(tx: Tx, versions: readonly NewVersionRow[]): Promise<void> {
  if (versions.length === 0) return
  await tx.$executeRaw`
    INSERT INTO tool_versions (id, tool_id, version, sort_key, status, digest, definition, created_by)
    SELECT id, tool_id, version, sort_key, status::"Status", digest, definition, created_by
    FROM json_to_recordset(${JSON.stringify(versions)}::json) AS row(
      id uuid, tool_id uuid, version text, sort_key text, status text, digest text, definition json, created_by text)`
}

/** Replace the content of versions, and drop their capabilities and patterns for new ones to be inserted. */
export async function replaceVersions(tx: Tx, versions: readonly NewVersionRow[]): Promise<void> {
  if (versions.length === 0) return
  const rows = JSON.stringify(versions)
  await tx.$executeRaw`
    UPDATE tool_versions SET status = row.status::"Status", digest = row.digest, definition = row.definition, updated_at = now()
    FROM json_to_recordset(${rows}::json) AS row(id uuid, status text, digest text, definition json)
    WHERE tool_versions.id = row.id`
  await tx.$executeRaw`
    DELETE FROM capabilities USING json_to_recordset(${rows}::json) AS row(id uuid) WHERE capabilities.version_id = row.id`
}

/** Add the capabilities of versions. */
export async function insertCapabilities(tx: Tx, capabilities: readonly NewCapabilityRow[]): Promise<void> {
  if (capabilities.length === 0) return
  await tx.$executeRaw`
    INSERT INTO capabilities (id, version_id, name, name_key, description, position, extensions)
    SELECT id, version_id, name, name_key, description, position, extensions
    FROM json_to_recordset(${JSON.stringify(capabilities)}::json) AS row(
      id uuid, version_id uuid, name text, name_key text, description text, position int, extensions json)`
}

/** Add the patterns of capabilities. */
export async function insertPatterns(tx: Tx, patterns: readonly NewPatternRow[]): Promise<void> {
  if (patterns.length === 0) return
  await tx.$executeRaw`
    INSERT INTO patterns (id, capability_id, version_id, name, name_key, description, position, use_cases,
      time_estimate_ms, cost_estimate, complexity_score, scope, completeness, limitations, max_cost, requires_approval,
      production_safe, max_execution_time, max_n_immediate, background_if, preference_match, required_inputs,
      optional_inputs, expected_outputs, details, extensions)
    SELECT id, capability_id, version_id, name, name_key, description, position, use_cases,
      time_estimate_ms, cost_estimate, complexity_score, scope, completeness, limitations, max_cost, requires_approval,
      production_safe, max_execution_time, max_n_immediate, nullif(background_if::text, 'null')::json, preference_match,
      required_inputs, optional_inputs, expected_outputs, details, extensions
    FROM json_to_recordset(${JSON.stringify(patterns)}::json) AS row(
      id uuid, capability_id uuid, version_id uuid, name text, name_key text, description text, position int,
      use_cases text[], time_estimate_ms text, cost_estimate text, complexity_score float8, scope text, completeness text,
      limitations text[], max_cost float8, requires_approval boolean, production_safe boolean, max_execution_time float8,
      max_n_immediate float8, background_if json, preference_match json, required_inputs json, optional_inputs json,
      expected_outputs json, details json, extensions json)`
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
