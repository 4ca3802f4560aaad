import { isInterfaceType } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { startTestApp } from '../support/app.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { type Ask, type Asker, askersOf } from './asking.ts'
import { besideApp, publish, reloadOfDraft, writeDrafts } from './hidden.ts'

const READERS = ['anonymous', 'reader'] as const
const EDITORS = ['editor', 'admin'] as const

let ask: Record<Asker, Ask>
/** Global ids of what readers may not see, by type and by what it is. */
let hidden: Record<string, Record<string, string>>
/** Revision of a change set that has something for readers, and something that is not. */
let mixed: string
beforeAll(async () => {
  const app = await startTestApp()
  ask = await askersOf(app)
  const database = await besideApp(app.config)
  await publish(database)
  await writeDrafts(database)
  const { data } = (await ask.editor('{ changeSets(first: 1, filter: { actor: "key:drafter" }) { nodes { id } } }'))
    .body
  await importAll(database, [aDefinition({ tool_name: 'gone' }), aDefinition({ tool_name: 'gone', version: '2.0.0' })])
  hidden = { ChangeSet: { 'a change set of drafts': data.changeSets.nodes[0].id } }
  hidden.Reload = { 'a change of drafts through the API': await reloadOfDraft(ask.editor) }
  await remember('a draft', 'grep', '2.0.0')
  await remember('a tool that is nothing but a draft', 'hush', '1.0.0')
  await remember('a deleted tool', 'gone', '1.0.0')
  await ask.admin('mutation { deleteTool(input: { tool: "gone" }) { __typename } }')
  const batch = [
    aDefinition({ tool_name: 'half', status: 'draft', version: '2.0.0' }),
    aDefinition({ tool_name: 'half' }),
  ]
  mixed = (await importAll(database, batch)).revisions[0] ?? ''
})

/** What there is of one version, as an editor sees it. */
async function remember(what: string, name: string, version: string): Promise<void> {
  const { data } = (
    await ask.editor(
      'query ($name: String!, $version: String!) { shown: tool(name: $name, version: $version) { id version { id capabilities { id patterns { id } } } } plain: tool(name: $name) { id } }',
      { name, version },
    )
  ).body
  const { shown, plain } = data
  const [capability] = shown.version.capabilities
  const ids = {
    Tool: shown.id,
    ToolVersion: shown.version.id,
    Capability: capability.id,
    Pattern: capability.patterns[0].id,
  }
  for (const [type, id] of Object.entries(ids)) hidden[type] = { ...hidden[type], [what]: id }
  if (name !== 'grep') hidden.Tool = { ...hidden.Tool, [`${what}, without a version`]: plain.id }
}

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')
const absentId = (type: string) =>
  globalId(type, ['ChangeSet', 'Reload'].includes(type) ? '999999' : '00000000-0000-4000-8000-000000000000')

/** Types that `node` finds. */
const node = schema.getType('Node')
const NODES = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : []

describe('by its global id', () => {
  const NODE = 'query ($id: ID!) { node(id: $id) { __typename id } }'

  test('there is something of every type that readers may not see', () => {
    expect(Object.keys(hidden).sort()).toEqual([...NODES].sort())
    expect(NODES.length).toBeGreaterThan(4)
  })

  test.each(NODES)('a reader is told of a hidden %s exactly what is told of one that is not there', async (type) => {
    for (const [what, id] of Object.entries(hidden[type] ?? {})) {
      for (const reader of READERS) {
        const absent = await ask[reader](NODE, { id: absentId(type) })
        expect(absent.body.data).toEqual({ node: null })
        expect(await ask[reader](NODE, { id }), what).toEqual(absent)
        const both = await ask[reader]('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
          ids: [id, absentId(type)],
        })
        expect(both.body, what).toEqual({ ...absent.body, data: { nodes: [null, null] } })
      }
      for (const editor of EDITORS)
        expect((await ask[editor](NODE, { id })).body.data, what).toEqual({ node: { __typename: type, id } })
    }
  })
})

/** What is asked for, with a place for what readers may not see, and for what is not there. */
const PAIRS: readonly [query: string, hidden: object, absent: object][] = [
  ['($tool: String!) { tool(name: $tool) { id } }', { tool: 'hush' }, { tool: 'absent' }],
  ['($version: String) { tool(name: "grep", version: $version) { id } }', { version: '2.0.0' }, { version: '9.9.9' }],
  [
    '($version: String) { tool(name: "grep") { version(version: $version) { id } } }',
    { version: '2.0.0' },
    { version: '9.9.9' },
  ],
  ['($tool: String!) { toolVersions(tool: $tool) { totalCount nodes { id } } }', { tool: 'hush' }, { tool: 'absent' }],
  [
    '($version: String) { capability(tool: "grep", name: "text_search", version: $version) { id } }',
    { version: '2.0.0' },
    { version: '9.9.9' },
  ],
  [
    '($tool: String!) { capability(tool: $tool, name: "text_search", version: "1.0.0") { id } }',
    { tool: 'hush' },
    { tool: 'absent' },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount edges { cursor node { id } } pageInfo { endCursor hasNextPage } } }',
    { filter: { nameContains: 'hush' } },
    { filter: { nameContains: 'absent' } },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount nodes { id } } }',
    { filter: { platform: 'secret-platform' } },
    { filter: { platform: 'absent' } },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount nodes { id } } }',
    { filter: { category: 'secret-category' } },
    { filter: { category: 'absent' } },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount nodes { id } } }',
    { filter: { tag: 'secret-tag' } },
    { filter: { tag: 'absent' } },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount nodes { id } } }',
    { filter: { capability: 'secret_capability' } },
    { filter: { capability: 'absent' } },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount nodes { id } } }',
    { filter: { status: 'DRAFT' } },
    { filter: { status: 'DISABLED' } },
  ],
  [
    '($filter: ToolFilter) { tools(filter: $filter) { totalCount nodes { id } } }',
    { filter: { deleted: true } },
    { filter: { platform: 'absent' } },
  ],
  [
    '($filter: ToolFilter) { searchTools(query: "lines", filter: $filter) { totalCount nodes { score tool { id } } } }',
    { filter: { deleted: true } },
    { filter: { platform: 'absent' } },
  ],
  [
    '($query: String!) { searchTools(query: $query) { totalCount nodes { score tool { id } } } }',
    { query: 'zymurgy' },
    { query: 'absently' },
  ],
  [
    '($query: String!) { searchTools(query: $query) { totalCount nodes { score tool { id } } } }',
    { query: 'hush' },
    { query: 'absently' },
  ],
  [
    '($tool: String) { exportTools(tool: $tool, versions: ALL) { text count endCursor hasNextPage } }',
    { tool: 'hush' },
    { tool: 'absent' },
  ],
  ['($to: String!) { toolDiff(tool: "grep", from: "1.0.0", to: $to) { path } }', { to: '2.0.0' }, { to: '9.9.9' }],
  [
    '($tool: String!) { toolDiff(tool: $tool, from: "1.0.0", to: "1.0.0") { path } }',
    { tool: 'hush' },
    { tool: 'absent' },
  ],
  [
    '($filter: ChangeSetFilter) { changeSets(filter: $filter) { totalCount nodes { id } } }',
    { filter: { tool: 'hush' } },
    { filter: { tool: 'absent' } },
  ],
  [
    '($filter: ChangeSetFilter) { changeSets(filter: $filter) { totalCount nodes { id } } }',
    { filter: { actor: 'key:drafter', source: 'API' } },
    { filter: { actor: 'absent' } },
  ],
  [
    '($tool: String!) { executionStatistics(tool: $tool, capability: "text_search", pattern: "search_files") { count } }',
    { tool: 'hush' },
    { tool: 'absent' },
  ],
  [
    '($version: String) { executionStatistics(tool: "grep", capability: "text_search", pattern: "search_files", version: $version) { count } }',
    { version: '2.0.0' },
    { version: '9.9.9' },
  ],
  [
    '($name: String!) { executionStatistics(tool: "grep", capability: $name, pattern: "secret_pattern") { count } }',
    { name: 'secret_capability' },
    { name: 'absent' },
  ],
]

describe('by what it is called', () => {
  test.each(PAIRS)('%s of %o is to a reader as of %o', async (query, wanted, other) => {
    for (const reader of READERS) {
      const absent = await ask[reader](`query ${query}`, other)
      expect(absent.body.errors).toBeUndefined()
      expect(await ask[reader](`query ${query}`, wanted)).toEqual(absent)
    }
    for (const editor of EDITORS) {
      const told = await ask[editor](`query ${query}`, wanted)
      expect(told.body.errors).toBeUndefined()
      // It can be seen at all, or the comparison would prove nothing.
      expect(told.body.data).not.toEqual((await ask[editor](`query ${query}`, other)).body.data)
    }
  })

  test.each([
    'tool(name: $tool) { id }',
    'toolVersions(tool: $tool) { totalCount }',
    'capability(tool: $tool, name: "text_search") { id }',
    'capabilities(filter: { tool: $tool }) { totalCount }',
    'patterns(filter: { tool: $tool }) { totalCount }',
    'exportTools(tool: $tool, versions: ALL) { count }',
    'toolDiff(tool: $tool, from: "1.0.0", to: "2.0.0") { path }',
    'executionStatistics(tool: $tool, capability: "text_search", pattern: "search_files") { count }',
  ])('%s of a deleted tool is to everybody as of one that is not there', async (field) => {
    for (const asker of [...READERS, ...EDITORS]) {
      const query = `query ($tool: ${field.startsWith('exp') ? 'String' : 'String!'}) { ${field} }`
      const absent = await ask[asker](query, { tool: 'absent' })
      expect(absent.body.errors).toBeUndefined()
      expect(await ask[asker](query, { tool: 'gone' })).toEqual(absent)
    }
  })
})

test('of a change set that has drafts and more, readers see the rest', async () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on ChangeSet { revision events { kind version } } } }`
  const variables = { id: globalId('ChangeSet', mixed) }
  const published = { kind: 'VersionPublished', version: '1.0.0' }
  for (const [asker, count] of [
    ['anonymous', 1],
    ['reader', 1],
    ['editor', 2],
    ['admin', 2],
  ] as const) {
    const { data } = (await ask[asker](query, variables)).body
    expect(data.node.revision).toBe(mixed)
    expect(data.node.events).toHaveLength(count)
    expect(data.node.events.at(-1).version).toBe(published.version)
  }
})
