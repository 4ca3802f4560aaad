import type { Reader } from '../db/snapshot.ts'
import type { Json, JsonObject } from '../definition/json.ts'
import { CachedLoader } from './cached-loader.ts'
import { InvalidInputError } from './errors.ts'
import { ANY_CHANGE, nameTag, type ObjectCache, type Tag } from './object-cache.ts'
import type { CapabilityRow, ChangeEventRow, ChangeSetRow, PatternRow, ToolRow, VersionRow } from './rows.ts'
import {
  visibleChangeSets,
  visibleEvents,
  visibleParts,
  visibleRevision,
  visibleTools,
  visibleToolsById,
  visibleVersions,
} from './visible.ts'

interface EventDocuments {
  readonly key: string
  readonly before: Json
  readonly after: Json
}

/** Most events of one change set that are read at once. */
const MOST_EVENTS = 1_000

/** Key of `eventsByRevision`: the events of a revision behind a position. @throws InvalidInputError */
export function eventWindow(revision: string, first: number, after: number): string {
  if (first < 1 || first > MOST_EVENTS)
    throw new InvalidInputError(`first must be between 1 and ${MOST_EVENTS}, not ${first}`)
  return `${revision}:${first}:${Math.max(-1, after)}`
}

const TOOL = `id, name, enabled, latest_version_id AS "latestVersionId", created_at AS "createdAt",
  updated_at AS "updatedAt", description, platform, category, status::text AS status, tags, production_safe AS "productionSafe",
  requires_approval AS "requiresApproval", compatibility::text AS compatibility, deleted_at AS "deletedAt"`
const VERSION = `id, tool_id AS "toolId", version, sort_key AS "sortKey", status::text AS status, digest, created_at AS "createdAt", created_by AS "createdBy"`
const CAPABILITY = 'x.id, x.version_id AS "versionId", v.tool_id AS "toolId", x.name, x.description, x.extensions'
const PATTERN = `x.id, capability_id AS "capabilityId", version_id AS "versionId", v.tool_id AS "toolId", name, description, use_cases AS "useCases",
  time_estimate_ms AS "timeEstimateMs", cost_estimate AS "costEstimate", complexity_score AS "complexityScore", scope,
  completeness, limitations, max_cost AS "maxCost", requires_approval AS "requiresApproval", production_safe AS "productionSafe",
  max_execution_time AS "maxExecutionTime", max_n_immediate AS "maxNImmediate", background_if AS "backgroundIf",
  preference_match AS "preferenceMatch", required_inputs AS "requiredInputs", optional_inputs AS "optionalInputs",
  expected_outputs AS "expectedOutputs", details, x.extensions`

/** Capabilities and patterns as they are kept: with the tool whose changes end them. */
interface OfTool {
  readonly toolId: string
}

const PART_OF = 'JOIN tool_versions v ON v.id = x.version_id'

/**
 * Every object of an answer comes through one of these: one statement per batch, however many objects.
 * @param cache what other requests have read; the history, which compaction changes without a revision, is never kept
 */
export function createLoaders(reader: Reader, cache?: ObjectCache) {
  const one = <T extends object>(
    name: string,
    sql: string,
    keyOf: (row: T) => string,
    tagOf?: (key: string, row: T | null) => Tag,
  ) =>
    new CachedLoader<T | null>({
      reader,
      name,
      cache,
      ...(tagOf && { tagOf }),
      fetch: async (keys) => {
        const rows = await reader.query<T>(name, sql, [keys])
        const byKey = new Map(rows.map((row) => [keyOf(row), row]))
        return keys.map((key) => byKey.get(key) ?? null)
      },
    })
  const many = <T extends object>(
    name: string,
    sql: string,
    keyOf: (row: T) => string,
    tagOf?: (key: string, rows: readonly T[]) => Tag,
  ) =>
    new CachedLoader<readonly T[]>({
      reader,
      name,
      cache,
      ...(tagOf && { tagOf }),
      fetch: async (keys) => {
        const rows = await reader.query<T>(name, sql, [keys])
        const byKey = new Map<string, T[]>(keys.map((key) => [key, []]))
        for (const row of rows) byKey.get(keyOf(row))?.push(row)
        return keys.map((key) => byKey.get(key) ?? [])
      },
    })
  const ofTool = (_: string, row: OfTool | null) => row?.toolId ?? ANY_CHANGE
  const ofSameTool = (_: string, rows: readonly OfTool[]) => rows[0]?.toolId ?? ANY_CHANGE
  return {
    tool: one<ToolRow>(
      'tool',
      `SELECT ${TOOL}, ${visibleRevision(reader)} AS revision FROM tools t WHERE id = ANY($1::uuid[]) AND ${visibleToolsById(reader).join(' AND ')}`,
      ({ id }) => id,
      (id) => id,
    ),
    toolByName: one<ToolRow & { nameKey: string }>(
      'toolByName',
      `SELECT ${TOOL}, ${visibleRevision(reader)} AS revision, name_key AS "nameKey" FROM tools t WHERE name_key = ANY($1::text[]) AND ${visibleTools(reader).join(' AND ')}`,
      ({ nameKey }) => nameKey,
      (nameKey, row) => row?.id ?? nameTag(nameKey),
    ),
    version: one<VersionRow>(
      'version',
      `SELECT ${VERSION} FROM tool_versions v WHERE id = ANY($1::uuid[]) AND ${visibleVersions(reader)}`,
      ({ id }) => id,
      ofTool,
    ),
    /** Highest first. */
    versionsByTool: many<VersionRow>(
      'versionsByTool',
      `SELECT ${VERSION} FROM tool_versions v WHERE tool_id = ANY($1::uuid[]) AND ${visibleVersions(reader)} ORDER BY sort_key DESC, version DESC`,
      ({ toolId }) => toolId,
      (toolId) => toolId,
    ),
    definition: one<{ id: string; definition: JsonObject } & OfTool>(
      'definition',
      'SELECT id, tool_id AS "toolId", definition FROM tool_versions WHERE id = ANY($1::uuid[])',
      ({ id }) => id,
      ofTool,
    ),
    capability: one<CapabilityRow & OfTool>(
      'capability',
      `SELECT ${CAPABILITY} FROM capabilities x ${PART_OF} WHERE x.id = ANY($1::uuid[]) AND ${visibleParts(reader)}`,
      ({ id }) => id,
      ofTool,
    ),
    capabilitiesByVersion: many<CapabilityRow & OfTool>(
      'capabilitiesByVersion',
      `SELECT ${CAPABILITY} FROM capabilities x ${PART_OF} WHERE x.version_id = ANY($1::uuid[]) ORDER BY x.version_id, x.position`,
      ({ versionId }) => versionId,
      ofSameTool,
    ),
    pattern: one<PatternRow & OfTool>(
      'pattern',
      `SELECT ${PATTERN} FROM patterns x ${PART_OF} WHERE x.id = ANY($1::uuid[]) AND ${visibleParts(reader)}`,
      ({ id }) => id,
      ofTool,
    ),
    patternsByCapability: many<PatternRow & OfTool>(
      'patternsByCapability',
      `SELECT ${PATTERN} FROM patterns x ${PART_OF} WHERE x.capability_id = ANY($1::uuid[]) ORDER BY x.capability_id, x.position`,
      ({ capabilityId }) => capabilityId,
      ofSameTool,
    ),
    changeSet: one<ChangeSetRow>(
      'changeSet',
      `SELECT revision::text AS revision, at, actor, source, message, request_id AS "requestId", hash,
         revision <= (SELECT compacted_revision FROM catalog_state) AS compacted FROM change_sets s WHERE ` +
        ['revision = ANY($1::bigint[])', ...visibleChangeSets(reader)].join(' AND '),
      ({ revision }) => revision,
    ),
    eventCount: one<{ revision: string; count: number }>(
      'eventCount',
      `SELECT revision::text AS revision, count(*)::int AS count FROM change_events e
       WHERE revision = ANY($1::bigint[]) AND ${visibleEvents(reader)} GROUP BY revision`,
      ({ revision }) => revision,
    ),
    /** By `eventWindow`. */
    eventsByRevision: many<ChangeEventRow & { key: string }>(
      'eventsByRevision',
      `SELECT wanted.key, e.revision::text AS revision, e.position, e.kind, e.tool_id AS "toolId", e.tool_name AS "toolName",
         e.version, e.latest
       FROM unnest($1::text[]) AS wanted(key) CROSS JOIN LATERAL (
         SELECT * FROM change_events e
         WHERE revision = split_part(wanted.key, ':', 1)::bigint AND position > split_part(wanted.key, ':', 3)::int
           AND ${visibleEvents(reader)} ORDER BY position LIMIT split_part(wanted.key, ':', 2)::int) e
       ORDER BY e.revision, e.position`,
      ({ key }) => key,
    ),
    /** By revision and position, `12:0`. */
    eventDocuments: one<EventDocuments>(
      'eventDocuments',
      `SELECT wanted.key, before, after FROM unnest($1::text[]) AS wanted(key) JOIN change_events e
       ON revision = split_part(wanted.key, ':', 1)::bigint AND position = split_part(wanted.key, ':', 2)::int
       WHERE ${visibleEvents(reader)}`,
      ({ key }) => key,
    ),
  }
}

export type Loaders = ReturnType<typeof createLoaders>

/** Load rows that a list in the same snapshot named: each of them is there. */
export async function loadAll<T>(loader: CachedLoader<T | null>, ids: readonly string[]): Promise<T[]> {
  const rows = await loader.loadMany(ids)
  return rows.map((row, index) => {
    if (row === null) throw new Error(`No row for ${ids[index]}, which a list of the same snapshot named`)
    return row
  })
}
