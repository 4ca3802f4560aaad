/** What `tool-catalog watch` asks for. */
export const WATCH = `subscription Watch($afterRevision: Revision, $epoch: ID, $filter: CatalogChangesFilter) {
  catalogChanges(afterRevision: $afterRevision, epoch: $epoch, filter: $filter) {
    __typename
    ... on ChangeSet { revision at actor source message events { position kind toolName version latest } }
    ... on Bookmark { revision epoch }
    ... on ResyncRequired { reason compactedRevision currentRevision epoch }
  }
}`

export interface WatchedEvent {
  readonly position: number
  readonly kind: string
  readonly toolName: string
  readonly version: string | null
  readonly latest: string | null
}

export interface WatchedChangeSet {
  readonly __typename: 'ChangeSet'
  readonly revision: string
  readonly at: string
  readonly actor: string
  readonly source: string
  readonly message: string | null
  readonly events: readonly WatchedEvent[]
}

export interface WatchedBookmark {
  readonly __typename: 'Bookmark'
  readonly revision: string
  readonly epoch: string
}

export interface WatchedResync {
  readonly __typename: 'ResyncRequired'
  readonly reason: 'COMPACTED' | 'EPOCH_CHANGED' | 'TOO_LARGE'
  readonly compactedRevision: string
  readonly currentRevision: string
  readonly epoch: string
}

/** What comes for it. */
export type WatchedItem = WatchedChangeSet | WatchedBookmark | WatchedResync
