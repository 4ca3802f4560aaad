import type { Json, JsonObject } from '../definition/json.ts'
import { badAnswer, listOf, objectOf, textOf } from './answer.ts'
import { isRevision } from './revision.ts'

/** One revision: which tools it concerned. */
export interface ChangeSetItem {
  readonly kind: 'changes'
  readonly revision: string
  /** Names of the tools, as they were called then; each once. */
  readonly tools: readonly string[]
  /** Whether one of them got another name: then its new one is not among the names. */
  readonly isRenaming: boolean
}

/** Everything up to the revision was delivered. */
export interface BookmarkItem {
  readonly kind: 'bookmark'
  readonly revision: string
}

/** The stream cannot tell what happened up to the revision: only a snapshot can. */
export interface ResyncItem {
  readonly kind: 'resync'
  readonly reason: string
  readonly revision: string
}

export type StreamItem = ChangeSetItem | BookmarkItem | ResyncItem

export const FOLLOW = `subscription ($afterRevision: Revision, $epoch: ID) {
  catalogChanges(afterRevision: $afterRevision, epoch: $epoch) {
    __typename
    ... on ChangeSet { revision events { kind toolName version } }
    ... on Bookmark { revision }
    ... on ResyncRequired { reason currentRevision }
  }
}`

/** @throws ProfileError BAD_ANSWER for anything else */
export function readStreamItem(data: Json | undefined): StreamItem {
  const item = objectOf(objectOf(data, 'data').catalogChanges, 'catalogChanges')
  if (item.__typename === 'ChangeSet') return readChangeSet(item)
  if (item.__typename === 'Bookmark') return { kind: 'bookmark', revision: revisionOf(item.revision) }
  if (item.__typename !== 'ResyncRequired') throw badAnswer('item that is known')
  return {
    kind: 'resync',
    reason: textOf(item.reason, 'reason'),
    revision: revisionOf(item.currentRevision),
  }
}

function readChangeSet(item: JsonObject): ChangeSetItem {
  const events = listOf(item.events, 'events').map((event) => objectOf(event, 'event'))
  return {
    kind: 'changes',
    revision: revisionOf(item.revision),
    tools: [...new Set(events.map(({ toolName }) => textOf(toolName, 'toolName')))],
    isRenaming: events.some(({ kind }) => kind === 'TOOL_RENAMED'),
  }
}

function revisionOf(value: Json | undefined): string {
  const revision = textOf(value, 'revision')
  if (!isRevision(revision)) throw badAnswer('revision')
  return revision
}
