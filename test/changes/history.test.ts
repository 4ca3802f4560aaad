import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { readEpoch, renewEpoch } from '../../src/changes/epoch.ts'
import { History } from '../../src/changes/history.ts'
import { readLog } from '../../src/changes/read-log.ts'
import type { Database } from '../../src/db/database.ts'
import { asSuperuser, keepHistory } from '../audit/tampering.ts'
import { openTestDatabase } from '../support/database.ts'
import { anEvent, createTools, type HistoryTool, write } from './write-history.ts'

/** Revisions 1 to 60: the tools, and then one event each. */
const HEAD = 60

let database: Database
let tools: HistoryTool[]
let epoch: string
let restore: () => Promise<void>
let asked: string[]
let history: History

/** The database, with its reads of the log counted. */
const counted = (): Database => ({
  ...database,
  pool: new Proxy(database.pool, {
    get: (pool, name) => {
      const value: unknown = Reflect.get(pool, name)
      if (name !== 'query') return value
      return (sql: string, values: unknown[]) => {
        asked.push(values.join(' '))
        return pool.query(sql, values)
      }
    },
  }),
})

beforeAll(async () => {
  database = await openTestDatabase()
  tools = await createTools(database)
  for (let i = 1; i < HEAD; i++) await write(database, ...tools.slice(0, 1).map((tool) => anEvent(tool)))
  restore = await keepHistory(database)
})
beforeEach(async () => {
  await restore()
  epoch = await readEpoch(database)
  asked = []
  history = new History(counted)
})

/** What a reader gets, from a revision to the head. */
async function readOn(after: number, head = HEAD): Promise<(number | string)[]> {
  const got: (number | string)[] = []
  for (let revision = after; revision < head; revision++) {
    const found = history.next(revision, epoch) ?? (await history.read(revision, epoch))
    if (typeof found === 'string') return [...got, found]
    got.push(found.number)
  }
  return got
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('readers', () => {
  test('share the page of where they are, at once and later', async () => {
    const readers = await Promise.all(upTo(0, 49).map((after) => readOn(after)))
    for (const [after, got] of readers.entries()) expect(got).toEqual(upTo(after + 1, HEAD))
    expect(await readOn(10)).toEqual(upTo(11, HEAD))
    expect(asked).toEqual(['0 250 10000'])
  })

  test('get what was committed after their page was read', async () => {
    expect(await readOn(0)).toHaveLength(HEAD)
    const revision = await write(database, ...tools.slice(0, 2).map((tool) => anEvent(tool)))
    expect(await readOn(HEAD - 1, revision)).toEqual([HEAD, revision])
    expect(asked).toHaveLength(2)
  })

  test('get what was committed while their page was being read for somebody else', async () => {
    const { pool } = database
    let isThere = () => {}
    const there = new Promise<void>((resolve) => {
      isThere = resolve
    })
    // The first answer was made before the write, and arrives behind it.
    let held: Promise<void> | undefined = there
    const query = async (sql: string, values: unknown[]) => {
      const hold = held
      held = undefined
      const answer = await pool.query(sql, values)
      await hold
      return answer
    }
    history = new History(() => ({ ...database, pool: { query } as unknown as Database['pool'] }))
    const early = history.read(HEAD - 1, epoch)
    const revision = await write(database, ...tools.slice(0, 1).map((tool) => anEvent(tool)))
    const late = history.read(revision - 1, epoch)
    isThere()
    expect(await early).toMatchObject({ number: HEAD })
    expect(await late).toMatchObject({ number: revision })
  })

  test('get on through a stretch so dense that its pages cannot be kept together', async () => {
    history = new History(counted, { ofPage: 4, kept: 7 })
    expect(await readOn(0)).toEqual(upTo(1, HEAD))
    expect(asked.length).toBeLessThan(3 * HEAD)
    // Two of them, at different places, take the pages away from each other.
    expect(await Promise.all([readOn(0), readOn(30)])).toEqual([upTo(1, HEAD), upTo(31, HEAD)])
  })

  test('get a change set that alone is more than may be kept', async () => {
    history = new History(counted, { ofPage: 2, kept: 3 })
    const many = tools.slice(0, 6).map((tool) => anEvent(tool))
    const revision = await write(database, ...many)
    expect(await readOn(HEAD - 1, revision)).toEqual([HEAD, revision])
  })
})

describe('what cannot be read is said', () => {
  test('to whoever needs what is compacted, and to nobody else', async () => {
    await database.pool.query('SELECT pg_sleep(0.01)')
    const { compactedRevision } = await compactHistory(database, { revisions: 20, hours: 0 })
    expect(compactedRevision).toBe('40')
    expect(await readOn(39)).toEqual(['compacted'])
    expect(await readOn(40)).toEqual(upTo(41, HEAD))
    expect(await readOn(0)).toEqual(['compacted'])
  })

  test('when the log counts another history by now', async () => {
    await renewEpoch(database)
    expect(await readOn(0)).toEqual(['another epoch'])
  })

  test('when the log has gone back behind the reader: it is asked once, and not for ever', async () => {
    await asSuperuser(
      database,
      'DELETE FROM change_events WHERE revision > 50',
      'DELETE FROM change_sets WHERE revision > 50',
      'UPDATE catalog_state SET revision = 50',
    )
    expect(await history.read(55, epoch)).toBe('another epoch')
    expect(asked).toHaveLength(1)
  })

  test.each([20, 1, HEAD])('when revision %i is missing: the next one is not taken for it', async (missing) => {
    await asSuperuser(database, `DELETE FROM change_sets WHERE revision = ${missing}`)
    const complaint = `The log has no revision ${missing}`
    await expect(readOn(missing - 1)).rejects.toThrow(complaint)
    await expect(readLog(database.pool, { after: missing - 1, most: 10, mostEvents: 10 })).rejects.toThrow(complaint)
  })

  test('when the database cannot be read, to all who wait for it; the next one asks again', async () => {
    let isAway = true
    history = new History(() => (isAway ? undefined : database))
    await expect(history.read(0, epoch)).rejects.toThrow('The database is not open')
    isAway = false
    expect(await history.read(0, epoch)).toMatchObject({ number: 1 })
  })
})
