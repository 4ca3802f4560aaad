import { InvalidInputError } from '../catalog/errors.ts'
import { PAGE_SIZE } from '../catalog/page.ts'
import { PLANNED_LISTS, type PlannedList } from '../catalog/planned-lists.ts'
import { type IndexFigures, indexFigures, type TableFigures, tableFigures } from '../performance/database-figures.ts'
import { explain } from '../performance/explain.ts'
import { type StatementFigures, slowestStatements } from '../performance/statement-figures.ts'
import { builder } from './builder.ts'
import { COST } from './cost.ts'
import { enumValues } from './enums.ts'
import { PerformanceStatistics } from './performance-statistics.ts'

const IndexStatistics = builder.objectRef<IndexFigures>('IndexStatistics').implement({
  description: 'Use of one index, since the statistics of the database were reset.',
  fields: (t) => ({
    table: t.exposeString('table', { description: 'The table that it is of.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    scans: t.exposeFloat('scans', { description: 'Times that it was used.' }),
    rowsRead: t.exposeFloat('rowsRead', { description: 'Entries that were read from it.' }),
    bytes: t.exposeFloat('bytes', { description: 'Its size.' }),
  }),
})

const StatementStatistics = builder.objectRef<StatementFigures>('StatementStatistics').implement({
  description: 'One statement that this server has sent, without its values, since the figures were reset.',
  fields: (t) => ({
    statement: t.exposeString('statement', { description: 'Its text, cut to 2,000 characters.' }),
    calls: t.exposeFloat('calls', { description: 'Times that it was run.' }),
    meanMs: t.exposeFloat('meanMs', { description: 'How long it took on average, in milliseconds.' }),
    totalMs: t.exposeFloat('totalMs', { description: 'How long it took in all, in milliseconds.' }),
  }),
})

const TableStatistics = builder.objectRef<TableFigures>('TableStatistics').implement({
  description: 'Size of one table, or materialised view.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    rows: t.exposeFloat('rows', { description: 'Rows in it, as the database estimates them.' }),
    bytes: t.exposeFloat('bytes', { description: 'Its size, without its indexes.' }),
    indexBytes: t.exposeFloat('indexBytes', { description: 'Size of its indexes.' }),
    deadRows: t.exposeFloat('deadRows', { description: 'Rows that are no more, and wait for VACUUM.' }),
  }),
})

const LIST_DESCRIPTIONS: Record<PlannedList, string> = {
  toolsByName: 'Tools, by name.',
  toolsByUpdatedAt: 'Tools, by when they were changed.',
  toolsEnabled: 'Tools that are enabled, by name.',
  toolsOfPlatform: 'Tools of the platform `linux`.',
  toolsOfCategory: 'Tools of the category `system`.',
  toolsOfStatus: 'Tools that are active.',
  toolsWithTag: 'Tools with the tag `search`.',
  toolsWithCapability: 'Tools with the capability `text_search`.',
  toolsNameContains: 'Tools with `grep` in their names.',
  searchTools: 'A search for two words.',
  capabilities: 'Capabilities of the latest versions.',
  patterns: 'Patterns of the latest versions.',
  changeSets: 'The history.',
}

const PlannedListEnum = builder.enumType('PlannedList', {
  description: 'A list query, by an example: its first page.',
  values: enumValues(LIST_DESCRIPTIONS),
})

builder.objectFields(PerformanceStatistics, (t) => {
  const first = t.arg.int({ defaultValue: PAGE_SIZE.default, description: `At most so many: 1 to ${PAGE_SIZE.most}.` })
  return {
    indexes: t.field({
      type: [IndexStatistics],
      description: 'Indexes of the database, those that are used most first.',
      args: { first },
      resolve: (_, args, { reader }) => indexFigures(reader, pageSize(args.first)),
    }),
    slowestStatements: t.field({
      type: [StatementStatistics],
      nullable: true,
      description:
        'Statements of this server that take longest on average. Null where the database has no extension pg_stat_statements.',
      args: { first },
      resolve: (_, args, { reader }) => slowestStatements(reader, pageSize(args.first)),
    }),
    tables: t.field({
      type: [TableStatistics],
      description: 'Tables of the database, largest first.',
      resolve: (_, __, { reader }) => tableFigures(reader),
    }),
    planOf: t.string({
      description: 'How the database would run a list query, and how much work it takes that to be: EXPLAIN as text.',
      args: { list: t.arg({ type: PlannedListEnum, required: true, description: 'Which list query.' }) },
      extensions: { cost: COST.list },
      resolve: (_, { list }, { reader }) => explain(reader, PLANNED_LISTS[list]),
    }),
  }
})

/** @throws InvalidInputError */
function pageSize(first: number | null | undefined): number {
  const size = first ?? PAGE_SIZE.default
  if (size < 1 || size > PAGE_SIZE.most)
    throw new InvalidInputError(`first must be between 1 and ${PAGE_SIZE.most}, not ${size}`)
  return size
}
