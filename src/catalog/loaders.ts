import type { Reader } from '../db/snapshot.ts'
import type { Json } from '../definition/json.ts'
import { CachedLoader, type LoaderKind, manyByKey, oneByKey, openedByKey } from './cached-loader.ts'
import type { CatalogCache } from './catalog-cache.ts'
import { InvalidInputError } from './errors.ts'
import { ANY_CHANGE, nameTag } from './object-cache.ts'
import type { CapabilityRow, ChangeEventRow, ChangeSetRow, PatternRow, ToolRow, VersionRow } from './rows.ts'
import { CONTENTS, type StoredContents, VersionContents } from './version-contents.ts'
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

const ofTool = (_: string, row: OfTool | null) => row?.toolId ?? ANY_CHANGE

/**
 * Every object of an answer comes through one of these: one statement per batch, however many objects. The history, which
 * compaction changes without a revision, is never kept.
 */
function loaderKinds(reader: Pick<Reader, 'sees'>) {
  const { sees } = reader
  return {
    tool: oneByKey<ToolRow>({
      sql: `SELECT ${TOOL}, ${visibleRevision(reader)} AS revision FROM tools t WHERE id = ANY($1::uuid[]) AND ${visibleToolsById(reader).join(' AND ')}`,
      keyOf: ({ id }) => id,
      tagOf: (id) => id,
      indexed: (id, index) => index.tool(id, sees),
    }),
    toolByName: oneByKey<ToolRow & { readonly nameKey?: string }>({
      sql: `SELECT ${TOOL}, ${visibleRevision(reader)} AS revision, name_key AS "nameKey" FROM tools t WHERE name_key = ANY($1::text[]) AND ${visibleTools(reader).join(' AND ')}`,
      keyOf: ({ nameKey }) => nameKey ?? '',
      tagOf: (nameKey, row) => row?.id ?? nameTag(nameKey),
      indexed: (nameKey, index) => index.toolByName(nameKey, sees),
    }),
    version: oneByKey<VersionRow>({
      sql: `SELECT ${VERSION} FROM tool_versions v WHERE id = ANY($1::uuid[]) AND ${visibleVersions(reader)}`,
      keyOf: ({ id }) => id,
      tagOf: ofTool,
      indexed: (id, index) => index.latestVersion(id),
    }),
    /** Highest first. */
    versionsByTool: manyByKey<VersionRow>({
      sql: `SELECT ${VERSION} FROM tool_versions v WHERE tool_id = ANY($1::uuid[]) AND ${visibleVersions(reader)} ORDER BY sort_key DESC, version DESC`,
      keyOf: ({ toolId }) => toolId,
      tagOf: (toolId) => toolId,
    }),
    /** Document, capabilities and patterns of a version. */
    contents: openedByKey<StoredContents, VersionContents>(
      { sql: CONTENTS, keyOf: ({ id }) => id, tagOf: ofTool },
      (stored) => new VersionContents(stored),
    ),
    capability: oneByKey<CapabilityRow & OfTool>({
      sql: `SELECT ${CAPABILITY} FROM capabilities x ${PART_OF} WHERE x.id = ANY($1::uuid[]) AND ${visibleParts(reader)}`,
      keyOf: ({ id }) => id,
      tagOf: ofTool,
    }),
    pattern: oneByKey<PatternRow & OfTool>({
      sql: `SELECT ${PATTERN} FROM patterns x ${PART_OF} WHERE x.id = ANY($1::uuid[]) AND ${visibleParts(reader)}`,
      keyOf: ({ id }) => id,
      tagOf: ofTool,
    }),
    changeSet: oneByKey<ChangeSetRow>({
      sql:
        `SELECT revision::text AS revision, at, actor, source, message, request_id AS "requestId", hash,
         revision <= (SELECT compacted_revision FROM catalog_state) AS compacted FROM change_sets s WHERE ` +
        ['revision = ANY($1::bigint[])', ...visibleChangeSets(reader)].join(' AND '),
      keyOf: ({ revision }) => revision,
    }),
    eventCount: oneByKey<{ revision: string; count: number }>({
      sql: `SELECT revision::text AS revision, count(*)::int AS count FROM change_events e
       WHERE revision = ANY($1::bigint[]) AND ${visibleEvents(reader)} GROUP BY revision`,
      keyOf: ({ revision }) => revision,
    }),
    /** By `eventWindow`. */
    eventsByRevision: manyByKey<ChangeEventRow & { key: string }>({
      sql: `SELECT wanted.key, e.revision::text AS revision, e.position, e.kind, e.tool_id AS "toolId", e.tool_name AS "toolName",
         e.version, e.latest
       FROM unnest($1::text[]) AS wanted(key) CROSS JOIN LATERAL (
         SELECT * FROM change_events e
         WHERE revision = split_part(wanted.key, ':', 1)::bigint AND position > split_part(wanted.key, ':', 3)::int
           AND ${visibleEvents(reader)} ORDER BY position LIMIT split_part(wanted.key, ':', 2)::int) e
       ORDER BY e.revision, e.position`,
      keyOf: ({ key }) => key,
    }),
    /** By revision and position, `12:0`. */
    eventDocuments: oneByKey<EventDocuments>({
      sql: `SELECT wanted.key, before, after FROM unnest($1::text[]) AS wanted(key) JOIN change_events e
       ON revision = split_part(wanted.key, ':', 1)::bigint AND position = split_part(wanted.key, ':', 2)::int
       WHERE ${visibleEvents(reader)}`,
      keyOf: ({ key }) => key,
    }),
  }
}

type Kinds = ReturnType<typeof loaderKinds>
type Name = keyof Kinds

/** What a loader of this name loads for each key. */
type Loaded<N extends Name> = ReturnType<Kinds[N]['open']>

export type Loaders = { readonly [N in Name]: CachedLoader<Loaded<N>> }

/** What is the same for everybody who sees as much. */
const KINDS = { published: loaderKinds({ sees: 'published' }), everything: loaderKinds({ sees: 'everything' }) }

type Cache = Pick<CatalogCache, 'objects' | 'tools'>

/**
 * The loaders of one request, each made when it is first used.
 * @param cache what other requests have read
 */
export function createLoaders(reader: Reader, cache?: Cache): Loaders {
  // Its prototype has a getter for each.
  return new LoadersOfRequest(reader, cache) as LoadersOfRequest & Loaders
}

class LoadersOfRequest {
  readonly #reader: Reader
  readonly #cache: Cache | undefined
  readonly #made = new Map<Name, unknown>()

  static {
    for (const name of Object.keys(KINDS.published) as Name[])
      Object.defineProperty(LoadersOfRequest.prototype, name, {
        get(this: LoadersOfRequest) {
          return this.#loader(name)
        },
      })
  }

  constructor(reader: Reader, cache: Cache | undefined) {
    this.#reader = reader
    this.#cache = cache
  }

  #loader(name: Name): unknown {
    const known = this.#made.get(name)
    if (known !== undefined) return known
    const kind = KINDS[this.#reader.sees][name] as LoaderKind<unknown, unknown>
    const loader = new CachedLoader({ kind, name, reader: this.#reader, cache: this.#cache })
    this.#made.set(name, loader)
    return loader
  }
}

/** Load rows that a list in the same snapshot named: each of them is there. */
export async function loadAll<T>(loader: CachedLoader<T | null>, ids: readonly string[]): Promise<T[]> {
  const rows = await loader.loadMany(ids)
  return rows.map((row, index) => {
    if (row === null) throw new Error(`No row for ${ids[index]}, which a list of the same snapshot named`)
    return row
  })
}
