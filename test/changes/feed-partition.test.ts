import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { ChangeFeed } from '../../src/changes/feed.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { Wire } from '../faults/wire.ts'
import { cloneDatabase, closeLater, isServer, testConfig } from '../support/database.ts'
import { feedConnections } from './feed-database.ts'
import { anEvent, createTools, type HistoryTool, write } from './write-history.ts'

const logger = createLogger({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json' })

describe.runIf(isServer())('a network that swallows everything', () => {
  let wire: Wire
  /** Through the network. */
  let database: Database
  /** Beside it. */
  let other: Database
  let tool: HistoryTool
  beforeAll(async () => {
    const environment = await cloneDatabase()
    other = await openDatabase(testConfig(environment))
    closeLater(() => other.close())
    const url = new URL(environment.DATABASE_URL ?? '')
    const port = Number(url.port || 5432)
    wire = new Wire(() => port)
    closeLater(() => wire.close())
    url.hostname = '127.0.0.1'
    url.port = String(await wire.listen())
    database = await openDatabase(testConfig({ ...environment, DATABASE_URL: url.href }))
    closeLater(() => database.close())
    const [first] = await createTools(other, 1)
    if (!first) throw new Error('no tool')
    tool = first
  })

  test('is noticed within 10 seconds, for the pool too, and caught up with 2 seconds behind its end', async () => {
    const feed = new ChangeFeed(() => database, logger)
    closeLater(() => feed.stop())
    await feed.start()
    const waiting = await database.pool.connect()
    wire.partition('swallowed')
    const hanging = waiting.query('SELECT 1').then(
      () => 'answered',
      () => 'dropped',
    )
    const revision = await write(other, anEvent(tool))
    await expect.poll(() => feed.isFollowing, { timeout: 10_000 }).toBe(false)
    // Whoever waited on a connection of the pool need not wait for the time limits of TCP.
    expect(await Promise.race([hanging, delay(500, 'hangs')])).toBe('dropped')
    waiting.release(true)
    wire.heal()
    expect(await feed.reaches(revision, 2_000)).toBe(true)
    expect((await database.pool.query('SELECT 1')).rowCount).toBe(1)
    await feed.stop()
  })

  test.each([0, 20])('does not keep a feed from stopping (%i ms into it)', async (ms) => {
    const feed = new ChangeFeed(() => database, logger)
    closeLater(() => feed.stop())
    await feed.start()
    wire.partition('swallowed')
    feed.hint()
    await delay(ms)
    const started = performance.now()
    await feed.stop()
    expect(performance.now() - started).toBeLessThan(500)
    wire.heal()
    await expect.poll(() => feedConnections(other)).toBe(0)
  })

  test('does not keep a feed from stopping that has never come through', async () => {
    wire.partition('swallowed')
    const feed = new ChangeFeed(() => database, logger)
    closeLater(() => feed.stop())
    const started = feed.start()
    await delay(50)
    const before = performance.now()
    await feed.stop()
    await started
    expect(performance.now() - before).toBeLessThan(500)
    wire.heal()
    await expect.poll(() => feedConnections(other)).toBe(0)
  })
})
