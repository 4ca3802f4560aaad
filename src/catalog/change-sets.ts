import type { Reader } from '../db/snapshot.ts'
import { createConditions } from './conditions.ts'
import { listPage } from './list-page.ts'
import type { Page, PageArguments } from './page.ts'
import { visibleChangeSets, visibleEvents } from './visible.ts'

export interface ChangeSetFilter {
  /** Only change sets that touched the tool that has this name now. */
  readonly tool?: string | null | undefined
  /** Only those that touched the tool of this id. */
  readonly toolId?: string | null | undefined
  readonly actor?: string | null | undefined
  readonly source?: string | null | undefined
  /** Only later ones. Digits. */
  readonly afterRevision?: string | null | undefined
}

/** Revisions of change sets, newest first. */
export function listChangeSets(reader: Reader, filter: ChangeSetFilter, page: PageArguments): Promise<Page<string>> {
  const { conditions, values, add } = createConditions(...visibleChangeSets(reader))
  add(
    filter.tool?.toLowerCase(),
    (place) =>
      `EXISTS (SELECT FROM change_events e WHERE e.revision = s.revision AND ${visibleEvents(reader)} AND e.tool_id IN (SELECT id FROM tools WHERE name_key = ${place}))`,
  )
  add(
    filter.toolId,
    (place) =>
      `EXISTS (SELECT FROM change_events e WHERE e.revision = s.revision AND ${visibleEvents(reader)} AND e.tool_id = ${place}::uuid)`,
  )
  add(filter.actor, (place) => `s.actor = ${place}`)
  add(filter.source, (place) => `s.source = ${place}`)
  add(filter.afterRevision, (place) => `s.revision > ${place}::bigint`)
  const order = { name: 'changeSets', columns: [{ sql: 's.revision', type: 'revision' as const }], descending: true }
  return listPage(
    reader,
    { name: 'changeSets', from: 'change_sets s', id: 's.revision::text', conditions, values, order },
    page,
  )
}
