import { hasRole } from '../auth/viewer.ts'
import { mapPage } from '../catalog/page.ts'
import {
  listReloads,
  type ReloadCount,
  type ReloadRow,
  type ReloadStatistics,
  reloadRows,
  reloadStatistics,
} from '../catalog/reload-history.ts'
import type {
  ReloadOutcome as OutcomeWord,
  ReloadProblem,
  ReloadTrigger as TriggerWord,
} from '../catalog/reload-log.ts'
import { builder } from './builder.ts'
import { enumValues } from './enums.ts'
import { ProblemSeverity } from './validation.ts'

const TRIGGER_DESCRIPTIONS: Record<TriggerWord, string> = {
  api: 'A mutation changed the catalog: its write is the reload.',
  manual: 'Somebody asked for it, with `reloadCatalog` or `tool-catalog reload`.',
  file_watch: 'A file of the watched folder was saved, renamed or deleted.',
  schedule: 'It was time.',
  webhook: 'A signed call of /hooks/reload.',
  startup: 'A server started.',
}
const ReloadTrigger = builder.enumType('ReloadTrigger', {
  description: 'What asked for a reload.',
  values: enumValues(TRIGGER_DESCRIPTIONS),
})

const OUTCOME_DESCRIPTIONS: Record<OutcomeWord, string> = {
  succeeded: 'The catalog changed: there is a new revision.',
  unchanged: 'There was nothing new.',
  failed: 'Nothing was changed: the last good catalog is served.',
}
const ReloadOutcome = builder.enumType('ReloadOutcome', {
  description: 'What came of a reload.',
  values: enumValues(OUTCOME_DESCRIPTIONS),
})

export const ReloadProblemRef = builder.objectRef<ReloadProblem>('ReloadProblem').implement({
  description: 'One thing that is wrong with a file of the folder.',
  fields: (t) => ({
    file: t.exposeString('file', { description: 'The file, by its path in the folder.' }),
    line: t.exposeInt('line', { description: 'Line, from 1.' }),
    column: t.exposeInt('column', { description: 'Column, from 1.' }),
    severity: t.field({ type: ProblemSeverity, description: 'How bad it is.', resolve: ({ severity }) => severity }),
    code: t.exposeString('code', {
      description: 'Stable and machine-readable, for example `pattern.complexity_score`.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, in words.' }),
    path: t.exposeString('path', { description: 'Which field, dotted through names; empty for the whole file.' }),
  }),
})

export const Reload = builder.objectRef<ReloadRow>('Reload')

builder.node(Reload, {
  description: 'An attempt to bring the served catalog up to date, whatever asked for it.',
  id: { resolve: ({ id }) => id },
  loadManyWithoutCache: (ids, { reader }) =>
    reloadRows(
      reader,
      ids.map((id) => (/^\d{1,18}$/.test(id) ? id : '0')),
    ),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'trigger' in value,
  fields: (t) => ({
    trigger: t.field({ type: ReloadTrigger, description: 'What asked for it.', resolve: ({ trigger }) => trigger }),
    outcome: t.field({ type: ReloadOutcome, description: 'What came of it.', resolve: ({ outcome }) => outcome }),
    startedAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: ({ startedAt }) => startedAt }),
    durationMs: t.exposeFloat('durationMs', { description: 'How long it took, in milliseconds.' }),
    actor: t.exposeString('actor', { description: 'Who asked for it; `system` for what happens by itself.' }),
    tool: t.string({
      nullable: true,
      description: 'The one tool that was asked for; null for the whole folder.',
      resolve: ({ tool }) => tool,
    }),
    message: t.string({
      nullable: true,
      description: 'Why, in the words of who asked for it.',
      resolve: ({ message }) => message,
    }),
    requestId: t.string({
      nullable: true,
      description: 'The request that asked for it, as in the logs.',
      resolve: ({ requestId }) => requestId,
    }),
    revision: t.field({
      type: 'Revision',
      nullable: true,
      description: 'The revision that it made; null when it made none.',
      resolve: ({ revision }) => revision,
    }),
    files: t.exposeInt('files', { description: 'Definition files that were looked at.' }),
    created: t.exposeInt('created', {
      description: 'Tools that came with it. 0 for a mutation, whose changes say it.',
    }),
    updated: t.exposeInt('updated', { description: 'Files that changed a tool. 0 for a mutation.' }),
    deleted: t.exposeInt('deleted', { description: 'Tools that went with their files. 0 for a mutation.' }),
    unchanged: t.exposeInt('unchanged', { description: 'Files that had nothing new.' }),
    error: t.string({ nullable: true, description: 'Why it failed.', resolve: ({ error }) => error }),
    problems: t.field({
      type: [ReloadProblemRef],
      description: 'What is wrong with which file: errors first, then warnings about what is new; at most 500.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})

const ReloadFilter = builder.inputType('ReloadFilter', {
  description: 'Which reloads. Every field that is given must hold.',
  fields: (t) => ({
    trigger: t.field({ type: ReloadTrigger, description: 'Only those that this asked for.' }),
    outcome: t.field({ type: ReloadOutcome, description: 'Only those that ended so.' }),
    tool: t.string({ description: 'Only those that were about the tool of this name, or changed it.' }),
    from: t.field({ type: 'DateTime', description: 'Only those that began then or later.' }),
  }),
})

builder.queryField('reloads', (t) =>
  t.connection({
    type: Reload,
    description: 'The history of reloads, newest first: the last 100,000.',
    args: { filter: t.arg({ type: ReloadFilter, description: 'Which reloads.' }) },
    resolve: async (_, { filter, ...page }, { reader }) =>
      mapPage(await listReloads(reader, filter ?? {}, page), async (ids) => present(await reloadRows(reader, ids))),
  }),
)

/** A list of the same snapshot has named them: each is there. */
function present(rows: readonly (ReloadRow | null)[]): ReloadRow[] {
  return rows.map((row) => {
    if (!row) throw new Error('No row for a reload that a list of the same snapshot named')
    return row
  })
}

builder.subscriptionField('reloads', (t) =>
  t.field({
    type: Reload,
    description:
      'Reloads as they end, from now on, on every replica. What was missed while the connection was away is in the query of this name.',
    args: { filter: t.arg({ type: ReloadFilter, description: 'Which reloads.' }) },
    subscribe: (_, { filter }, { reloading, viewer }) =>
      reloading.feed.listen(filter ?? {}, hasRole(viewer, 'editor') ? 'everything' : 'published'),
    resolve: (reload) => reload,
  }),
)

const ReloadCountRef = builder.objectRef<ReloadCount>('ReloadCount').implement({
  description: 'How many reloads of one kind there were.',
  fields: (t) => ({
    trigger: t.field({ type: ReloadTrigger, description: 'What asked for them.', resolve: ({ trigger }) => trigger }),
    outcome: t.field({ type: ReloadOutcome, description: 'What came of them.', resolve: ({ outcome }) => outcome }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

const percentile = (percent: number) =>
  `${percent} % of them took at most so long, in milliseconds; null when there are none.`

const ReloadStatisticsRef = builder.objectRef<ReloadStatistics>('ReloadStatistics').implement({
  description: 'Reloads in numbers, over what the history keeps. A restart forgets nothing.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Reloads.' }),
    successRate: t.float({
      nullable: true,
      description: 'Share of them that did not fail, from 0 to 1; null when there are none.',
      resolve: ({ successRate }) => successRate,
    }),
    p50Ms: t.float({ nullable: true, description: percentile(50), resolve: ({ p50Ms }) => p50Ms }),
    p95Ms: t.float({ nullable: true, description: percentile(95), resolve: ({ p95Ms }) => p95Ms }),
    p99Ms: t.float({ nullable: true, description: percentile(99), resolve: ({ p99Ms }) => p99Ms }),
    lastSuccessAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last one began that did not fail.',
      resolve: ({ lastSuccessAt }) => lastSuccessAt,
    }),
    lastFailureAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last one began that failed.',
      resolve: ({ lastFailureAt }) => lastFailureAt,
    }),
    counts: t.field({
      type: [ReloadCountRef],
      description: 'How many there were of each trigger and outcome.',
      resolve: ({ counts }) => [...counts],
    }),
  }),
})

builder.queryField('reloadStatistics', (t) =>
  t.field({
    type: ReloadStatisticsRef,
    description: 'Reloads in numbers.',
    args: { from: t.arg({ type: 'DateTime', description: 'Only those that began then or later.' }) },
    resolve: (_, { from }, { reader }) => reloadStatistics(reader, from),
  }),
)
