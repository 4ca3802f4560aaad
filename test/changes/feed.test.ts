import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { renewEpoch } from '../../src/changes/epoch.ts'
import { ChangeFeed } from '../../src/changes/feed.ts'
import type { Config } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { cloneDatabase, closeLater, isServer, testConfig } from '../support/database.ts'
import { deafClient, feedConnections, recordingClient, slowClient } from './feed-database.ts'
import { anEvent, createTools, type HistoryTool, write } from './write-history.ts'

const logger = createLogger({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json' })

let config: Config
let database: Database
/** As another replica sees it: its commits are no hints here. */
let other: Database
let tool: HistoryTool
beforeAll(async () => {
  config = testConfig(await cloneDatabase())
  database = await openDatabase(config)
  closeLater(() => database.close())
  other = await openDatabase(config, { mayAttach: true })
  closeLater(() => other.close())
  const [first] = await createTools(database, 1)
  if (!first) throw new Error('no tool')
  tool = first
})

let feed: ChangeFeed
function follow(ask: () => Database | undefined = () => database): ChangeFeed {
  feed = new ChangeFeed(ask, logger)
  const own = feed
  closeLater(() => own.stop())
  return feed
}
beforeEach(() => feed?.stop())

const change = (through: Database) => write(through, anEvent(tool))
/** How long until the feed has read this revision, in milliseconds. */
async function lag(revision: number): Promise<number> {
  const started = performance.now()
  expect(await feed.reaches(revision, 5_000)).toBe(true)
  return performance.now() - started
}

describe('what is committed is seen', () => {
  /** Most of five: the machine has other things to do, too. Without a hint each but the first would take a second. */
  async function seenAtOnce(through: Database): Promise<void> {
    await follow().start()
    const took: number[] = []
    for (let i = 0; i < 5; i++) {
      const revision = await change(through)
      const started = performance.now()
      await expect.poll(() => feed.state.revision, { timeout: 5_000, interval: 5 }).toBe(revision)
      took.push(performance.now() - started)
    }
    expect(took.toSorted((a, b) => a - b)[2], took.join()).toBeLessThan(300)
  }
  test('by this process at once', () => seenAtOnce(database))
  test.runIf(isServer())('by another process at once', () => seenAtOnce(other))

  test('within 2 seconds when every notification is lost', async () => {
    await follow(() => deafClient(database)).start()
    for (let i = 0; i < 2; i++) {
      const revision = await change(other)
      // `reaches` would be a hint itself.
      await expect.poll(() => feed.state.revision, { timeout: 2_000, interval: 20 }).toBe(revision)
    }
  })

  test('in order and whole, however much it is', async () => {
    await follow().start()
    const before = feed.state.revision
    await Promise.all(Array.from({ length: 60 }, () => change(database)))
    await lag(before + 60)
    for (let revision = before; revision < before + 60; revision++)
      expect(feed.next(revision)).toMatchObject({ number: revision + 1, events: [{ toolName: tool.name }] })
    expect(feed.next(before + 60)).toBeUndefined()
  })

  test.runIf(isServer())('when its connection is ended again and again', async () => {
    await follow().start()
    const before = feed.state.revision
    const killing = setInterval(() => void feedConnections(other, 'pg_terminate_backend(pid)').catch(() => {}), 50)
    for (let i = 0; i < 40; i++) await Promise.all([change(other), delay(25)])
    clearInterval(killing)
    expect(await lag(before + 40)).toBeLessThan(2_000)
    for (let revision = before; revision < before + 40; revision++)
      expect(feed.next(revision)).toMatchObject({ number: revision + 1 })
  })
})

describe('a database that goes away', () => {
  test('is asked now and then, however much is hinted, and again read when it is back', async () => {
    let attempts = 0
    let isAway = false
    await follow(() => {
      attempts++
      return isAway ? undefined : database
    }).start()
    isAway = true
    if (isServer()) await feedConnections(other, 'pg_terminate_backend(pid)')
    else await failOnce()
    await expect.poll(() => feed.isFollowing, { timeout: 5_000 }).toBe(false)
    attempts = 0
    const hinting = setInterval(() => feed.hint(), 1)
    const refreshed = feed.refresh()
    await delay(2_500)
    clearInterval(hinting)
    // At 50, 100, 200, 400, 800 and 1,000 milliseconds from each other.
    expect(attempts).toBeLessThanOrEqual(6)
    await expect.poll(() => attempts, { timeout: 5_000 }).toBeGreaterThan(2)
    expect(await Promise.race([refreshed, Promise.resolve('waits')])).toBe('waits')
    const revision = await change(other)
    isAway = false
    expect(await lag(revision)).toBeLessThan(1_500)
    await refreshed
    expect(feed.isFollowing).toBe(true)
  })

  /** The embedded database does not end connections: one statement that fails is as good. */
  async function failOnce(): Promise<void> {
    await other.pool.query('ALTER TABLE catalog_state RENAME TO catalog_state_away')
    await expect.poll(() => feed.isFollowing, { timeout: 3_000 }).toBe(false)
    await other.pool.query('ALTER TABLE catalog_state_away RENAME TO catalog_state')
  }
})

describe('the state', () => {
  test('is of another history when the epoch is new: what was kept in memory is forgotten', async () => {
    await follow().start()
    const revision = await change(database)
    await lag(revision)
    expect(feed.next(revision - 1)).toBeDefined()
    const { epoch } = feed.state
    const told = new Promise<void>((resolve) => feed.listen(resolve))
    const renewed = await renewEpoch(other)
    await told
    expect(feed.state).toMatchObject({ epoch: renewed, revision })
    expect(renewed).not.toBe(epoch)
    expect(feed.next(revision - 1)).toBeUndefined()
  })

  test('is right when a compaction went beyond what was read, and what comes then is followed', async () => {
    let isAway = false
    await follow(() => (isAway ? undefined : recordingClient(database, () => isAway).database)).start()
    isAway = true
    const before = feed.state.revision
    for (let i = 0; i < 5; i++) await change(other)
    await expect.poll(() => feed.isFollowing, { timeout: 3_000 }).toBe(false)
    await other.pool.query('SELECT pg_sleep(0.01)')
    await compactHistory(other, { revisions: 2, hours: 0 })
    isAway = false
    expect(await lag(before + 5)).toBeLessThan(2_000)
    expect(feed.state).toMatchObject({ revision: before + 5, compactedRevision: before + 3 })
    // Nothing without its events is given out, as if it had none.
    for (let revision = before; revision < before + 3; revision++) expect(feed.next(revision)).toBeUndefined()
    const revision = await change(database)
    await lag(revision)
    expect(feed.next(before + 5)).toMatchObject({ number: revision })
  })
})

describe('who waits', () => {
  test('for a refresh sees what was committed before, whoever committed it', async () => {
    await follow().start()
    for (let i = 0; i < 10; i++) {
      const revision = await change(other)
      await feed.refresh()
      expect(feed.state.revision).toBe(revision)
    }
  })

  test('for a refresh is not content with what was being read already', async () => {
    await follow(() => slowClient(database, 150)).start()
    feed.hint()
    await delay(75)
    // The log was read without it, and the answer is under way.
    const revision = await change(other)
    await feed.refresh()
    expect(feed.state.revision).toBe(revision)
  })

  test('for a refresh shares the read with all who wait', async () => {
    const recorded = recordingClient(database)
    await follow(() => recorded.database).start()
    const before = recorded.reads()
    await Promise.all(Array.from({ length: 500 }, () => feed.refresh()))
    expect(recorded.reads() - before).toBeLessThanOrEqual(3)
  })

  test('for a revision gets to know that it is there, or that it is not in time', async () => {
    await follow().start()
    const { revision } = feed.state
    expect(await feed.reaches(revision, 0)).toBe(true)
    expect(await feed.reaches(revision + 1, 50)).toBe(false)
    const coming = Promise.all([feed.reaches(revision + 2, 2_000), feed.reaches(revision + 3, 400)])
    await change(database)
    await change(database)
    expect(await coming).toEqual([true, false])
  })
})

describe('a feed that stops leaves nothing', () => {
  /** Whether everything is as if there had been none. */
  const isGone = async () => {
    expect(database.commitListeners.size).toBe(0)
    if (isServer()) await expect.poll(() => feedConnections(other)).toBe(0)
  }

  test('before it was started', async () => {
    await follow().stop()
    await feed.start()
    expect(() => feed.state).toThrow('The feed has not been started')
    await isGone()
  })

  test.each([0, 1, 3, 5, 10, 15, 20, 40, 100])('%i milliseconds after its start', async (ms) => {
    const started = follow().start()
    if (ms > 0) await delay(ms)
    await feed.stop()
    await started
    await isGone()
  })

  test('while the database is away, without waiting for it', async () => {
    const started = follow(() => undefined).start()
    await delay(600)
    const before = performance.now()
    await feed.stop()
    expect(performance.now() - before).toBeLessThan(200)
    await started
    await isGone()
  })

  test('while it reads and writers write, whoever waits for it', async () => {
    await follow().start()
    const waiting = [feed.refresh(), feed.reaches(feed.state.revision + 1_000, 200)]
    const writes = Promise.all(Array.from({ length: 10 }, () => change(database)))
    await delay(10)
    await feed.stop()
    await writes
    expect(await Promise.all(waiting)).toEqual([undefined, false])
    await feed.refresh()
    await isGone()
  })
})
