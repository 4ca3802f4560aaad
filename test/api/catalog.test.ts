import { beforeAll, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { startTestApp } from '../support/app.ts'
import { execute, expectData, expectError } from '../support/client.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'

let url: string
let config: Config
beforeAll(async () => {
  const app = await startTestApp()
  url = app.url
  config = app.config
  const lsof = aPattern({ typical_use_cases: ['which process uses port 443'] })
  await seed(config, [
    aDefinition(),
    aDefinition({
      tool_name: 'lsof',
      description: 'List open files.',
      capabilities: { socket_inspection: { description: 'See sockets.', patterns: { find_by_port: lsof } } },
    }),
  ])
})

test('a search says which tools match a phrase, best first, and why', async () => {
  const data = await expectData(
    url,
    '{ searchTools(query: "who is using port 443") { totalCount nodes { tool { name } score matches { word field kind text } } } }',
  )
  expect(data.searchTools.totalCount).toBe(1)
  expect(data.searchTools.nodes[0]).toMatchObject({
    tool: { name: 'lsof' },
    matches: [
      { word: 'port', field: 'USE_CASE', kind: 'WORD', text: 'which process uses port 443' },
      { word: '443', field: 'USE_CASE', kind: 'WORD', text: 'which process uses port 443' },
    ],
  })
})

test('a misspelt search finds what was meant, and says that it guessed', async () => {
  const data = await expectData(url, '{ searchTools(query: "grpe") { nodes { tool { name } matches { kind } } } }')
  expect(data.searchTools.nodes).toEqual([{ tool: { name: 'grep' }, matches: [{ kind: 'SIMILAR' }] }])
})

test('an empty or endless search is refused', async () => {
  await expectError(url, '{ searchTools(query: "  ") { totalCount } }', 'BAD_USER_INPUT')
  await expectError(url, 'query ($q: String!) { searchTools(query: $q) { totalCount } }', 'BAD_USER_INPUT', {
    q: 'x'.repeat(10_000),
  })
})

test('capabilities and patterns of latest versions are listed by name', async () => {
  const data = await expectData(
    url,
    `{ capabilities { totalCount nodes { name version { tool { name } } } } one: capabilities(filter: { name: "TEXT_SEARCH" }) { totalCount }
       capability(tool: "lsof", name: "Socket_Inspection") { description patterns { name } }
       patterns(filter: { productionSafe: true, tool: "lsof" }) { nodes { name capability { name } } }
       none: patterns(filter: { requiresApproval: true }) { totalCount } }`,
  )
  expect(data).toEqual({
    capabilities: {
      totalCount: 2,
      nodes: [
        { name: 'socket_inspection', version: { tool: { name: 'lsof' } } },
        { name: 'text_search', version: { tool: { name: 'grep' } } },
      ],
    },
    one: { totalCount: 1 },
    capability: { description: 'See sockets.', patterns: [{ name: 'find_by_port' }] },
    patterns: { nodes: [{ name: 'find_by_port', capability: { name: 'socket_inspection' } }] },
    none: { totalCount: 0 },
  })
})

test('the catalog counts what it holds', async () => {
  const data = await expectData(
    url,
    '{ catalogStatistics(exact: true) { tools enabledTools versions capabilities patterns productionSafePatterns toolsByPlatform { name count } } }',
  )
  expect(data.catalogStatistics).toEqual({
    tools: 2,
    enabledTools: 2,
    versions: 2,
    capabilities: 2,
    patterns: 2,
    productionSafePatterns: 2,
    toolsByPlatform: [{ name: 'linux', count: 2 }],
  })
})

test('every change is in the history, whole, with who and how', async () => {
  const data = await expectData(
    url,
    '{ changeSets(filter: { tool: "lsof" }) { nodes { revision actor source events { kind toolName version before after } } } }',
  )
  expect(data.changeSets.nodes).toHaveLength(1)
  expect(data.changeSets.nodes[0]).toMatchObject({ revision: '1', actor: 'tester', source: 'IMPORT' })
  expect(data.changeSets.nodes[0].events[1]).toMatchObject({
    kind: 'TOOL_CREATED',
    toolName: 'lsof',
    version: '1.0.0',
    before: null,
    after: { tool_name: 'lsof' },
  })
})

test('every answer says the revision it was read at, in its body and in a header', async () => {
  const before = await execute(url, '{ __typename }')
  await seed(config, [aDefinition({ tool_name: 'new-one' })])
  // Another process has written: whoever knows of it says so.
  const headers = { 'x-catalog-min-revision': '2' }
  const after = await execute(url, '{ tool(name: "new-one") { revision } }', {}, headers)
  expect(before.extensions?.revision).toBe('1')
  expect(after.extensions?.revision).toBe('2')
  expect(after.headers.get('x-catalog-revision')).toBe('2')
  expect(after.data.tool.revision).toBe('2')
})

test('definitions can be exported page by page and checked without storing them', async () => {
  const query =
    'query ($after: String) { exportTools(first: 1, after: $after, format: JSON) { text count hasNextPage endCursor } }'
  const first = (await expectData(url, query)).exportTools
  expect(JSON.parse(first.text)).toEqual(aDefinition())
  expect(first).toMatchObject({ count: 1, hasNextPage: true })
  const second = (await expectData(url, query, { after: first.endCursor })).exportTools
  expect(JSON.parse(second.text).tool_name).toBe('lsof')
  const check =
    'query ($text: String!) { validateDefinition(text: $text) { valid digest problems { line column severity code message } } }'
  const good = (await expectData(url, check, { text: first.text })).validateDefinition
  expect(good).toMatchObject({ valid: true, problems: [] })
  const { tool } = await expectData(url, '{ tool(name: "grep") { latest { digest } } }')
  expect(good.digest).toBe(tool.latest.digest)
  const bad = (
    await expectData(url, check, { text: 'tool_name: x\nversion: "1"\nplatform: linux\ncategory: system\n' })
  ).validateDefinition
  expect(bad).toEqual({
    valid: false,
    digest: null,
    problems: [{ line: 1, column: 1, severity: 'ERROR', code: 'definition.description', message: 'is required' }],
  })
})
