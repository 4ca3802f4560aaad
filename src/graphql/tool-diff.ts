import { findVersion } from '../catalog/versions.ts'
import { type ClassifiedDifference, classifyDifferences } from '../definition/classify.ts'
import { builder } from './builder.ts'
import { COST } from './cost.ts'

const DifferenceKind = builder.enumType('DifferenceKind', {
  description: 'What a difference is about.',
  values: {
    SPEC: { value: 'spec', description: 'What callers program against: inputs, outputs, what there is.' },
    BEHAVIOUR: { value: 'behaviour', description: 'How it acts: cost, time, policy, scores.' },
    METADATA: { value: 'metadata', description: 'What is said about it.' },
  } as const,
})

const Breaking = builder.enumType('Breaking', {
  description: 'Whether a difference breaks those who used the version before.',
  values: {
    YES: { value: 'yes', description: 'It does.' },
    MAYBE: { value: 'maybe', description: 'It does for some.' },
    NO: { value: 'no', description: 'It does not.' },
  } as const,
})

export const ClassifiedDifferenceRef = builder.objectRef<ClassifiedDifference>('DefinitionDifference').implement({
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
    kind: t.field({ type: DifferenceKind, description: 'What it is about.', resolve: ({ kind }) => kind }),
    breaking: t.field({
      type: Breaking,
      description: 'Whether it breaks those who used the version before.',
      resolve: ({ breaking }) => breaking,
    }),
    reason: t.exposeString('reason', { description: 'Why, in words.' }),
  }),
})

builder.queryField('toolDiff', (t) =>
  t.field({
    type: [ClassifiedDifferenceRef],
    nullable: true,
    extensions: { cost: COST.diff },
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
          return version ? loaders.contents.load(version.id) : null
        }),
      )
      return before && after ? classifyDifferences(before.document, after.document) : null
    },
  }),
)
