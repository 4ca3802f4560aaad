import { type CatalogStatistics, catalogStatistics, type NamedCount } from '../catalog/statistics.ts'
import { builder } from './builder.ts'
import { COST } from './cost.ts'
import { ToolStatus } from './enums.ts'

const NamedCountRef = builder.objectRef<NamedCount>('NamedCount').implement({
  description: 'How many there are of one kind.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The kind.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

const StatusCount = builder.objectRef<CatalogStatistics['toolsByStatus'][number]>('StatusCount').implement({
  description: 'How many there are of one status.',
  fields: (t) => ({
    status: t.field({ type: ToolStatus, description: 'The status.', resolve: ({ name }) => name }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

const Statistics = builder.objectRef<CatalogStatistics>('CatalogStatistics').implement({
  description:
    'What the catalog holds. Tools that are deleted do not count; capabilities and patterns are those of the latest versions.',
  fields: (t) => ({
    revision: t.field({
      type: 'Revision',
      description:
        'The revision that the figures are of: soon after a change, one before `extensions.revision` of the answer.',
      resolve: ({ revision }) => revision,
    }),
    computedAt: t.field({
      type: 'DateTime',
      description: 'When they were counted. They hold until the next revision, however long ago that was.',
      resolve: ({ computedAt }) => computedAt,
    }),
    tools: t.exposeInt('tools', { description: 'Tools.' }),
    enabledTools: t.exposeInt('enabledTools', { description: 'Tools that are enabled.' }),
    versions: t.exposeInt('versions', { description: 'Versions, drafts included.' }),
    capabilities: t.exposeInt('capabilities', { description: 'Capabilities.' }),
    patterns: t.exposeInt('patterns', { description: 'Patterns.' }),
    productionSafePatterns: t.exposeInt('productionSafePatterns', {
      description: 'Patterns that are production safe.',
    }),
    patternsRequiringApproval: t.exposeInt('patternsRequiringApproval', {
      description: 'Patterns that require approval.',
    }),
    toolsByPlatform: t.field({
      type: [NamedCountRef],
      description: 'Tools of each platform, most first.',
      resolve: ({ toolsByPlatform }) => [...toolsByPlatform],
    }),
    toolsByCategory: t.field({
      type: [NamedCountRef],
      description: 'Tools of each category, most first.',
      resolve: ({ toolsByCategory }) => [...toolsByCategory],
    }),
    toolsByStatus: t.field({
      type: [StatusCount],
      description: 'Tools of each status, most first.',
      resolve: ({ toolsByStatus }) => [...toolsByStatus],
    }),
  }),
})

builder.queryField('catalogStatistics', (t) =>
  t.field({
    type: Statistics,
    description:
      'What the catalog holds, in numbers. They are counted a second or two behind each change, and never more than 10 s behind: see `revision`.',
    args: {
      exact: t.arg.boolean({
        defaultValue: false,
        description: 'Count now, when there are no figures of this revision yet. Costs more than reading them.',
      }),
    },
    extensions: { cost: COST.list },
    resolve: async (_, { exact }, context) => {
      const { reader } = context
      const statistics = await catalogStatistics(reader, { exact: exact ?? false })
      // What the answer says changes without a revision.
      if (statistics.revision !== (await reader.revision())) context.isCacheable = false
      return statistics
    },
  }),
)
