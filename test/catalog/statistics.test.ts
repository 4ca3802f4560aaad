import { Writable } from 'node:stream'
import pino from 'pino'
import { beforeEach, describe, expect, test } from 'vitest'
import { catalogStatistics } from '../../src/catalog/statistics.ts'
import { StatisticsRefresh } from '../../src/catalog/statistics-refresh.ts'
import { ChangeFeed } from '../../src/changes/feed.ts'
import type { Config } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { type Sight, withSnapshot } from '../../src/db/snapshot.ts'
import { publish, publishAndDelete, writeDrafts } from '../access/hidden.ts'
import { cloneDatabase, closeLater, isServer, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

const SIGHTS: readonly Sight[] = ['published', 'everything']
/** Behind a change, 1 s passes; the rest is for a busy machine. */
const SOON = { timeout: 15_000, interval: 20 }

let config: Config
let database: Database
let logged: string[]
const logger = pino({ base: null }, new Writable({ write: (line, _, done) => done(void logged.push(String(line))) }))

beforeEach(async () => {
  logged = []
  config = testConfig(await cloneDatabase())
  database = await open()
})

async function open(): Promise<Database> {
  const opened = await openDatabase(config, { mayAttach: true })
  closeLater(() => opened.close())
  return opened
}

/** What a replica does. */
async function startRefreshing(replica = database): Promise<StatisticsRefresh> {
  const feed = new ChangeFeed(() => replica, logger)
  await feed.start()
  const refresh = new StatisticsRefresh(replica, feed, logger)
  closeLater(async () => {
    await refresh.stop()
    await feed.stop()
  })
  return refresh
}

const read = (sees: Sight, exact = false) =>
  withSnapshot(database, (reader) => catalogStatistics(reader, { exact }), sees)

async function viewed(): Promise<{ revision: string; computedAt: string }> {
  const { rows } = await database.pool.query(
    'SELECT DISTINCT revision::text, computed_at::text AS "computedAt" FROM catalog_statistics',
  )
  expect(rows).toHaveLength(1)
  return rows[0]
}

async function revision(): Promise<string> {
  return (await database.pool.query('SELECT revision::text FROM catalog_state')).rows[0].revision
}

const caughtUp = async () => expect.poll(async () => (await viewed()).revision, SOON).toBe(await revision())

/** The revision that the view is of; when it was computed goes to what was seen. */
const looking = (seen: Set<string>) => async () => {
  const { revision: current, computedAt } = await viewed()
  seen.add(computedAt)
  return current
}

const tool = (name: string, fields: object = {}) => aDefinition({ tool_name: name, ...fields })

/** Change something, as another process would: without a word to the feed. */
async function changeNothingButTheRevision(name: string): Promise<void> {
  await importAll(database, [tool(name)])
}

/** Eleven seconds ago is long. */
async function makeHistoryOlder({ pool }: Database): Promise<void> {
  await pool.query('ALTER TABLE change_sets DISABLE TRIGGER USER')
  await pool.query("UPDATE change_sets SET at = at - interval '11 seconds'")
}

/** A view that cannot be refreshed. */
const breakView = () => database.pool.query('DROP INDEX catalog_statistics_sees_key')
const mendView = () =>
  database.pool.query('CREATE UNIQUE INDEX catalog_statistics_sees_key ON catalog_statistics (sees)')

describe('the view', () => {
  test('has for readers and for editors what counting gives', async () => {
    await publish(database)
    await writeDrafts(database)
    await publishAndDelete(database)
    await importAll(database, [
      tool('plain', { capabilities: {}, platform: 'windows', status: 'deprecated' }),
      tool('late', { platform: 'windows', version: '2.0.0' }),
      tool('only-a-draft', { status: 'draft', platform: 'windows' }),
    ])
    await database.pool.query("UPDATE tools SET enabled = false WHERE name = 'late'")
    await startRefreshing()
    await caughtUp()
    const [published, everything] = await Promise.all(SIGHTS.map((sees) => read(sees)))
    for (const [figures, sees] of [
      [published, 'published'],
      [everything, 'everything'],
    ] as const) {
      const { computedAt, ...counted } = await read(sees, true)
      expect(computedAt).toBeInstanceOf(Date)
      expect(figures).toEqual({ ...counted, computedAt: expect.any(Date) })
      expect(figures?.revision).toBe(await revision())
    }
    // Or the comparison would prove nothing.
    expect(everything?.tools).toBeGreaterThan(published?.tools ?? 0)
    expect(everything?.versions).toBeGreaterThan((published?.versions ?? 0) + 1)
    expect(everything?.toolsByPlatform).not.toEqual(published?.toolsByPlatform)
    expect(published?.enabledTools).toBe((published?.tools ?? 0) - 1)
    expect(published?.toolsByStatus.map(({ name }) => name)).not.toContain('draft')
    expect(everything?.toolsByStatus.map(({ name }) => name)).toContain('draft')
  })

  test('of an empty catalog has zeros', async () => {
    const figures = await read('published')
    expect(figures).toMatchObject({ tools: 0, versions: 0, patterns: 0, toolsByPlatform: [], revision: '0' })
    expect(await read('published', true)).toEqual({ ...figures, computedAt: expect.any(Date) })
  })

  test('says of which revision it is while it is behind; whoever wants exact figures has them counted', async () => {
    await importAll(database, [tool('one')])
    await startRefreshing()
    await caughtUp()
    const before = await revision()
    await breakView()
    await importAll(database, [tool('two')])
    expect(await read('published')).toMatchObject({ revision: before, tools: 1 })
    expect(await read('published', true)).toMatchObject({ revision: await revision(), tools: 2 })
  })

  test('is not believed when it is behind for long', async () => {
    await importAll(database, [tool('one'), tool('two')])
    expect(await read('published')).toMatchObject({ revision: '0', tools: 0 })
    await makeHistoryOlder(database)
    expect(await read('published')).toMatchObject({ revision: await revision(), tools: 2 })
  })
})

describe('a refresh', () => {
  test('comes at the start when the view is behind, and not when it is not', async () => {
    await importAll(database, [tool('one')])
    await startRefreshing()
    await expect.poll(async () => (await viewed()).revision, { timeout: 5_000 }).toBe('1')
    const { computedAt } = await viewed()
    await startRefreshing()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await viewed()).computedAt).toBe(computedAt)
  })

  test('comes once behind a burst of changes, and again behind the next one', async () => {
    await startRefreshing()
    const seen = new Set([(await viewed()).computedAt])
    let secondsOfWriting = 0
    for (const burst of ['first', 'second']) {
      const started = performance.now()
      for (let index = 0; index < 5; index++) await changeNothingButTheRevision(`${burst}-${index}`)
      secondsOfWriting += Math.floor((performance.now() - started) / 1_000)
      await expect.poll(looking(seen), SOON).toBe(await revision())
      // Nobody waits for the machine to be fast: only for the second that gathers the burst.
      expect(performance.now() - started).toBeGreaterThan(990)
    }
    // One for each burst, and one more for what was heard of late; and one for each second that a machine takes for the writes.
    expect(seen.size).toBeGreaterThanOrEqual(3)
    expect(seen.size).toBeLessThanOrEqual(5 + secondsOfWriting)
  })

  test('that fails is logged once, and tried until it succeeds', async () => {
    await breakView()
    await startRefreshing()
    await importAll(database, [tool('one')])
    await expect.poll(() => logged.length, SOON).toBe(1)
    expect(logged[0]).toContain('The statistics of the catalog cannot be refreshed')
    // Two more tries.
    await new Promise((resolve) => setTimeout(resolve, 4_500))
    expect(logged).toHaveLength(1)
    expect((await viewed()).revision).toBe('0')
    await mendView()
    await caughtUp()
    await expect.poll(() => logged.length, SOON).toBe(2)
    expect(logged[1]).toContain('can be refreshed again')
  })

  test('does not come any more when it was stopped', async () => {
    const refresh = await startRefreshing()
    await importAll(database, [tool('one')])
    await refresh.stop()
    const { revision: stopped } = await viewed()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect((await viewed()).revision).toBe(stopped)
  })
})

describe.runIf(isServer())('of several replicas', () => {
  test('one refreshes', async () => {
    await Promise.all([startRefreshing(), startRefreshing(await open()), startRefreshing(await open())])
    const seen = new Set([(await viewed()).computedAt])
    const look = looking(seen)
    await importAll(database, [tool('one')])
    await expect.poll(look, { ...SOON, interval: 0 }).toBe('1')
    // Longer than another one waits before it tries again.
    const ends = performance.now() + 4_000
    while (performance.now() < ends) await look()
    expect(seen.size).toBe(2)
  })

  test('another one comes to it when the first has died in the middle', async () => {
    const first = await (await open()).pool.connect()
    await first.query('BEGIN; SELECT pg_advisory_xact_lock(7305003)')
    await startRefreshing()
    await importAll(database, [tool('one')])
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect((await viewed()).revision).toBe('0')
    first.release(true)
    await caughtUp()
    expect(logged).toEqual([])
  })

  test('each stops at once, though its refresh waits for a lock', async () => {
    const other = await (await open()).pool.connect()
    await other.query('BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY catalog_statistics')
    const refresh = await startRefreshing()
    await importAll(database, [tool('one')])
    await expect.poll(waiting, SOON).toBe(1)
    const started = performance.now()
    await refresh.stop()
    expect(performance.now() - started).toBeLessThan(1_000)
    await expect.poll(waiting, SOON).toBe(0)
    other.release(true)
  })
})

/** How many connections wait to refresh the view. */
async function waiting(): Promise<number> {
  const { rows } = await database.pool.query(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'REFRESH%'",
  )
  return rows[0].count
}
