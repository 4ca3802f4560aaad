import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { scheduleCompaction } from '../../src/changes/compaction-schedule.ts'
import { readEpoch } from '../../src/changes/epoch.ts'
import { History } from '../../src/changes/history.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { asSuperuser, keepHistory } from '../audit/tampering.ts'
import { cloneDatabase, closeLater, testConfig } from '../support/database.ts'
import { anEvent, createTools, type HistoryTool, write } from './write-history.ts'

/** One for the tools, and then one event each. More than two steps of a compaction. */
const HEAD = 230
/** Events of the first revision: of each tool that it is there, and its version. */
let firstEvents: number
const logger = createLogger({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json' })

let database: Database
/** As another replica, or the CLI, sees it. */
let other: Database
let tools: HistoryTool[]
let restore: () => Promise<void>
beforeAll(async () => {
  const config = testConfig(await cloneDatabase())
  database = await openDatabase(config)
  closeLater(() => database.close())
  other = await openDatabase(config, { mayAttach: true })
  closeLater(() => other.close())
  tools = await createTools(database)
  firstEvents = await count('revision = 1')
  for (let i = 1; i < HEAD; i++) await change()
  await database.pool.query('SELECT pg_sleep(0.01)')
  restore = await keepHistory(database)
})
beforeEach(() => restore())

const change = () => write(database, ...tools.slice(0, 1).map((tool) => anEvent(tool)))
const one = async (sql: string) => (await other.pool.query(sql)).rows[0]
const count = async (which: string): Promise<number> =>
  (await database.pool.query(`SELECT count(*)::int AS count FROM change_events WHERE ${which}`)).rows[0].count
const mark = async () => Number((await one('SELECT compacted_revision FROM catalog_state')).compacted_revision)

/** The database, where something else happens before the first step of a compaction. */
function atFirstStep(happen: () => Promise<void>): Pick<Database, 'pool'> {
  let isFirst = true
  const pool = new Proxy(database.pool, {
    get: (target, name) => {
      if (name === 'query') return target.query.bind(target)
      return async () => {
        if (isFirst) await happen()
        isFirst = false
        return target.connect()
      }
    },
  })
  return { pool }
}

describe('what is kept', () => {
  test('is as many revisions as are asked for; the change sets of the others stay, with their hashes', async () => {
    const before = await one(
      'SELECT count(*)::int, md5(string_agg(s::text, chr(10) ORDER BY revision)) FROM change_sets s',
    )
    expect(await compactHistory(database, { revisions: 15, hours: 0 })).toEqual({
      compactedRevision: String(HEAD - 15),
      deleted: HEAD - 16 + firstEvents,
    })
    expect(await count('revision <= 215')).toBe(0)
    expect(await count('revision > 215')).toBe(15)
    expect(await mark()).toBe(HEAD - 15)
    expect(
      await one('SELECT count(*)::int, md5(string_agg(s::text, chr(10) ORDER BY revision)) FROM change_sets s'),
    ).toEqual(before)
    expect(await verifyChain(database)).toMatchObject({ verified: 15, compacted: HEAD - 15, firstBad: undefined })
  })

  test('is everything of the last hours, however many revisions that are', async () => {
    expect(await compactHistory(database, { revisions: 0, hours: 1 })).toEqual({ compactedRevision: '0', deleted: 0 })
    await asSuperuser(database, `UPDATE change_sets SET at = at - interval '2 hours' WHERE revision <= 100`)
    expect(await compactHistory(database, { revisions: 0, hours: 1 })).toMatchObject({ compactedRevision: '100' })
    expect(await compactHistory(database, { revisions: 0, hours: 3 })).toMatchObject({ compactedRevision: '100' })
  })

  test('is whichever of the two is more', async () => {
    await asSuperuser(database, `UPDATE change_sets SET at = at - interval '2 hours' WHERE revision <= 100`)
    expect(await compactHistory(database, { revisions: 200, hours: 1 })).toMatchObject({ compactedRevision: '30' })
    expect(await compactHistory(database, { revisions: 20, hours: 1 })).toMatchObject({ compactedRevision: '100' })
  })

  test('is everything of a catalog that has less than that, and nothing where nothing is to be kept', async () => {
    expect(await compactHistory(database, { revisions: 1_000, hours: 0 })).toEqual({
      compactedRevision: '0',
      deleted: 0,
    })
    expect(await compactHistory(database, { revisions: 0, hours: 0 })).toMatchObject({
      compactedRevision: String(HEAD),
    })
    expect(await count('true')).toBe(0)
    expect(await change()).toBe(HEAD + 1)
    expect(await count('true')).toBe(1)
  })

  test('never becomes more again: a second time with more to keep changes nothing', async () => {
    await compactHistory(database, { revisions: 10, hours: 0 })
    expect(await compactHistory(database, { revisions: 100, hours: 0 })).toEqual({
      compactedRevision: String(HEAD - 10),
      deleted: 0,
    })
    expect(await mark()).toBe(HEAD - 10)
  })
})

describe('while it goes on', () => {
  test('it ends behind the step in which it is told to, and the next one goes on from there', async () => {
    const stopping = new AbortController()
    const stopped = atFirstStep(async () => stopping.abort())
    const { compactedRevision } = await compactHistory(stopped, { revisions: 0, hours: 0 }, { signal: stopping.signal })
    // So many are one step.
    expect(compactedRevision).toBe('100')
    expect(await mark()).toBe(100)
    expect(await count('revision <= 100')).toBe(0)
    expect(await count('revision > 100')).toBe(HEAD - 100)
    const told: [number, number][] = []
    const onProgress = (done: number, total: number) => told.push([done, total])
    await compactHistory(database, { revisions: 0, hours: 0 }, { onProgress })
    expect(told.at(-1)).toEqual([HEAD - 100, HEAD - 100])
    expect(await mark()).toBe(HEAD)
  })

  test('another one that keeps less is not undone by it', async () => {
    const overtaken = atFirstStep(async () => void (await compactHistory(other, { revisions: 10, hours: 0 })))
    await compactHistory(overtaken, { revisions: 100, hours: 0 })
    expect(await mark()).toBe(HEAD - 10)
  })

  test('nobody sees the mark without the deletion, nor the deletion without the mark', async () => {
    let isOver = false
    const seen = new Set<string>()
    const looking = (async () => {
      while (!isOver) {
        const { compacted, first } = await one(
          `SELECT compacted_revision::int AS compacted, (SELECT min(revision)::int FROM change_events) AS first FROM catalog_state`,
        )
        if (compacted > 0) expect(first).toBe(compacted + 1)
        seen.add(compacted)
        await delay(1)
      }
    })()
    await compactHistory(database, { revisions: 10, hours: 0 })
    isOver = true
    await looking
    expect(seen.size).toBeGreaterThan(0)
  })

  test('another one, writers and readers go on, and readers get everything or are told', async () => {
    const epoch = await readEpoch(database)
    const readers = [0, 60, 120, 180, 225].map(async (after) => {
      const history = new History(() => other)
      for (let revision = after; revision < HEAD; revision++) {
        const found = history.next(revision, epoch) ?? (await history.read(revision, epoch))
        if (found === 'compacted') return revision
        expect(found).toMatchObject({ number: revision + 1 })
        expect(typeof found === 'object' && found.events.length, `revision ${revision + 1}`).toBeGreaterThan(0)
        await delay(1)
      }
      return undefined
    })
    const writing = Promise.all(Array.from({ length: 20 }, change))
    const compactions = await Promise.all([
      compactHistory(database, { revisions: 10, hours: 0 }),
      compactHistory(other, { revisions: 10, hours: 0 }),
    ])
    expect(await writing).toHaveLength(20)
    const compacted = await mark()
    expect(compacted).toBeGreaterThanOrEqual(HEAD - 10)
    // What one of them has deleted the other one does not count.
    const deleted = compactions.reduce((sum, { deleted }) => sum + deleted, 0)
    expect(deleted).toBe(compacted - 1 + firstEvents)
    for (const stopped of await Promise.all(readers)) expect(stopped ?? 0).toBeLessThan(compacted)
    expect(await verifyChain(database)).toMatchObject({ compacted, firstBad: undefined })
  })
})

describe('the schedule', () => {
  const retention = { revisions: 10, hours: 0 }

  test('compacts a minute after the start, and then as often as it says, also when one has failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = vi.fn(() => Promise.reject(new Error('away')))
    const failing = { ...database, pool: { query: asked } as unknown as Database['pool'] }
    const stop = scheduleCompaction(failing, retention, 5, logger)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(asked).toHaveBeenCalledTimes(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    expect(asked).toHaveBeenCalledTimes(3)
    await stop()
    await vi.advanceTimersByTimeAsync(60 * 60_000)
    expect(asked).toHaveBeenCalledTimes(3)
    vi.useRealTimers()
  })

  test('never compacts when it says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stop = scheduleCompaction(database, retention, 0, logger)
    expect(vi.getTimerCount()).toBe(0)
    await stop()
    vi.useRealTimers()
  })

  test('does not keep a server from stopping until everything is compacted, but until it is consistent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stop = scheduleCompaction(database, { revisions: 0, hours: 0 }, 5, logger)
    vi.advanceTimersByTime(60_000)
    vi.useRealTimers()
    await stop()
    const compacted = await mark()
    expect(compacted).toBeLessThan(HEAD)
    await delay(50)
    expect(await mark()).toBe(compacted)
    expect(await count(`revision <= ${compacted}`)).toBe(0)
  })
})
