import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { type EmbeddedConnection, openEmbedded } from '../../src/db/embedded.ts'
import { closeLater } from '../support/database.ts'

let embedded: EmbeddedConnection
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-relay-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  embedded = await openEmbedded(folder, {})
  closeLater(() => embedded.stop())
})

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ host: embedded.host, port: embedded.port, user: 'postgres', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  closeLater(() => client.end().catch(() => {}))
  return client
}

/** Whether a promise is still waiting after the session has answered somebody else's questions. */
async function isWaiting(promise: Promise<unknown>, elsewhere: pg.Client): Promise<boolean> {
  let isDone = false
  void promise.then(() => (isDone = true))
  for (let round = 0; round < 20; round++) await elsewhere.query('SELECT 1')
  return !isDone
}

test('ten connections with large parameters each get their own answers', async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, connect))
  const wrong: string[] = []
  await Promise.all(
    clients.map(async (client, own) => {
      for (let round = 0; round < 60; round++) {
        const mark = `${own}/${round}/`
        const { rows } = await client.query('SELECT $1::text AS echo, length($2::text) AS size', [
          mark,
          mark.padEnd(300_000, 'x'),
        ])
        if (rows[0].echo !== mark || rows[0].size !== 300_000) wrong.push(mark)
      }
    }),
  )
  expect(wrong).toEqual([])
  for (const client of clients) await client.end()
})

test('answers larger than a packet come back whole, beside errors of others', async () => {
  const readers = await Promise.all([1, 2, 3, 4].map(connect))
  const failing = await Promise.all([1, 2, 3, 4].map(connect))
  const reads = Promise.all(
    readers.map((reader, index) => reader.query('SELECT repeat($1, 2000000) AS text', [String(index + 1)])),
  )
  const failures = await Promise.allSettled(failing.map((client) => client.query('SELECT 1 / $1::int', [0])))
  expect(failures.every(({ status }) => status === 'rejected')).toBe(true)
  expect((await reads).map(({ rows }) => [rows[0].text.length, rows[0].text[0], rows[0].text.at(-1)])).toEqual(
    ['1', '2', '3', '4'].map((n) => [2_000_000, n, n]),
  )
})

test('a transaction keeps the session until it ends, and the others go on then', async () => {
  const [owner, other] = [await connect(), await connect()]
  await owner.query('CREATE TABLE kept (n int)')
  await owner.query('BEGIN')
  await owner.query('INSERT INTO kept VALUES (1)')
  const waiting = other.query('SELECT count(*)::int AS n FROM kept')
  expect(await isWaiting(waiting, owner)).toBe(true)
  await owner.query('ROLLBACK')
  expect((await waiting).rows).toEqual([{ n: 0 }])
})

test('a transaction that failed keeps the session too, until its client ends it', async () => {
  const [owner, other] = [await connect(), await connect()]
  await owner.query('BEGIN')
  await expect(owner.query('SELECT 1 / 0')).rejects.toThrow(/division by zero/)
  const waiting = other.query('SELECT 1 AS n')
  await expect(owner.query('SELECT 1')).rejects.toThrow(/current transaction is aborted/)
  await owner.query('ROLLBACK')
  expect((await waiting).rows).toEqual([{ n: 1 }])
})

test.each(['idle', 'busy'])(
  'a client that goes away inside a transaction (%s) is rolled back, and the others go on',
  async (state) => {
    const [owner, other] = [await connect(), await connect()]
    await other.query(`CREATE TABLE left_${state} (n int)`)
    await owner.query('BEGIN')
    await owner.query(`INSERT INTO left_${state} VALUES (1)`)
    const waiting = other.query(`SELECT count(*)::int AS n FROM left_${state}`)
    if (state === 'busy') owner.query('SELECT pg_sleep(0.2)').catch(() => {})
    const socket = (owner as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
    socket.destroy()
    expect((await waiting).rows).toEqual([{ n: 0 }])
    await other.query('BEGIN')
    await other.query('COMMIT')
  },
)

test('a client that goes away in the middle of a message disturbs nobody', async () => {
  const [half, other] = [await connect(), await connect()]
  const { stream } = (half as unknown as { connection: { stream: { write(bytes: Buffer): void; destroy(): void } } })
    .connection
  stream.write(Buffer.from([0x51, 0, 0, 1, 0, 0x53, 0x45]))
  stream.destroy()
  expect((await other.query('SELECT 7 AS n')).rows).toEqual([{ n: 7 }])
})
