import { type ExportFilter, exportText, listExport, loadExport } from '../catalog/export.ts'
import type { Format } from '../definition/serialise.ts'
import { builder } from './builder.ts'
import { COST } from './cost.ts'
import { DefinitionFormat } from './enums.ts'

interface ExportPage {
  readonly text: string
  readonly count: number
  readonly endCursor: string | null
  readonly hasNextPage: boolean
}

const ExportPageRef = builder.objectRef<ExportPage>('ExportPage').implement({
  description: 'Some definitions as one text, and where the rest starts.',
  fields: (t) => ({
    text: t.exposeString('text', {
      description: 'The definitions, ready to be imported: YAML documents, or one JSON document per line.',
    }),
    count: t.exposeInt('count', { description: 'How many definitions the text holds.' }),
    endCursor: t.string({
      nullable: true,
      description: 'Give this as `after` for the next ones.',
      resolve: ({ endCursor }) => endCursor,
    }),
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether there are more.' }),
  }),
})

const ExportVersions = builder.enumType('ExportVersions', {
  description: 'Which versions of a tool to export.',
  values: {
    LATEST: { value: 'latest', description: 'Only the one it serves by default.' },
    ALL: { value: 'all', description: 'Every one, drafts included.' },
  } as const,
})

builder.queryField('exportTools', (t) =>
  t.field({
    type: ExportPageRef,
    extensions: { cost: COST.export },
    description: 'Definitions as text that can be imported again, by tool name, disabled tools included.',
    args: {
      tool: t.arg.string({ description: 'Only this tool, compared case-insensitively.' }),
      platform: t.arg.string({ description: 'Only tools of this platform.' }),
      versions: t.arg({ type: ExportVersions, required: true, defaultValue: 'latest', description: 'Which versions.' }),
      format: t.arg({
        type: DefinitionFormat,
        required: true,
        defaultValue: 'yaml',
        description: 'How to write them.',
      }),
      first: t.arg.int({ description: 'At most so many definitions: 1 to 100, 20 when left out.' }),
      after: t.arg.string({ description: 'Continue behind this cursor.' }),
    },
    resolve: async (_, { format, first, after, ...filter }, { reader }) =>
      exportPage(reader, filter, format, { first, after }),
  }),
)

async function exportPage(
  reader: Parameters<typeof listExport>[0],
  filter: ExportFilter,
  format: Format,
  page: Parameters<typeof listExport>[2],
): Promise<ExportPage> {
  const { edges, pageInfo } = await listExport(reader, filter, page)
  const definitions = await loadExport(
    reader,
    edges.map(({ node }) => node),
  )
  return {
    text: exportText(definitions, format),
    count: definitions.length,
    endCursor: pageInfo.endCursor,
    hasNextPage: pageInfo.hasNextPage,
  }
}
