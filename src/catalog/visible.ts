import type { Reader } from '../db/snapshot.ts'

type Seeing = Pick<Reader, 'sees'>

/**
 * What a reader may see, as SQL conditions. Readers of what is published see neither drafts, nor tools that are nothing
 * but drafts, nor deleted tools: for them it is as if they were not there. What was published once stays in the history.
 */

/** Over `tools t`: living tools. */
export function visibleTools({ sees }: Seeing): string[] {
  return sees === 'everything' ? ['t.deleted_at IS NULL'] : ['t.deleted_at IS NULL', "t.status <> 'draft'"]
}

/** Over `tools t`, for those who ask by id: deleted ones, too, for who may restore them. */
export function visibleToolsById(reader: Seeing): string[] {
  return reader.sees === 'everything' ? ['true'] : visibleTools(reader)
}

/** Over `tools t`: the revision of its last change that can be seen, as text. */
export function visibleRevision({ sees }: Seeing): string {
  return sees === 'everything' ? 't.revision::text' : 't.seen_revision::text'
}

/** Over `tool_versions v`. */
export function visibleVersions({ sees }: Seeing): string {
  return sees === 'everything'
    ? 'true'
    : `v.status <> 'draft' AND EXISTS (SELECT FROM tools t WHERE t.id = v.tool_id AND t.deleted_at IS NULL)`
}

/** Over a capability or pattern `x`. */
export function visibleParts(reader: Seeing): string {
  return reader.sees === 'everything'
    ? 'true'
    : `EXISTS (SELECT FROM tool_versions v WHERE v.id = x.version_id AND ${visibleVersions(reader)})`
}

/** Over `executions x`: runs of a draft are as little known as the draft. */
export function visibleExecutions(reader: Seeing): string[] {
  return reader.sees === 'everything'
    ? []
    : [
        `EXISTS (SELECT FROM tool_versions v WHERE v.tool_id = x.tool_id AND v.version = x.version AND ${visibleVersions(reader)})`,
      ]
}

/** Over `change_events e`. */
export function visibleEvents({ sees }: Seeing): string {
  return sees === 'everything' ? 'true' : 'NOT e.draft'
}

/** Over `change_sets s`: those with something to see. */
export function visibleChangeSets({ sees }: Seeing): string[] {
  return sees === 'everything' ? [] : ['NOT s.draft']
}
