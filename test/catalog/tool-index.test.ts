import fc from 'fast-check'
import { pino } from 'pino'
import { beforeAll, expect, test } from 'vitest'
import { CatalogCache } from '../../src/catalog/catalog-cache.ts'
import { createLoaders } from '../../src/catalog/loaders.ts'
import type { Page, PageArguments } from '../../src/catalog/page.ts'
import { restoreTool } from '../../src/catalog/restore-tool.ts'
import { deleteTool, setToolEnabled, setVersionStatus } from '../../src/catalog/tool-state.ts'
import { listTools, TOOL_ORDERS, type ToolFilter, type ToolOrderField } from '../../src/catalog/tools.ts'
import { updateTool } from '../../src/catalog/update-tool.ts'
import { ChangeFeed } from '../../src/changes/feed.ts'
import type { Database } from '../../src/db/database.ts'
import { type Sight, withSnapshot } from '../../src/db/snapshot.ts'
import { closeLater, openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'

let database: Database
let cache: CatalogCache

const NAMES = Array.from({ length: 60 }, (_, index) => `tool-${'abcdef'[index % 6]}${'xyz'[index % 3]}-${index}`)
const PLATFORMS = ['linux', 'network', 'docker'] as const
const CATEGORIES = ['system', 'text-processing', 'other'] as const

/** Unlike each other in everything that lists filter and sort by. */
function definition(name: string, index: number, version = '1.0.0') {
  const policy = {
    max_cost: 5,
    requires_approval: index % 5 === 0,
    production_safe: index % 4 !== 0,
    max_execution_time: 9,
  }
  const patterns = { p: aPattern({ policy }) }
  return aDefinition({
    tool_name: name,
    version,
    platform: PLATFORMS[index % 3] ?? '',
    category: CATEGORIES[index % 2] ?? '',
    enabled: index % 7 !== 0,
    status: index % 11 === 0 ? 'draft' : index % 4 === 0 ? 'testing' : 'active',
    capabilities: index % 9 === 0 ? {} : { [index % 2 === 0 ? 'search' : 'Fetch']: { description: 'd', patterns } },
    metadata: { tags: index % 3 === 0 ? ['Red', 'blue'] : ['green'] },
  })
}

beforeAll(async () => {
  database = await openTestDatabase()
  // In two revisions, so that times differ.
  await importAll(
    database,
    NAMES.slice(0, 30).map((name, index) => definition(name, index)),
  )
  await importAll(
    database,
    NAMES.slice(30).map((name, index) => definition(name, index + 30)),
  )
  const feed = new ChangeFeed(() => database, pino({ level: 'silent' }))
  cache = new CatalogCache(feed, { tools: 1_000, bytes: 1e8 })
  database.commitListeners.add(() => feed.hint())
  await feed.start()
  cache.tools.start(database)
  closeLater(async () => {
    await cache.tools.stop()
    await feed.stop()
  })
})

/** Until the index shows what the database does. */
async function isFollowed(): Promise<void> {
  const now = await withSnapshot(database, (snapshot) => snapshot.open())
  // The index is read off the path of who writes, behind whatever else a busy machine does.
  await expect.poll(() => cache.tools.at(now)?.place, { timeout: 15_000 }).toEqual(now)
}

const orNothing = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 })
const filters: fc.Arbitrary<ToolFilter> = fc.record({
  platform: orNothing('linux', 'Docker', 'none'),
  category: orNothing('system', 'Text Processing'),
  status: orNothing('active' as const, 'testing' as const, 'draft' as const),
  enabled: fc.constantFrom(true, false, null, null, undefined),
  tag: orNothing('red', 'GREEN', 'none'),
  capability: orNothing('search', 'fetch'),
  nameContains: orNothing('ax', 'TOOL-', 'tool-ax-1', 'x-2', '%', '_', ''),
  productionSafe: orNothing(true, false),
  requiresApproval: orNothing(true, false),
})
const orders = fc.record({
  field: fc.constantFrom(...(Object.keys(TOOL_ORDERS) as ToolOrderField[])),
  descending: fc.boolean(),
})

interface Read {
  readonly ids: readonly string[]
  readonly cursors: readonly string[]
  readonly pageInfo: object
  readonly total: number
}

async function contentOf(page: Page<unknown>, idOf: (node: never) => string): Promise<Read> {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo
  return {
    // The caller knows what its nodes are.
    ids: page.nodes.map((node) => idOf(node as never)),
    cursors: page.edges.map(({ cursor }) => cursor),
    pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor },
    total: await page.totalCount(),
  }
}

/** The same page, as the database and as the index has it. */
async function bothWays(
  sees: Sight,
  filter: ToolFilter,
  order: { field: ToolOrderField; descending: boolean },
  page: PageArguments,
) {
  return withSnapshot(
    database,
    async (reader) => {
      const fromDatabase = await contentOf(await listTools(reader, filter, order, page), (id: string) => id)
      const indexed = cache.tools.at(reader.place)?.page(sees, filter, order, page)
      if (!indexed) throw new Error('The index does not know')
      return { fromDatabase, fromIndex: await contentOf(indexed, ({ id }: { id: string }) => id) }
    },
    sees,
  )
}

const everything = fc.tuple(
  fc.constantFrom<Sight>('published', 'everything'),
  filters,
  orders,
  fc.integer({ min: 1, max: 25 }),
  fc.boolean(),
)

async function compare(runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(everything, async ([sees, filter, order, size, backward]) => {
      // Page by page, to the end.
      let page: PageArguments = backward ? { last: size } : { first: size }
      for (let pages = 0; pages < 4; pages++) {
        const { fromDatabase, fromIndex } = await bothWays(sees, filter, order, page)
        expect(fromIndex).toEqual(fromDatabase)
        const cursor = backward ? fromIndex.cursors[0] : fromIndex.cursors.at(-1)
        if (cursor === undefined) return
        page = backward ? { last: size, before: cursor } : { first: size, after: cursor }
      }
    }),
    { numRuns: runs, endOnFailure: true },
  )
}

test('a page is the same as the database gives it, whatever is asked for', async () => {
  await isFollowed()
  await compare(120)
})

test('and it stays so while tools come, change, hide, go and come back', async () => {
  const viewer = { actor: 'key:editor', role: 'editor' } as const
  const context = { database, viewer, requestId: 'request', compatibility: 'none' } as const
  await importAll(database, [definition('tool-new-1', 3), definition('tool-new-2', 11)])
  await importAll(
    database,
    NAMES.slice(10, 20).map((name, index) => definition(name, index + 7, '2.0.0')),
  )
  const [deleted = '', restored = '', renamed = '', disabled = '', retired = ''] = NAMES.slice(21)
  await deleteTool(context, { tool: deleted }, {})
  await deleteTool(context, { tool: restored }, {})
  await restoreTool(context, { tool: restored }, {})
  await updateTool(context, { tool: renamed, name: 'a-first-name', fields: {} }, {})
  await updateTool(context, { tool: disabled, name: renamed, fields: {} }, {})
  await setToolEnabled(context, { tool: renamed, enabled: false }, {})
  await setVersionStatus(context, { tool: retired, version: '1.0.0', status: 'disabled' }, {})
  await isFollowed()
  await compare(80)
})

test('rows by id and by name, and latest versions, are what the loaders read', async () => {
  for (const sees of ['published', 'everything'] as const)
    await withSnapshot(
      database,
      async (reader) => {
        const loaders = createLoaders(reader)
        for (const name of [...NAMES, 'tool-new-2', 'nobody']) {
          const row = await loaders.toolByName.load(name)
          const index = cache.tools.at(await reader.open())
          const indexed = index?.toolByName(name, sees)
          const { nameKey: _, ...expected } = row ?? {}
          expect(indexed ?? {}, name).toEqual(expected)
          if (!row) continue
          expect(index?.tool(row.id, sees)).toEqual(expected)
          if (row.latestVersionId === null) continue
          expect(index?.latestVersion(row.latestVersionId)).toEqual(await loaders.version.load(row.latestVersionId))
        }
      },
      sees,
    )
})
