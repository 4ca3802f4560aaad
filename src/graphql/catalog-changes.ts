import { hasRole } from '../auth/viewer.ts'
import {
  type Bookmark,
  RESYNC_REASONS,
  type ResyncReason,
  type ResyncRequired,
  type StreamItem,
} from '../changes/stream-item.ts'
import { builder } from './builder.ts'
import { ChangeSet } from './change-set.ts'

builder.subscriptionType({
  description: 'Everything that can be followed: over websockets (graphql-transport-ws) and server-sent events.',
})

const BookmarkRef = builder.objectRef<Bookmark>('Bookmark').implement({
  description:
    'Everything up to this revision was delivered, or is not for this stream. Sent when the stream has caught up, every 30 seconds without anything else, and soon after revisions that the filter hid.',
  fields: (t) => ({
    revision: t.field({
      type: 'Revision',
      description: 'Resume after this one.',
      resolve: ({ revision }) => revision,
    }),
    epoch: t.exposeID('epoch', { description: 'The history that it counts.' }),
  }),
})

const REASON_DESCRIPTIONS: Record<ResyncReason, string> = {
  COMPACTED: 'The events behind the revision that was asked for are not kept any more.',
  EPOCH_CHANGED: 'The catalog was restored from a backup: its revisions count another history.',
  TOO_LARGE: 'The next revision is too large for one message: over 256 KiB.',
}

const ResyncReasonEnum = builder.enumType('ResyncReason', {
  description: 'Why a stream cannot go on.',
  values: Object.fromEntries(
    RESYNC_REASONS.map((reason) => [reason, { value: reason, description: REASON_DESCRIPTIONS[reason] }]),
  ) as Record<ResyncReason, { value: ResyncReason; description: string }>,
})

const ResyncRequiredRef = builder.objectRef<ResyncRequired>('ResyncRequired').implement({
  description:
    'The last item of a stream that cannot go on: read the catalog anew, let it replace what you have, and follow from the revision of that answer.',
  fields: (t) => ({
    reason: t.field({ type: ResyncReasonEnum, description: 'Why.', resolve: ({ reason }) => reason }),
    compactedRevision: t.field({
      type: 'Revision',
      description: 'Events of this revision, and of those below, are gone.',
      resolve: ({ compactedRevision }) => compactedRevision,
    }),
    currentRevision: t.field({
      type: 'Revision',
      description: 'What the catalog is at.',
      resolve: ({ currentRevision }) => currentRevision,
    }),
    epoch: t.exposeID('epoch', { description: 'The history that they count.' }),
  }),
})

const TYPES = { ChangeSet, Bookmark: BookmarkRef, ResyncRequired: ResyncRequiredRef }

const CatalogChange = builder.unionType('CatalogChange', {
  description: 'An item of the stream of changes.',
  types: [ChangeSet, BookmarkRef, ResyncRequiredRef],
  resolveType: (item) => TYPES[(item as StreamItem).type],
})

const Filter = builder.inputType('CatalogChangesFilter', {
  description: 'Which events to follow. Each field that is given must hold, by any of its values.',
  fields: (t) => ({
    tools: t.stringList({ description: 'Names of tools; a rename is of the name before and of the one after.' }),
    platforms: t.stringList({
      description: 'Platforms: an event is of those that its tool had before it, and of those that it has after it.',
    }),
    capabilities: t.stringList({ description: 'Names of capabilities: as `platforms`.' }),
  }),
})

builder.subscriptionField('catalogChanges', (t) =>
  t.field({
    type: CatalogChange,
    description:
      'Every change of the catalog, in order, none skipped and none twice: one item a revision, with all of its events that the filter lets through. See docs/subscriptions.md.',
    args: {
      afterRevision: t.arg({
        type: 'Revision',
        description:
          'Continue behind this revision: what an item or the `extensions.revision` of a query said. 0 is the beginning. Left out: from now on.',
      }),
      epoch: t.arg.id({
        description: 'The history that `afterRevision` counts, as `catalogState` or a bookmark said.',
      }),
      filter: t.arg({ type: Filter, description: 'Which events.' }),
    },
    subscribe: (_, { afterRevision, epoch, filter }, { hub, viewer }) =>
      hub.subscribe({
        afterRevision: afterRevision ?? undefined,
        epoch: epoch == null ? undefined : String(epoch),
        filter: {
          tools: filter?.tools ?? undefined,
          platforms: filter?.platforms ?? undefined,
          capabilities: filter?.capabilities ?? undefined,
        },
        seesDrafts: hasRole(viewer, 'editor'),
      }) as Promise<AsyncIterable<StreamItem>>,
    resolve: (item) => item,
  }),
)
