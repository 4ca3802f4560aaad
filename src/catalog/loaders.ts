import DataLoader from 'dataloader'
import type { ChangeKind, ChangeSource } from '../changes/change-event.ts'
import type { Reader } from '../db/snapshot.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import type { Json, JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import { InvalidInputError } from './errors.ts'
import {
  visibleChangeSets,
  visibleEvents,
  visibleParts,
  visibleRevision,
  visibleTools,
  visibleToolsById,
  visibleVersions,
} from './visible.ts'

/** Rows as the database gives them, under the names of the Prisma models. Revisions are digits in a string. */
export interface ToolRow {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly latestVersionId: string | null
  readonly revision: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly description: string
  readonly platform: string
  readonly category: string
  readonly status: Status
  readonly tags: readonly string[]
  readonly productionSafe: boolean
  readonly requiresApproval: boolean
  readonly compatibility: Compatibility | null
  readonly deletedAt: Date | null
}

export interface VersionRow {
  readonly id: string
  readonly toolId: string
  readonly version: string
  readonly sortKey: string
  readonly status: Status
  readonly digest: string
  readonly createdAt: Date
  readonly createdBy: string
}

export interface CapabilityRow {
  readonly id: string
  readonly versionId: string
  readonly name: string
  readonly description: string
  readonly extensions: JsonObject
}

export interface PatternRow {
  readonly id: string
  readonly capabilityId: string
  readonly versionId: string
  readonly name: string
  readonly description: string
  readonly useCases: readonly string[]
  readonly timeEstimateMs: string | null
  readonly costEstimate: string | null
  readonly complexityScore: number | null
  readonly scope: string | null
  readonly completeness: string | null
  readonly limitations: readonly string[]
  readonly maxCost: number | null
  readonly requiresApproval: boolean | null
  readonly productionSafe: boolean | null
  readonly maxExecutionTime: number | null
  readonly maxNImmediate: number | null
  readonly backgroundIf: Json
  readonly preferenceMatch: JsonObject
  readonly requiredInputs: readonly JsonObject[]
  readonly optionalInputs: readonly JsonObject[]
  readonly expectedOutputs: readonly JsonObject[]
  readonly details: JsonObject
  readonly extensions: JsonObject
}

export interface ChangeSetRow {
  readonly revision: string
  readonly at: Date
  readonly actor: string
  readonly source: ChangeSource
  readonly message: string | null
  readonly requestId: string | null
  readonly hash: string | null
  /** Whether its events are gone. */
  readonly compacted: boolean
}

export interface ChangeEventRow {
  readonly revision: string
  readonly position: number
  readonly kind: ChangeKind
  readonly toolId: string
  readonly toolName: string
  readonly version: string | null
  readonly latest: string | null
}

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
const CAPABILITY = 'id, version_id AS "versionId", name, description, extensions'
const PATTERN = `id, capability_id AS "capabilityId", version_id AS "versionId", name, description, use_cases AS "useCases",
  time_estimate_ms AS "timeEstimateMs", cost_estimate AS "costEstimate", complexity_score AS "complexityScore", scope,
  completeness, limitations, max_cost AS "maxCost", requires_approval AS "requiresApproval", production_safe AS "productionSafe",
  max_execution_time AS "maxExecutionTime", max_n_immediate AS "maxNImmediate", background_if AS "backgroundIf",
  preference_match AS "preferenceMatch", required_inputs AS "requiredInputs", optional_inputs AS "optionalInputs",
  expected_outputs AS "expectedOutputs", details, extensions`

/** Every object of an answer comes through one of these: one statement per batch, however many objects. */
export function createLoaders(reader: Reader) {
  const one = <T extends object>(name: string, sql: string, keyOf: (row: T) => string) =>
    new DataLoader<string, T | null>(async (keys) => {
      const rows = await reader.query<T>(name, sql, [keys])
      const byKey = new Map(rows.map((row) => [keyOf(row), row]))
      return keys.map((key) => byKey.get(key) ?? null)
    })
  const many = <T extends object>(name: string, sql: string, keyOf: (row: T) => string) =>
    new DataLoader<string, readonly T[]>(async (keys) => {
      const rows = await reader.query<T>(name, sql, [keys])
      const byKey = new Map<string, T[]>(keys.map((key) => [key, []]))
      for (const row of rows) byKey.get(keyOf(row))?.push(row)
      return keys.map((key) => byKey.get(key) ?? [])
    })
  return {
    tool: one<ToolRow>(
      'tool',
      `SELECT ${TOOL}, ${visibleRevision(reader)} AS revision FROM tools t WHERE id = ANY($1::uuid[]) AND ${visibleToolsById(reader).join(' AND ')}`,
      ({ id }) => id,
    ),
    toolByName: one<ToolRow & { nameKey: string }>(
      'toolByName',
      `SELECT ${TOOL}, ${visibleRevision(reader)} AS revision, name_key AS "nameKey" FROM tools t WHERE name_key = ANY($1::text[]) AND ${visibleTools(reader).join(' AND ')}`,
      ({ nameKey }) => nameKey,
    ),
    version: one<VersionRow>(
      'version',
      `SELECT ${VERSION} FROM tool_versions v WHERE id = ANY($1::uuid[]) AND ${visibleVersions(reader)}`,
      ({ id }) => id,
    ),
    /** Highest first. */
    versionsByTool: many<VersionRow>(
      'versionsByTool',
      `SELECT ${VERSION} FROM tool_versions v WHERE tool_id = ANY($1::uuid[]) AND ${visibleVersions(reader)} ORDER BY sort_key DESC, version DESC`,
      ({ toolId }) => toolId,
    ),
    definition: one<{ id: string; definition: JsonObject }>(
      'definition',
      'SELECT id, definition FROM tool_versions WHERE id = ANY($1::uuid[])',
      ({ id }) => id,
    ),
    capability: one<CapabilityRow>(
      'capability',
      `SELECT ${CAPABILITY} FROM capabilities x WHERE id = ANY($1::uuid[]) AND ${visibleParts(reader)}`,
      ({ id }) => id,
    ),
    capabilitiesByVersion: many<CapabilityRow>(
      'capabilitiesByVersion',
      `SELECT ${CAPABILITY} FROM capabilities WHERE version_id = ANY($1::uuid[]) ORDER BY version_id, position`,
      ({ versionId }) => versionId,
    ),
    pattern: one<PatternRow>(
      'pattern',
      `SELECT ${PATTERN} FROM patterns x WHERE id = ANY($1::uuid[]) AND ${visibleParts(reader)}`,
      ({ id }) => id,
    ),
    patternsByCapability: many<PatternRow>(
      'patternsByCapability',
      `SELECT ${PATTERN} FROM patterns WHERE capability_id = ANY($1::uuid[]) ORDER BY capability_id, position`,
      ({ capabilityId }) => capabilityId,
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
export async function loadAll<T>(loader: DataLoader<string, T | null>, ids: readonly string[]): Promise<T[]> {
  const rows = await loader.loadMany(ids)
  return rows.map((row, index) => {
    if (row instanceof Error) throw row
    if (row === null) throw new Error(`No row for ${ids[index]}, which a list of the same snapshot named`)
    return row
  })
}
