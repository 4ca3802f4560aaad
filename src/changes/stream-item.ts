import type { LoggedChangeSet } from './read-log.ts'

/** One revision, as one stream sees it: with those of its events that its filter and its reader let through. */
export interface ChangeSetItem extends LoggedChangeSet {
  readonly type: 'ChangeSet'
}

/** Everything up to this revision was delivered. */
export interface Bookmark {
  readonly type: 'Bookmark'
  readonly revision: string
  readonly epoch: string
}

export const RESYNC_REASONS = ['COMPACTED', 'EPOCH_CHANGED', 'TOO_LARGE'] as const
export type ResyncReason = (typeof RESYNC_REASONS)[number]

/** The stream cannot go on from where it is, and ends: read the catalog, and follow from the revision of that. */
export interface ResyncRequired {
  readonly type: 'ResyncRequired'
  readonly reason: ResyncReason
  readonly compactedRevision: string
  readonly currentRevision: string
  readonly epoch: string
}

export type StreamItem = ChangeSetItem | Bookmark | ResyncRequired

/** A revision that does not exist yet: of another history, or made up. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  constructor(readonly currentRevision: string) {
    super(`There is no such revision yet: the catalog is at ${currentRevision}.`)
  }
}

/** A subscriber fell too far behind, and does not take what is there. */
export class ConsumerTooSlowError extends Error {
  override readonly name = 'ConsumerTooSlowError'
  /** @param lastRevision everything up to this one was delivered */
  constructor(readonly lastRevision: string) {
    super(`Too slow. Continue after revision ${lastRevision}.`)
  }
}

/** What is asked for was compacted meanwhile. */
export class HistoryCompactedError extends Error {
  override readonly name = 'HistoryCompactedError'
}
