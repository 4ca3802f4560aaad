import { slicePage } from '../catalog/page.ts'
import type { Match } from '../catalog/ranking.ts'
import { type SearchHit, searchTools } from '../catalog/search.ts'
import { builder } from './builder.ts'
import { Tool, toolsOfIds } from './tool.ts'
import { ToolFilterInput } from './tool-filter.ts'

const MatchFieldEnum = builder.enumType('SearchField', {
  description: 'Where a search looks.',
  values: {
    NAME: { value: 'name', description: "The tool's name." },
    CAPABILITY: { value: 'capability', description: 'The name of a capability.' },
    TAG: { value: 'tag', description: 'A tag, the platform or the category.' },
    USE_CASE: { value: 'use_case', description: 'A typical use case of a pattern.' },
    DESCRIPTION: { value: 'description', description: "The tool's description." },
  } as const,
})

const MatchKindEnum = builder.enumType('SearchMatchKind', {
  description: 'How well a word matched.',
  values: {
    EXACT: { value: 'exact', description: 'The text is the word.' },
    WORD: { value: 'word', description: 'The word stands in the text, perhaps with another ending.' },
    PREFIX: { value: 'prefix', description: 'A word of the text starts with it.' },
    SIMILAR: { value: 'similar', description: 'The text has a word that is spelt alike.' },
  } as const,
})

const SearchMatch = builder.objectRef<Match>('SearchMatch').implement({
  description: 'Why a tool was found.',
  fields: (t) => ({
    word: t.exposeString('word', { description: 'Word of the query.' }),
    field: t.field({ type: MatchFieldEnum, description: 'Where it matched.', resolve: ({ field }) => field }),
    kind: t.field({ type: MatchKindEnum, description: 'How well it matched.', resolve: ({ kind }) => kind }),
    text: t.exposeString('text', { description: 'The text that matched.' }),
  }),
})

const SearchResult = builder.objectRef<SearchHit>('SearchResult').implement({
  description: 'One tool that a search found.',
  fields: (t) => ({
    tool: t.field({
      type: Tool,
      nullable: true,
      description: 'The tool.',
      resolve: async ({ toolId }, _, context) => (await toolsOfIds([toolId], context))[0] ?? null,
    }),
    score: t.exposeFloat('score', { description: 'Higher is better; comparable within one answer only.' }),
    matches: t.field({
      type: [SearchMatch],
      description: 'What matched, best first.',
      resolve: ({ matches }) => [...matches],
    }),
  }),
})

const RANK_ORDER = { name: 'search', columns: [{ sql: 'id', type: 'uuid' }], descending: true } as const

builder.queryField('searchTools', (t) =>
  t.connection({
    type: SearchResult,
    description:
      'Tools for a phrase, best first: over names, tags, capabilities, use cases and descriptions, in any word order, forgiving misspelt words. At most 200, ranked anew for every page.',
    args: {
      query: t.arg.string({
        required: true,
        description: 'What is looked for, in plain words; at most 200 characters, none of them special.',
      }),
      filter: t.arg({ type: ToolFilterInput, description: 'Which tools to look among; enabled ones by default.' }),
    },
    resolve: async (_, { query, filter, ...page }, { reader }) =>
      slicePage(await searchTools(reader, query, filter ?? {}), page, RANK_ORDER, ({ toolId }) => toolId),
  }),
)
