import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { RevisionFeed } from '../../src/changes/feed.ts'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { closeLater, openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

const logger = createLogger({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json' })

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

let tools = 0
/** @returns the revision of it */
async function change(): Promise<string | undefined> {
  const { revisions } = await importAll(database, [aDefinition({ tool_name: `tool-${++tools}` })])
  return revisions[0]
}

function createFeed(ask: () => Pick<Database, 'pool'> | undefined = () => database): RevisionFeed {
  const feed = new RevisionFeed(ask, logger)
  closeLater(() => feed.stop())
  return feed
}

const next = async (listener: AsyncIterator<string>) => (await listener.next()).value as string | undefined

test('a listener gets the revision at once, and again when it has moved', async () => {
  const before = await change()
  const listener = createFeed().listen()
  expect(await next(listener)).toBe(before)
  const coming = next(listener)
  const after = await change()
  expect(await coming).toBe(after)
})

test('who comes later, while others listen, gets the revision at once too, and not twice', async () => {
  const feed = createFeed()
  const current = await next(feed.listen())
  const late = feed.listen()
  expect(await next(late)).toBe(current)
  const coming = next(late)
  expect(await Promise.race([coming, delay(1_500, 'nothing')])).toBe('nothing')
})

test('a slow listener sees the newest revision, and not the ones between', async () => {
  const feed = createFeed()
  const slow = feed.listen()
  const fast = feed.listen()
  await next(slow)
  await next(fast)
  let newest: string | undefined
  for (let i = 0; i < 3; i++) {
    newest = await change()
    while ((await next(fast)) !== newest) {}
  }
  expect(await next(slow)).toBe(newest)
})

test('the database is asked once a second for everybody, and not at all when nobody listens', async () => {
  let asked = 0
  const feed = createFeed(() => {
    asked++
    return database
  })
  await delay(1_200)
  expect(asked).toBe(0)
  const listeners = Array.from({ length: 50 }, () => feed.listen())
  for (const listener of listeners) await next(listener)
  expect(asked).toBe(1)
  await delay(2_300)
  expect(asked).toBeGreaterThanOrEqual(2)
  expect(asked).toBeLessThanOrEqual(3)
  for (const listener of listeners) await listener.return?.()
  const last = asked
  await delay(2_000)
  expect(asked).toBe(last)
  // And again when somebody comes back, with a revision of now.
  const revision = await change()
  expect(await next(feed.listen())).toBe(revision)
})

test('a listener that leaves does not wait for a revision that may never come', async () => {
  const feed = createFeed()
  const listener = feed.listen()
  await next(listener)
  const waiting = listener.next()
  await listener.return?.()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await listener.next()).toEqual({ done: true, value: undefined })
})

test('a database that cannot be reached is asked again', async () => {
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
  closeLater(() => pool.end())
  let current: Pick<Database, 'pool'> | undefined
  const listener = createFeed(() => current).listen()
  const coming = next(listener)
  await delay(500)
  current = { pool }
  await delay(1_500)
  current = database
  expect(await coming).toMatch(/^\d+$/)
})

test('a feed that stops ends its listeners, and those who come afterwards', async () => {
  const feed = createFeed()
  const listener = feed.listen()
  await next(listener)
  const waiting = listener.next()
  feed.stop()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await feed.listen().next()).toEqual({ done: true, value: undefined })
})
