import { listChangeSets } from '../catalog/change-sets.ts'
import { eventWindow, type Loaders, loadAll } from '../catalog/loaders.ts'
import { mapPage } from '../catalog/page.ts'
import type { ChangeEventRow, ChangeSetRow } from '../catalog/rows.ts'
import type { ChangeEvent as MadeEvent } from '../changes/change-event.ts'
import { type ChangeSetItem, HistoryCompactedError } from '../changes/stream-item.ts'
import { builder } from './builder.ts'
import { COST } from './cost.ts'
import { ChangeKind, ChangeSource } from './enums.ts'

/** A change, as the log keeps it or as a mutation has just made it, with its documents. */
type Change = ChangeEventRow | MadeEvent

export const ChangeEvent = builder.objectRef<Change>('ChangeEvent').implement({
  description: 'One change, with what it concerned before and after it.',
  fields: (t) => ({
    position: t.int({
      nullable: true,
      description: 'Place in its change set, from 0; null in the answer to the mutation that made it.',
      resolve: (event) => ('position' in event ? event.position : null),
    }),
    kind: t.field({ type: ChangeKind, description: 'What happened.', resolve: ({ kind }) => kind }),
    toolName: t.exposeString('toolName', { description: 'Name of the tool at that time.' }),
    version: t.string({
      nullable: true,
      description: 'Version concerned; null for a change of the tool itself.',
      resolve: ({ version }) => version,
    }),
    latest: t.string({
      nullable: true,
      description: 'The version that the tool serves by default after the change set; null when it serves none.',
      resolve: ({ latest }) => latest,
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'Before: the definition, for a change of a version; what changed, for a change of the tool. Null when there was none.',
      extensions: { cost: COST.document },
      resolve: async (event, _, { loaders }) => (await documentsOf(event, loaders)).before,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'After: as `before`. Null when there is none.',
      extensions: { cost: COST.document },
      resolve: async (event, _, { loaders }) => (await documentsOf(event, loaders)).after,
    }),
  }),
})

/** Documents are read only when they are asked for: a big import has megabytes of them. */
async function documentsOf(event: Change, loaders: Loaders): Promise<Pick<MadeEvent, 'before' | 'after'>> {
  if ('before' in event) return event
  const documents = await loaders.eventDocuments.load(`${event.revision}:${event.position}`)
  // An event of the same snapshot has its documents; one of a stream was seen earlier.
  if (!documents) throw new HistoryCompactedError()
  return documents
}

/** A change set of the history, or one that comes through a stream, with its events. */
export const ChangeSet = builder.objectRef<ChangeSetRow | ChangeSetItem>('ChangeSet')

builder.node(ChangeSet, {
  description: 'Everything that happened in one revision.',
  id: { resolve: ({ revision }) => revision },
  loadManyWithoutCache: (ids, { loaders }) =>
    loaders.changeSet.loadMany(ids.map((id) => (/^\d{1,18}$/.test(id) ? id : '0'))),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'actor' in value,
  fields: (t) => ({
    revision: t.field({ type: 'Revision', description: 'The revision it made.', resolve: ({ revision }) => revision }),
    at: t.field({
      type: 'DateTime',
      description: "When its transaction began, by the database's clock.",
      resolve: ({ at }) => at,
    }),
    actor: t.exposeString('actor', { description: 'Who made it.' }),
    source: t.field({ type: ChangeSource, description: 'How it came in.', resolve: ({ source }) => source }),
    message: t.string({
      nullable: true,
      description: 'Why, in the words of who made it.',
      resolve: ({ message }) => message,
    }),
    requestId: t.string({
      nullable: true,
      description: 'The request that made it, as in the logs.',
      resolve: ({ requestId }) => requestId,
    }),
    hash: t.string({
      nullable: true,
      description:
        'SHA-256 over the hash of the revision before, this revision, its time and a digest of what it says. Null for what is older than the chain.',
      resolve: ({ hash }) => hash,
    }),
    eventCount: t.int({
      description: 'How many changes it has; in a stream, how many the filter lets through.',
      resolve: async (changeSet, _, { loaders }) =>
        'events' in changeSet
          ? changeSet.events.length
          : ((await loaders.eventCount.load(changeSet.revision))?.count ?? 0),
    }),
    compacted: t.boolean({
      description: 'Whether it is so old that its changes are not kept any more. Its hash is.',
      resolve: (changeSet) => 'compacted' in changeSet && changeSet.compacted,
    }),
    events: t.field({
      type: [ChangeEvent],
      description:
        'Its changes, in order. A big import has 1,000: ask for them in pages. In a stream, those that the filter lets through.',
      args: {
        first: t.arg.int({
          description: 'At most so many, 1 to 1,000. Left out: 20, and all of them in a stream.',
        }),
        after: t.arg.int({ required: true, defaultValue: -1, description: 'Only those behind this position.' }),
      },
      resolve: async (changeSet, { first, after }, { loaders }): Promise<Change[]> => {
        if (!('events' in changeSet))
          return [...(await loaders.eventsByRevision.load(eventWindow(changeSet.revision, first ?? 20, after)))]
        const behind = changeSet.events.filter(({ position }) => position > after)
        return first == null ? behind : behind.slice(0, first)
      },
    }),
  }),
})

const ChangeSetFilterInput = builder.inputType('ChangeSetFilter', {
  description: 'Which change sets. Every field that is given must hold.',
  fields: (t) => ({
    tool: t.string({ description: 'Only those that touched the tool of this name.' }),
    actor: t.string({ description: 'Only those of this actor.' }),
    source: t.field({ type: ChangeSource, description: 'Only those that came in this way.' }),
    afterRevision: t.field({ type: 'Revision', description: 'Only later ones.' }),
  }),
})

builder.queryField('changeSets', (t) =>
  t.connection({
    type: ChangeSet,
    description: 'The history of the catalog, newest first.',
    args: { filter: t.arg({ type: ChangeSetFilterInput, description: 'Which change sets.' }) },
    resolve: async (_, { filter, ...page }, { reader, loaders }) =>
      mapPage(await listChangeSets(reader, filter ?? {}, page), (revisions) => loadAll(loaders.changeSet, revisions)),
  }),
)
