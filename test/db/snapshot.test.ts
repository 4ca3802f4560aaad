import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { Snapshot, withSnapshot } from '../../src/db/snapshot.ts'
import { isServer, openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

const countTools = async (snapshot: Snapshot) =>
  (await snapshot.query<{ tools: number }>('count', 'SELECT count(*)::int AS tools FROM tools'))[0]?.tools

test('a write between two queries of one snapshot is not seen, and its revision stays', async () => {
  await importAll(database, [aDefinition({ tool_name: 'before' })])
  const snapshot = new Snapshot(database)
  const [tools, revision] = [await countTools(snapshot), await snapshot.revision()]
  const write = importAll(database, [aDefinition({ tool_name: 'between' })])
  // The embedded database is one session: there the write waits for the snapshot instead.
  if (isServer()) await write
  expect(await countTools(snapshot)).toBe(tools)
  expect(await snapshot.revision()).toBe(revision)
  await snapshot.end()
  const { revisions } = await write
  const after = await withSnapshot(database, async (later) => [await countTools(later), await later.revision()])
  expect(after).toEqual([(tools ?? 0) + 1, revisions[0]])
  expect(Number(revisions[0])).toBe(Number(revision) + 1)
})

test('ending twice, at once, or without any query is fine, and gives the connection back', async () => {
  for (let round = 0; round < 30; round++) {
    const snapshot = new Snapshot(database)
    if (round % 3) await countTools(snapshot)
    await Promise.all([snapshot.end(), snapshot.end()])
    await snapshot.end()
  }
  expect(database.pool.idleCount).toBe(database.pool.totalCount)
})

test('queries that are asked at once are answered each with its own rows', async () => {
  const answers = await withSnapshot(database, (snapshot) =>
    Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        snapshot.query<{ n: number }>(`n${index % 3}`, 'SELECT $1::int AS n', [index]),
      ),
    ),
  )
  expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 50 }, (_, index) => index))
})

test('a query that fails fails alone, and the connection goes back usable', async () => {
  await expect(withSnapshot(database, (snapshot) => snapshot.query('broken', 'SELECT 1 / 0'))).rejects.toThrow(
    /division by zero/,
  )
  expect(await withSnapshot(database, countTools)).toBeGreaterThanOrEqual(0)
  expect(database.pool.idleCount).toBe(database.pool.totalCount)
})

test('a transaction waits for what was asked outside of it, on a connection that is slow to come', async () => {
  const own = await openTestDatabase()
  const pinnedTo = await withSnapshot(own, (other) => other.open())
  const held = await own.pool.connect()
  const snapshot = new Snapshot(own, { pinnedTo })
  const outside = snapshot.query('count', 'SELECT count(*)::int AS tools FROM tools')
  held.release()
  // The transaction gets the free connection at once; whoever comes behind its BEGIN waits for its end on the embedded database.
  const inside = snapshot.query('explain', 'EXPLAIN SELECT 1')
  const started = performance.now()
  await Promise.all([outside, inside])
  expect(performance.now() - started).toBeLessThan(10_000)
  await snapshot.end()
  expect(own.pool.idleCount).toBe(own.pool.totalCount)
})

test('a snapshot cannot write', async () => {
  await expect(withSnapshot(database, (snapshot) => snapshot.query('write', 'DELETE FROM tools'))).rejects.toThrow(
    /read-only transaction/,
  )
})

test('a query after the end is refused, and no connection stays behind', async () => {
  const snapshot = new Snapshot(database)
  await snapshot.query('first', 'SELECT 1')
  await snapshot.end()
  await expect(snapshot.query('late', 'SELECT 2')).rejects.toThrow('The snapshot has ended')
  expect(database.pool.idleCount).toBe(database.pool.totalCount)
})

test('a text with U+0000 is refused without spoiling the snapshot', async () => {
  await withSnapshot(database, async (snapshot) => {
    await expect(snapshot.query('odd', 'SELECT $1::text[]', [['a\0b']])).rejects.toThrow('U+0000')
    expect(await snapshot.query('fine', 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

test.runIf(isServer())('a connection that the server ends fails its query, and the process lives', async () => {
  const snapshot = new Snapshot(database)
  const [row] = await snapshot.query<{ pid: number }>('pid', 'SELECT pg_backend_pid() AS pid')
  await database.pool.query('SELECT pg_terminate_backend($1)', [row?.pid])
  await expect(snapshot.query('broken', 'SELECT 1')).rejects.toThrow()
  await snapshot.end()
  expect(await withSnapshot(database, (next) => next.query('again', 'SELECT 1 AS one'))).toEqual([{ one: 1 }])
})
