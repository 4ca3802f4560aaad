import { beforeAll, expect, test } from 'vitest'
import { listCapabilities, listPatterns } from '../../src/catalog/parts.ts'
import { listTools, type ToolFilter } from '../../src/catalog/tools.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'

let database: Database
const names = new Map<string, string>()

const withPolicy = (...policies: JsonObject[]) => ({
  work: { patterns: Object.fromEntries(policies.map((policy, index) => [`way_${index}`, aPattern({ policy })])) },
})

beforeAll(async () => {
  database = await openTestDatabase()
  await importAll(database, [
    aDefinition({ tool_name: 'Plain' }),
    aDefinition({ tool_name: 'windows', platform: 'Windows', tags: ['Registry'] }),
    aDefinition({
      tool_name: 'network',
      category: 'network',
      capabilities: { DNS_lookup: { patterns: { ask: aPattern() } } },
    }),
    aDefinition({ tool_name: 'testing', status: 'testing' }),
    aDefinition({ tool_name: 'off', enabled: false }),
    aDefinition({ tool_name: 'off-windows', enabled: false, platform: 'windows' }),
    aDefinition({ tool_name: 'under_score' }),
    aDefinition({ tool_name: 'underXscore' }),
    aDefinition({
      tool_name: 'risky',
      capabilities: withPolicy({ production_safe: true }, { production_safe: false }),
    }),
    aDefinition({
      tool_name: 'guarded',
      capabilities: withPolicy({ production_safe: true, requires_approval: true }, { production_safe: true }),
    }),
    aDefinition({ tool_name: 'empty', capabilities: {} }),
    aDefinition({ tool_name: 'deleted' }),
  ])
  await database.pool.query("UPDATE tools SET deleted_at = now() WHERE name = 'deleted'")
  const { rows } = await database.pool.query('SELECT id, name FROM tools')
  for (const { id, name } of rows) names.set(id, name)
})

async function found(filter: ToolFilter): Promise<string[]> {
  const page = await withSnapshot(database, (reader) =>
    listTools(reader, filter, { field: 'name', descending: false }, { first: 100 }),
  )
  expect(
    await withSnapshot(database, async (reader) =>
      (await listTools(reader, filter, { field: 'name', descending: false }, {})).totalCount(),
    ),
  ).toBe(page.edges.length)
  return page.edges.map(({ node }) => names.get(node) ?? '')
}

const ENABLED = ['empty', 'guarded', 'network', 'Plain', 'risky', 'testing', 'under_score', 'underXscore', 'windows']

test.each<[ToolFilter, string[]]>([
  [{}, ENABLED],
  [{ enabled: true }, ENABLED],
  [{ enabled: false }, ['off', 'off-windows']],
  [{ enabled: null, platform: 'windows' }, ['off-windows', 'windows']],
  [{ platform: 'windows' }, ['windows']],
  [{ platform: ' WINDOWS ' }, ['windows']],
  [{ platform: 'amiga' }, []],
  [{ category: 'network' }, ['network']],
  [{ status: 'testing' }, ['testing']],
  [{ status: 'draft' }, []],
  [{ tag: 'rEGISTRY' }, ['windows']],
  [{ tag: 'registr' }, []],
  [{ capability: 'dns_LOOKUP' }, ['network']],
  [{ capability: 'dns' }, []],
  [{ productionSafe: true }, ENABLED.filter((name) => name !== 'risky' && name !== 'empty')],
  [{ productionSafe: false }, ['empty', 'risky']],
  [{ requiresApproval: true }, ['guarded']],
  [{ requiresApproval: false }, ENABLED.filter((name) => name !== 'guarded')],
  [{ productionSafe: true, requiresApproval: true }, ['guarded']],
  [
    {
      platform: 'linux',
      category: 'text-processing',
      status: 'active',
      tag: 'search',
      capability: 'text_search',
      nameContains: 'score',
      productionSafe: true,
      requiresApproval: false,
    },
    ['under_score', 'underXscore'],
  ],
  [{ platform: 'windows', category: 'network' }, []],
  [
    {
      platform: null,
      category: null,
      status: null,
      tag: null,
      capability: null,
      nameContains: null,
      productionSafe: null,
      requiresApproval: null,
    },
    ENABLED,
  ],
])('%o finds %o', async (filter, expected) => {
  const order = (list: string[]) => list.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  expect(await found(filter)).toEqual(order(expected))
})

test.each([
  ['R_S', ['under_score']],
  ['rxs', ['underXscore']],
  ['%', []],
  ['_', ['under_score']],
  ['\\', []],
  ['\\_', []],
  ["'", []],
  ['LAI', ['Plain']],
])('nameContains takes %s literally', async (nameContains, expected) => {
  expect(await found({ nameContains })).toEqual(expected)
})

test('capabilities and patterns are those of the versions served, by name, and follow the same filters', async () => {
  await importAll(database, [
    aDefinition({
      tool_name: 'network',
      version: '0.1.0',
      category: 'network',
      capabilities: { old_lookup: { patterns: { ask: aPattern() } } },
    }),
  ])
  const count = (list: typeof listCapabilities, filter: Parameters<typeof listCapabilities>[1]) =>
    withSnapshot(database, async (reader) => (await list(reader, filter, { first: 100 })).edges.length)
  expect(await count(listCapabilities, { name: 'OLD_LOOKUP' })).toBe(0)
  expect(await count(listCapabilities, { name: 'Dns_Lookup' })).toBe(1)
  expect(await count(listCapabilities, { tool: 'NETWORK' })).toBe(1)
  expect(await count(listCapabilities, { tool: 'off' })).toBe(0)
  expect(await count(listCapabilities, { tool: 'off', tools: { enabled: null } })).toBe(1)
  expect(await count(listCapabilities, { tool: 'deleted' })).toBe(0)
  expect(await count(listPatterns, { name: 'ask' })).toBe(1)
  expect(await count(listPatterns, { tools: { platform: 'windows' } })).toBe(1)
  const patterns = (filter: Parameters<typeof listPatterns>[1]) =>
    withSnapshot(database, async (reader) => (await listPatterns(reader, filter, { first: 100 })).edges.length)
  expect(await patterns({ capability: 'WORK' })).toBe(4)
  expect(await patterns({ capability: 'work', productionSafe: false })).toBe(1)
  expect(await patterns({ requiresApproval: true })).toBe(1)
  expect(await patterns({ capability: 'work', tool: 'guarded', requiresApproval: false })).toBe(0)
})
