import { beforeAll, expect, test } from 'vitest'
import { listChangeSets } from '../../src/catalog/change-sets.ts'
import { type ExportFilter, listExport, loadExport } from '../../src/catalog/export.ts'
import { createLoaders, eventWindow } from '../../src/catalog/loaders.ts'
import { listCapabilities, listPatterns } from '../../src/catalog/parts.ts'
import { searchTools } from '../../src/catalog/search.ts'
import { listTools, TOOL_ORDERS, type ToolFilter, type ToolOrderField } from '../../src/catalog/tools.ts'
import type { Database } from '../../src/db/database.ts'
import { type Reader, type Sight, withSnapshot } from '../../src/db/snapshot.ts'
import { isServer, openTestDatabase } from '../support/database.ts'
import { importAll } from '../support/fixtures.ts'
import { recordingReader, type Statement } from './recording-reader.ts'

// Needs the real planner at the real size: `DATABASE_URL=… npx vitest run test/catalog/query-plans.test.ts`.
const planned = test.skipIf(!isServer())
const COUNT = 20_000
const WORDS =
  'archive balance compress deliver encrypt filter gather hash inspect join keep list merge notify open parse query rotate scan trace'.split(
    ' ',
  )
const LARGE = /Seq Scan on (tools|tool_versions|capabilities|patterns|change_sets|change_events|search_words)\b/

let database: Database
beforeAll(async () => {
  if (!isServer()) return
  database = await openTestDatabase({ DATABASE_STATEMENT_TIMEOUT_MS: '120000' })
  await importAll(
    database,
    Array.from({ length: COUNT }, (_, index) => aTool(index)),
  )
  await importAll(
    database,
    Array.from({ length: 1_000 }, (_, index) => ({ ...aTool(index * 20), version: '1.1.0' })),
  )
  for (let write = 0; write < 200; write++)
    await database.pool.query(
      "UPDATE tools SET updated_at = updated_at - $1 * interval '1 hour' WHERE hashtext(name) % 200 = $1",
      [write],
    )
  await database.pool.query(
    `INSERT INTO change_sets (revision, actor, source) SELECT n + 1000, 'actor-' || n % 50, 'import' FROM generate_series(1, ${COUNT}) AS n`,
  )
  // As autovacuum does in life; VACUUM also merges what a bulk import left in the lists of the GIN indexes.
  await database.pool.query('VACUUM ANALYZE')
}, 600_000)

/** A word of no other tool, and not much like theirs. */
function rareWord(index: number): string {
  return `z${((index * 2_654_435_761) % 2 ** 32).toString(36)}`
}

function aTool(index: number) {
  const word = (step: number) => WORDS[(index * 7 + step) % WORDS.length] ?? ''
  const pattern = (step: number) => ({
    description: `${word(step)} it`,
    typical_use_cases: [`${word(step)} the topic${index % 400}`],
    policy: { production_safe: index % 3 > 0, requires_approval: index % 10 === 0 },
  })
  return {
    tool_name: `${word(0)}-${word(3)}-${index}`,
    version: '1.0.0',
    description: `${rareWord(index)} ${word(1)}s things`,
    platform: ['linux', 'windows', 'cloud', 'network', 'database'][index % 5] ?? '',
    category: `category-${index % 30}`,
    status: index % 50 ? 'active' : 'deprecated',
    enabled: index % 20 > 0,
    capabilities: {
      [`${word(2)}_${index % 500}`]: {
        description: 'd',
        patterns: { [`${word(4)}_${index % 700}`]: pattern(4), other: pattern(9) },
      },
    },
    metadata: { tags: [word(6), `tag-${index % 200}`] },
  }
}

/** Every large table that one of these statements would read from end to end, whatever the reader may see. */
async function scansOf(read: (reader: Reader) => Promise<unknown>): Promise<string[]> {
  return [...(await scansOfSight(read, 'everything')), ...(await scansOfSight(read, 'published'))]
}

async function scansOfSight(read: (reader: Reader) => Promise<unknown>, sees: Sight): Promise<string[]> {
  const statements = await withSnapshot(
    database,
    async (snapshot) => {
      const reader = recordingReader(snapshot)
      await read(reader)
      return reader.statements
    },
    sees,
  )
  expect(statements.length).toBeGreaterThan(0)
  const plans = await Promise.all(statements.map(planOf))
  return plans.flatMap((plan, index) =>
    LARGE.test(plan) ? [`${statements[index]?.sql} ${JSON.stringify(statements[index]?.values)}\n${plan}`] : [],
  )
}

async function planOf({ sql, values }: Statement): Promise<string> {
  const client = await database.pool.connect()
  try {
    // What any server on solid-state disks is set to. The default, 4, is for turning ones, and prefers reading 450 pages.
    await client.query('SET random_page_cost = 1.1')
    const { rows } = await client.query(`EXPLAIN ${sql}`, [...values])
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  } finally {
    client.release()
  }
}

const FILTERS: [string, ToolFilter][] = [
  ['no filter', {}],
  ['platform', { platform: 'linux' }],
  ['category', { category: 'category-3' }],
  ['status', { status: 'deprecated' }],
  ['a status that nothing has', { status: 'draft' }],
  ['disabled ones', { enabled: false }],
  ['both', { enabled: null }],
  ['tag', { tag: 'tag-7' }],
  ['capability', { capability: 'list_3' }],
  ['nameContains', { nameContains: 'st-en' }],
  ['nameContains, one letter', { nameContains: 'q' }],
  ['production safe', { productionSafe: true }],
  ['not production safe', { productionSafe: false }],
  ['requires approval', { requiresApproval: true }],
  ['requires no approval', { requiresApproval: false }],
  ['several', { platform: 'cloud', category: 'category-2', status: 'active', productionSafe: true }],
]
const ORDERS = (Object.keys(TOOL_ORDERS) as ToolOrderField[]).flatMap((field) => [
  { field, descending: false },
  { field, descending: true },
])

planned.each(FILTERS)(
  'tools with %s read no large table from end to end, in any order, on any page',
  async (_, filter) => {
    for (const order of ORDERS) {
      const page = await withSnapshot(database, (reader) => listTools(reader, filter, order, { first: 1 }))
      expect(await scansOf((reader) => listTools(reader, filter, order, { first: 20 }))).toEqual([])
      expect(
        await scansOf((reader) => listTools(reader, filter, order, { first: 100, after: page.pageInfo.endCursor })),
      ).toEqual([])
      expect(await scansOf((reader) => listTools(reader, filter, order, { last: 20 }))).toEqual([])
    }
  },
)

planned.each<[string, (reader: Reader) => Promise<unknown>]>([
  ['capabilities', (reader) => listCapabilities(reader, {}, {})],
  ['capabilities by name', (reader) => listCapabilities(reader, { name: 'list_3' }, {})],
  ['capabilities of a tool', (reader) => listCapabilities(reader, { tool: 'list-merge-11' }, {})],
  ['capabilities of some tools', (reader) => listCapabilities(reader, { tools: { platform: 'linux' } }, {})],
  ['capabilities of few tools', (reader) => listCapabilities(reader, { tools: { tag: 'tag-7' } }, {})],
  ['patterns', (reader) => listPatterns(reader, {}, {})],
  ['patterns from the end', (reader) => listPatterns(reader, {}, { last: 20 })],
  ['patterns by name', (reader) => listPatterns(reader, { name: 'other' }, {})],
  ['patterns of a tool', (reader) => listPatterns(reader, { tool: 'list-merge-11' }, {})],
  ['patterns of a capability', (reader) => listPatterns(reader, { capability: 'list_3' }, {})],
  ['patterns by policy', (reader) => listPatterns(reader, { productionSafe: true, requiresApproval: true }, {})],
  ['change sets', (reader) => listChangeSets(reader, {}, {})],
  ['change sets after a revision', (reader) => listChangeSets(reader, { afterRevision: '20000' }, { last: 20 })],
  ['change sets of a tool', (reader) => listChangeSets(reader, { tool: aTool(20).tool_name }, {})],
  ['change sets of an actor', (reader) => listChangeSets(reader, { actor: 'actor-7' }, {})],
  ['change sets of an unknown actor', (reader) => listChangeSets(reader, { actor: 'nobody' }, {})],
  ['change sets of a source', (reader) => listChangeSets(reader, { source: 'startup' }, {})],
  ...(['all', 'latest'] as const).flatMap((versions): [string, (reader: Reader) => Promise<unknown>][] =>
    [{}, { platform: 'linux' }, { tool: 'list-merge-11' }].map((filter) => [
      `export of ${versions} ${JSON.stringify(filter)}`,
      (reader) => exportPage(reader, { versions, ...filter }),
    ]),
  ),
  ['a search', (reader) => searchTools(reader, `topic17 ${rareWord(99)}`, {})],
  ['a search with a typo', (reader) => searchTools(reader, 'topik17', { platform: 'linux' })],
  ['a search for one tool', (reader) => searchTools(reader, rareWord(4_321), {})],
])('%s read no large table from end to end', async (_, read) => {
  expect(await scansOf(read)).toEqual([])
})

async function exportPage(reader: Reader, filter: ExportFilter) {
  const page = await listExport(reader, filter, { first: 100 })
  await loadExport(
    reader,
    page.edges.map(({ node }) => node),
  )
  await listExport(reader, filter, { first: 100, after: page.pageInfo.startCursor })
}

planned('everything below a page of tools is read by index', async () => {
  const scans = await scansOf(async (reader) => {
    const loaders = createLoaders(reader)
    const { edges } = await listTools(reader, {}, { field: 'name', descending: false }, { first: 100 })
    const tools = await loaders.tool.loadMany(edges.map(({ node }) => node))
    const ids = tools.flatMap((tool) => (tool instanceof Error || !tool?.latestVersionId ? [] : [tool.latestVersionId]))
    await Promise.all([
      loaders.version.loadMany(ids),
      loaders.contents.loadMany(ids),
      loaders.versionsByTool.loadMany(edges.map(({ node }) => node)),
      loaders.toolByName.load('list-merge-11'),
    ])
    const contents = await loaders.contents.loadMany(ids)
    const capabilities = contents.flatMap((each) => each?.capabilities ?? [])
    const patterns = capabilities.flatMap(({ id, versionId }) =>
      contents.filter((each) => each?.versionId === versionId).flatMap((each) => each?.patternsOf(id) ?? []),
    )
    await Promise.all([
      loaders.capability.loadMany(capabilities.map(({ id }) => id)),
      loaders.pattern.loadMany(patterns.map(({ id }) => id)),
    ])
    await Promise.all([
      loaders.changeSet.loadMany(['1', '2']),
      loaders.eventsByRevision.load(eventWindow('21', 20, -1)),
      loaders.eventDocuments.load('21:0'),
      loaders.eventCount.load('21'),
    ])
  })
  expect(scans).toEqual([])
})
