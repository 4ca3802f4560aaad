import { beforeAll, describe, expect, test } from 'vitest'
import { listChangeSets } from '../../src/catalog/change-sets.ts'
import { InvalidInputError } from '../../src/catalog/errors.ts'
import { type PageArguments, slicePage } from '../../src/catalog/page.ts'
import { listPatterns } from '../../src/catalog/parts.ts'
import { listTools, type ToolOrderField } from '../../src/catalog/tools.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  await importAll(
    database,
    ['a', 'b', 'c'].map((tool_name) => aDefinition({ tool_name })),
  )
})

const page = (args: PageArguments, field: ToolOrderField = 'name') =>
  withSnapshot(database, (reader) => listTools(reader, {}, { field, descending: false }, args))
const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

test.each([
  [{ first: 0 }, 'first must be between 1 and 100, not 0'],
  [{ first: -1 }, 'first must be between 1 and 100, not -1'],
  [{ first: 101 }, 'first must be between 1 and 100, not 101'],
  [{ last: 0 }, 'last must be between 1 and 100, not 0'],
  [{ last: 101 }, 'last must be between 1 and 100, not 101'],
  [{ first: 1, last: 1 }, 'Give first or last, not both'],
  [{ last: 1, after: 'x' }, 'after goes with first, and before with last'],
  [{ first: 1, before: 'x' }, 'before goes with last'],
])('%o is refused in the caller’s words', async (args, message) => {
  await expect(page(args)).rejects.toThrow(new InvalidInputError(message))
})

describe('a cursor', () => {
  test.each([
    ['that is empty', ''],
    ['that is noise', 'not a cursor'],
    ['that is JSON of another shape', Buffer.from('{"a":1}').toString('base64url')],
    ['with a key too few', cursorOf('tools.platform', 'linux')],
    ['with a key that is not a text', cursorOf('tools.name', 7)],
    ['with a character that no text may have', cursorOf('tools.name', 'a\0b')],
    ['without end', cursorOf('tools.name', 'a'.repeat(5_000))],
  ])('%s is refused', async (_, after) => {
    await expect(page({ first: 1, after })).rejects.toThrow(new InvalidInputError('after is not a cursor of this list'))
    await expect(page({ last: 1, before: after })).rejects.toThrow(
      new InvalidInputError('before is not a cursor of this list'),
    )
  })

  test.each([
    'yesterday',
    '2026-13-01 00:00:00+00',
    '2026-02-30 00:00:00+00',
    '2026-01-01 25:00:00+00',
    '0000-01-01 00:00:00+00',
    '2026-01-01 00:00:00+99',
  ])('with the time %s is refused', async (time) => {
    await expect(page({ first: 1, after: cursorOf('tools.createdAt', time, 'a') }, 'createdAt')).rejects.toThrow(
      InvalidInputError,
    )
  })

  test('of another list, or of the same list in another order, is refused', async () => {
    const { endCursor } = (await page({ first: 1 })).pageInfo
    const { endCursor: ofPatterns } = (await withSnapshot(database, (reader) => listPatterns(reader, {}, { first: 1 })))
      .pageInfo
    await expect(page({ first: 1, after: endCursor }, 'platform')).rejects.toThrow(InvalidInputError)
    await expect(page({ first: 1, after: ofPatterns })).rejects.toThrow(InvalidInputError)
    await expect(withSnapshot(database, (reader) => listPatterns(reader, {}, { after: endCursor }))).rejects.toThrow(
      InvalidInputError,
    )
  })

  test('of patterns or change sets with something else in it is refused', async () => {
    const patterns = cursorOf('patterns', 'p', "'; DROP TABLE tools")
    const changes = cursorOf('changeSets', '99999999999999999999')
    await expect(withSnapshot(database, (reader) => listPatterns(reader, {}, { after: patterns }))).rejects.toThrow(
      InvalidInputError,
    )
    await expect(withSnapshot(database, (reader) => listChangeSets(reader, {}, { after: changes }))).rejects.toThrow(
      InvalidInputError,
    )
  })

  test('of a tool that is gone goes on where the tool was', async () => {
    const after = (await page({ first: 2 })).pageInfo.endCursor
    await database.pool.query("UPDATE tools SET deleted_at = now() WHERE name = 'b'")
    const rest = await page({ first: 5, after })
    await database.pool.query("UPDATE tools SET deleted_at = NULL WHERE name = 'b'")
    expect(rest.edges).toHaveLength(1)
  })
})

describe('a list in memory', () => {
  const order = { name: 'memory', columns: [{ sql: 'id', type: 'text' }], descending: false } as const
  const slice = (args: PageArguments) => slicePage(['a', 'b', 'c', 'd', 'e'], args, order, (item) => item)

  test('is cut as a list of the database is', () => {
    const first = slice({ first: 2 })
    expect(first.edges.map(({ node }) => node)).toEqual(['a', 'b'])
    const next = slice({ first: 9, after: first.pageInfo.endCursor })
    expect(next.edges.map(({ node }) => node)).toEqual(['c', 'd', 'e'])
    expect(next.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    const back = slice({ last: 2, before: next.pageInfo.endCursor })
    expect(back.edges.map(({ node }) => node)).toEqual(['c', 'd'])
    expect(slice({ last: 2 }).edges.map(({ node }) => node)).toEqual(['d', 'e'])
  })

  test('refuses a cursor whose item is not there any more', () => {
    expect(() => slice({ after: cursorOf('memory', 'z') })).toThrow(InvalidInputError)
  })
})
