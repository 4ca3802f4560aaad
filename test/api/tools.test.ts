import { beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { expectData, expectError } from '../support/client.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'

let url: string
beforeAll(async () => {
  const app = await startTestApp()
  url = app.url
  const patterns = {
    search_files: aPattern(),
    replace_files: aPattern({ policy: { requires_approval: true, production_safe: false } }),
  }
  await seed(app.config, [
    aDefinition(),
    aDefinition({ version: '1.10.0', description: 'Newer.' }),
    aDefinition({ version: '1.9.0', description: 'Older.' }),
    aDefinition({ tool_name: 'sed', capabilities: { text_transformation: { description: 'Edit text.', patterns } } }),
    aDefinition({
      tool_name: 'Get-Service',
      platform: 'Windows',
      metadata: { tags: ['Services'] },
      owner: { team: 'ops' },
    }),
    aDefinition({ tool_name: 'old-tool', enabled: false }),
  ])
})

test('a tool is found by name in any case, with everything nested in it', async () => {
  const data = await expectData(
    url,
    `{ tool(name: "GREP") { name platform status enabled tags productionSafe requiresApproval
       latest { version capabilities { name patterns {
         name timeEstimateMs complexityScore policy { maxCost productionSafe } preferenceMatch { speed }
         requiredInputs { name type } expectedOutputs { name } } } } } }`,
  )
  expect(data.tool).toEqual({
    name: 'grep',
    platform: 'linux',
    status: 'ACTIVE',
    enabled: true,
    tags: ['search', 'regex'],
    productionSafe: true,
    requiresApproval: false,
    latest: {
      version: '1.10.0',
      capabilities: [
        {
          name: 'text_search',
          patterns: [
            {
              name: 'search_files',
              timeEstimateMs: '50 + 0.5 * file_size_kb',
              complexityScore: 0.2,
              policy: { maxCost: 5, productionSafe: true },
              preferenceMatch: { speed: 0.9 },
              requiredInputs: [{ name: 'pattern', type: 'string' }],
              expectedOutputs: [{ name: 'lines' }],
            },
          ],
        },
      ],
    },
  })
})

test('a tool or a version that is not there is null, not an error', async () => {
  const data = await expectData(
    url,
    '{ a: tool(name: "nope") { name } b: tool(name: "grep", version: "9") { name } c: toolVersions(tool: "nope") { totalCount } d: capability(tool: "grep", name: "nope") { name } }',
  )
  expect(data).toEqual({ a: null, b: null, c: null, d: null })
})

test('a tool asked for at a version is shown as of that version, under an id of its own', async () => {
  const data = await expectData(
    url,
    '{ latest: tool(name: "grep") { id description } pinned: tool(name: "grep", version: "1.0.0") { id description version { version } latest { version } } }',
  )
  expect(data.latest.description).toBe('Newer.')
  expect(data.pinned).toMatchObject({
    description: 'Print lines that match a pattern.',
    version: { version: '1.0.0' },
    latest: { version: '1.10.0' },
  })
  expect(data.pinned.id).not.toBe(data.latest.id)
  const again = await expectData(
    url,
    'query ($id: ID!) { node(id: $id) { ... on Tool { description version { version } } } }',
    { id: data.pinned.id },
  )
  expect(again.node).toEqual({ description: 'Print lines that match a pattern.', version: { version: '1.0.0' } })
})

test('versions are listed highest first, by semantic version and not by letters', async () => {
  const data = await expectData(url, '{ toolVersions(tool: "grep") { totalCount nodes { version tool { name } } } }')
  expect(data.toolVersions.totalCount).toBe(3)
  expect(data.toolVersions.nodes.map(({ version }: { version: string }) => version)).toEqual([
    '1.10.0',
    '1.9.0',
    '1.0.0',
  ])
})

test('every object is found again by its id', async () => {
  const data = await expectData(
    url,
    '{ tool(name: "sed") { id latest { id capabilities { id patterns { id } } } } changeSets { nodes { id revision } } }',
  )
  const { latest, id } = data.tool
  const ids = [
    id,
    latest.id,
    latest.capabilities[0].id,
    latest.capabilities[0].patterns[0].id,
    data.changeSets.nodes[0].id,
  ]
  const again = await expectData(url, 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })
  expect(again.nodes).toEqual(
    ['Tool', 'ToolVersion', 'Capability', 'Pattern', 'ChangeSet'].map((__typename, index) => ({
      __typename,
      id: ids[index],
    })),
  )
})

test('an id of nothing is null, and an id that is none is refused', async () => {
  const absent = Buffer.from('Tool:00000000-0000-4000-8000-000000000000').toString('base64')
  const odd = Buffer.from('Tool:not-a-uuid').toString('base64')
  expect(
    await expectData(url, 'query ($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } }', {
      a: absent,
      b: odd,
    }),
  ).toEqual({ a: null, b: null })
  await expectError(url, '{ node(id: "garbage") { id } }', 'BAD_USER_INPUT')
})

test('disabled tools are left out of lists unless they are asked for, and can always be read by name', async () => {
  const data = await expectData(
    url,
    `{ on: tools { totalCount } off: tools(filter: { enabled: false }) { nodes { name } } both: tools(filter: { enabled: null }) { totalCount }
       named: tool(name: "old-tool") { enabled } }`,
  )
  expect(data).toEqual({
    on: { totalCount: 3 },
    off: { nodes: [{ name: 'old-tool' }] },
    both: { totalCount: 4 },
    named: { enabled: false },
  })
})

test('filters and order work together with paging', async () => {
  const query = `query ($filter: ToolFilter, $orderBy: ToolOrder, $first: Int, $after: String) {
    tools(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }`
  const names = async (variables: object) =>
    (await expectData(url, query, variables)).tools.nodes.map(({ name }: { name: string }) => name)
  expect(await names({ filter: { platform: 'WINDOWS' } })).toEqual(['Get-Service'])
  expect(await names({ filter: { tag: 'services' } })).toEqual(['Get-Service'])
  expect(await names({ filter: { capability: 'Text_Transformation' } })).toEqual(['sed'])
  expect(await names({ filter: { requiresApproval: true, productionSafe: false } })).toEqual(['sed'])
  expect(await names({ filter: { nameContains: 'E' }, orderBy: { field: 'NAME', direction: 'DESC' } })).toEqual([
    'sed',
    'grep',
    'Get-Service',
  ])
  const first = (await expectData(url, query, { first: 2 })).tools
  expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
  expect(await names({ first: 2, after: first.pageInfo.endCursor })).toEqual(['sed'])
})

test('paging arguments that make no sense are refused in words', async () => {
  expect((await expectError(url, '{ tools(first: 0) { totalCount } }', 'BAD_USER_INPUT')).message).toBe(
    'first must be between 1 and 100, not 0',
  )
  expect((await expectError(url, '{ tools(after: "garbage") { totalCount } }', 'BAD_USER_INPUT')).message).toBe(
    'after is not a cursor of this list',
  )
  await expectError(url, '{ tools(first: 1, last: 1) { totalCount } }', 'BAD_USER_INPUT')
  await expectError(url, '{ tool(name: "grep") { versions(first: 101) { totalCount } } }', 'BAD_USER_INPUT')
})

test('what the format does not know is kept and shown', async () => {
  const data = await expectData(
    url,
    '{ tool(name: "get-service") { platform latest { extensions definition definitionText } } }',
  )
  expect(data.tool.platform).toBe('windows')
  expect(data.tool.latest.extensions).toEqual({ owner: { team: 'ops' } })
  expect(data.tool.latest.definition.platform).toBe('Windows')
  expect(data.tool.latest.definitionText).toContain('owner:\n  team: ops\n')
})

test('two versions can be compared', async () => {
  const data = await expectData(
    url,
    '{ toolDiff(tool: "grep", from: "1.0.0", to: "1.10.0") { path before after } none: toolDiff(tool: "grep", from: "1.0.0", to: "7") { path } }',
  )
  expect(data.toolDiff).toEqual([
    { path: 'description', before: 'Print lines that match a pattern.', after: 'Newer.' },
    { path: 'version', before: '1.0.0', after: '1.10.0' },
  ])
  expect(data.none).toBeNull()
})
