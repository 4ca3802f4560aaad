import { findVersion } from '../catalog/versions.ts'
import { type Difference, diffDocuments } from '../definition/diff.ts'
import { builder } from './builder.ts'

const DifferenceRef = builder.objectRef<Difference>('DefinitionDifference').implement({
  description: 'One difference between two definitions.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'Where, through names: `capabilities.text_search.patterns.search_files.scope`.',
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Value before; null for an addition.',
      resolve: ({ before }) => before ?? null,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Value after; null for a removal.',
      resolve: ({ after }) => after ?? null,
    }),
  }),
})

builder.queryField('toolDiff', (t) =>
  t.field({
    type: [DifferenceRef],
    nullable: true,
    description: 'What changed between two versions of a tool. Null when the tool or one of the versions is not there.',
    args: {
      tool: t.arg.string({ required: true, description: 'Name of the tool, compared case-insensitively.' }),
      from: t.arg.string({ required: true, description: 'Version before.' }),
      to: t.arg.string({ required: true, description: 'Version after.' }),
    },
    resolve: async (_, { tool, from, to }, { loaders }) => {
      const row = await loaders.toolByName.load(tool.toLowerCase())
      const [before, after] = await Promise.all(
        [from, to].map(async (wanted) => {
          const version = row && (await findVersion(loaders, row.id, wanted))
          return version ? loaders.definition.load(version.id) : null
        }),
      )
      return before && after ? diffDocuments(before.definition, after.definition) : null
    },
  }),
)
