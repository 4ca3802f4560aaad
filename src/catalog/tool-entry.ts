import type { Sight } from '../db/snapshot.ts'
import type { ToolRow, VersionRow } from './rows.ts'
import { sizeOf } from './size-of.ts'

/** A living tool as the database gives it for the index: its own columns, what lists sort and filter by, its latest version. */
export interface IndexedTool extends Omit<ToolRow, 'deletedAt'> {
  /** Of its last change that readers of what is published can see. */
  readonly seenRevision: string
  readonly nameKey: string
  readonly tagKeys: readonly string[]
  readonly capabilityKeys: readonly string[]
  /** As PostgreSQL writes them, which is what cursors have. */
  readonly createdAtText: string
  readonly updatedAtText: string
  readonly versionId: string | null
  readonly version: string
  readonly sortKey: string
  readonly versionStatus: VersionRow['status']
  readonly digest: string
  readonly versionCreatedAt: Date
  readonly createdBy: string
}

export const INDEXED_TOOLS = `SELECT t.id, t.name, t.enabled, t.latest_version_id AS "latestVersionId", t.revision::text AS revision,
    t.seen_revision::text AS "seenRevision", t.created_at AS "createdAt", t.updated_at AS "updatedAt", t.description,
    t.platform, t.category, t.status::text AS status, t.tags, t.production_safe AS "productionSafe",
    t.requires_approval AS "requiresApproval", t.compatibility::text AS compatibility, t.name_key AS "nameKey",
    t.tag_keys AS "tagKeys", t.capability_keys AS "capabilityKeys", t.created_at::text AS "createdAtText",
    t.updated_at::text AS "updatedAtText", v.id AS "versionId", v.version, v.sort_key AS "sortKey",
    v.status::text AS "versionStatus", v.digest, v.created_at AS "versionCreatedAt", v.created_by AS "createdBy"
  FROM tools t LEFT JOIN tool_versions v ON v.id = t.latest_version_id WHERE t.deleted_at IS NULL`

/** One tool of the index. */
export class ToolEntry {
  readonly id: string
  readonly nameKey: string
  readonly tagKeys: readonly string[]
  readonly capabilityKeys: readonly string[]
  readonly createdAtText: string
  readonly updatedAtText: string
  readonly version: VersionRow | undefined
  /** About, in bytes. */
  readonly size: number
  readonly #revision: string
  readonly #seen: ToolRow
  #everything: ToolRow | undefined

  constructor(tool: IndexedTool) {
    const { nameKey, tagKeys, capabilityKeys, createdAtText, updatedAtText } = tool
    this.id = tool.id
    this.nameKey = nameKey
    this.tagKeys = tagKeys
    this.capabilityKeys = capabilityKeys
    this.createdAtText = createdAtText
    this.updatedAtText = updatedAtText
    this.#revision = tool.revision
    this.#seen = rowOf(tool)
    this.version = versionOf(tool)
    this.size = sizeOf(tool)
  }

  /** Readers of what is published do not see tools that are nothing but drafts. */
  isSeenBy(sees: Sight): boolean {
    return sees === 'everything' || this.#seen.status !== 'draft'
  }

  /** The same object each time. */
  rowFor(sees: Sight): ToolRow {
    if (sees === 'published') return this.#seen
    this.#everything ??= { ...this.#seen, revision: this.#revision }
    return this.#everything
  }
}

function rowOf(tool: IndexedTool): ToolRow {
  const { id, name, enabled, latestVersionId, createdAt, updatedAt, description, platform, category, status } = tool
  const { tags, productionSafe, requiresApproval, compatibility, seenRevision: revision } = tool
  const times = { createdAt, updatedAt, deletedAt: null }
  const shown = { description, platform, category, status, tags, productionSafe, requiresApproval }
  return { id, name, enabled, latestVersionId, revision, ...times, ...shown, compatibility }
}

function versionOf(tool: IndexedTool): VersionRow | undefined {
  const { id: toolId, versionId, version, sortKey, versionStatus: status, digest, createdBy } = tool
  if (versionId === null) return undefined
  return { id: versionId, toolId, version, sortKey, status, digest, createdAt: tool.versionCreatedAt, createdBy }
}
