import { beforeAll, describe, expect, test } from 'vitest'
import type { Page, PageArguments } from '../../src/catalog/page.ts'
import { listTools, TOOL_ORDERS, type ToolOrderField } from '../../src/catalog/tools.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

const FIELDS = Object.keys(TOOL_ORDERS) as ToolOrderField[]
const COUNT = 120

let database: Database
let ids: Map<string, string>
beforeAll(async () => {
  database = await openTestDatabase()
  const platforms = ['linux', 'cross-platform', 'crossbow', 'windows']
  const tools = Array.from({ length: COUNT }, (_, index) =>
    aDefinition({
      tool_name: `${index % 2 ? 'Tool' : 'tool'}${index % 3 ? '_' : '-'}${index}`,
      platform: platforms[index % 4] ?? '',
      category: index % 5 ? 'system' : 'network',
    }),
  )
  // Several writes, so that times differ between them and are equal within.
  for (let start = 0; start < COUNT; start += 25) await importAll(database, tools.slice(start, start + 25))
  await database.pool.query("UPDATE tools SET updated_at = updated_at + interval '1 day' * (hashtext(name) % 7)")
  const { rows } = await database.pool.query('SELECT id, name_key AS name FROM tools')
  ids = new Map(rows.map(({ id, name }) => [id, name]))
})

const page = (field: ToolOrderField, descending: boolean, args: PageArguments): Promise<Page<string>> =>
  withSnapshot(database, (reader) => listTools(reader, {}, { field, descending }, args))

/** Walk a whole list; `between` runs between pages. Backward walks are turned round, so both give the list's own order. */
async function walk(
  field: ToolOrderField,
  descending: boolean,
  size: number,
  backward: boolean,
  between = async (_page: number) => {},
) {
  const pages: string[][] = []
  let cursor: string | null = null
  for (;;) {
    const answer: Page<string> = await page(
      field,
      descending,
      backward ? { last: size, before: cursor } : { first: size, after: cursor },
    )
    const nodes = answer.edges.map(({ node }) => node)
    pages.push(nodes)
    expect(answer.pageInfo.startCursor).toBe(answer.edges[0]?.cursor ?? null)
    if (!(backward ? answer.pageInfo.hasPreviousPage : answer.pageInfo.hasNextPage)) break
    cursor = backward ? answer.pageInfo.startCursor : answer.pageInfo.endCursor
    await between(pages.length)
  }
  return (backward ? pages.reverse() : pages).flat()
}

/** The same order by another road: all rows sorted here. */
async function sorted(field: ToolOrderField, descending: boolean): Promise<string[]> {
  const column = {
    name: "''",
    platform: 'platform',
    category: 'category',
    createdAt: 'created_at',
    updatedAt: 'updated_at',
  }[field]
  const { rows } = await database.pool.query(
    `SELECT id, ${column} AS key, name_key AS name FROM tools WHERE deleted_at IS NULL`,
  )
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)
  const key = (value: string | Date) => (value instanceof Date ? value.getTime() : value)
  rows.sort((a, b) => compare(key(a.key), key(b.key)) || compare(a.name, b.name))
  return (descending ? rows.reverse() : rows).map(({ id }) => id)
}

describe.each(FIELDS)('tools by %s', (field) => {
  test.each([false, true])(
    'are each visited once and in order, forward and backward (descending: %s)',
    async (descending) => {
      const expected = await sorted(field, descending)
      expect(expected).toHaveLength(COUNT)
      expect(await walk(field, descending, 17, false)).toEqual(expected)
      expect(await walk(field, descending, 17, true)).toEqual(expected)
      expect(await walk(field, descending, 60, false)).toEqual(expected)
    },
  )

  test('neither skip nor repeat the tools that stay while others come and go', async () => {
    for (const backward of [false, true]) {
      const seen = await walk(field, false, 10, backward, async (step) => {
        // Before, among and after what was read so far; the ones of the step before go again.
        const names = ['0early', 'tool-5x', 'zzlate', `tool_${step * 7}b`].map(
          (name) => `${name}${backward ? 'b' : 'f'}${step}`,
        )
        await importAll(
          database,
          names.map((tool_name) => aDefinition({ tool_name, platform: 'linux' })),
        )
        await database.pool.query(
          'UPDATE tools SET deleted_at = now() WHERE NOT id = ANY($1::uuid[]) AND NOT name = ANY($2) AND deleted_at IS NULL',
          [[...ids.keys()], names],
        )
      })
      await database.pool.query('UPDATE tools SET deleted_at = now() WHERE NOT id = ANY($1::uuid[])', [[...ids.keys()]])
      expect(seen.length).toBe(new Set(seen).size)
      expect(seen.filter((id) => ids.has(id))).toEqual(await sorted(field, false))
    }
  })
})

test('a page says whether there is more on either side, and how many there are in all', async () => {
  const first = await page('name', false, { first: 10 })
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  const middle = await page('name', false, { first: 10, after: first.pageInfo.endCursor })
  expect(middle.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
  const exact = await page('name', false, { last: 10, before: middle.pageInfo.startCursor })
  expect(exact.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  expect(exact.edges).toEqual(first.edges)
  const total = await withSnapshot(database, async (reader) =>
    (await listTools(reader, { platform: 'linux' }, { field: 'name', descending: false }, { first: 1 })).totalCount(),
  )
  expect(total).toBe(COUNT / 4)
})
