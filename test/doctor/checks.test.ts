import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { diskFinding, versionFinding } from '../../src/doctor/check-database.ts'
import { longRunning } from '../../src/doctor/check-load.ts'
import { asSuperuser } from '../audit/tampering.ts'
import { openEmpty } from '../backup/empty-database.ts'
import { cloneDatabase, closeLater, isServer, openTestDatabase, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { configOf, examined, expectTrouble, troubles } from './examined.ts'

test('a sound database has no trouble, and nothing in it is changed by looking', async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition()])
  const schemas =
    'SELECT nspname, (SELECT count(*)::int FROM pg_class WHERE relnamespace = n.oid) AS objects FROM pg_namespace n ORDER BY 1'
  const before = (await database.pool.query(schemas)).rows
  const findings = await examined(database)
  expect(findings.filter(({ status }) => status !== 'ok' && status !== 'skipped')).toEqual([])
  expect(findings.map(({ check }) => check)).toEqual(
    'database clock migrations schema indexes access connections transactions disk history'.split(' '),
  )
  expect((await database.pool.query(schemas)).rows).toEqual(before)
})

test('an empty database has no catalog, and the rest is not complained about', async () => {
  await expectTrouble(await openEmpty('server'), {
    check: 'migrations',
    status: 'failed',
    says: /no catalog in this database yet/,
    advice: /restore a backup/,
  })
})

test('database: a server that is too old', () => {
  expect(versionFinding(140_010, 'PostgreSQL 14.10')).toMatchObject({
    status: 'failed',
    advice: 'Use PostgreSQL 15 or newer.',
  })
  expect(versionFinding(150_000, 'PostgreSQL 15.0').status).toBe('ok')
})

test('clock: this machine is ahead of the database, or behind it', async () => {
  const database = await openTestDatabase()
  const shifted = (ms: number) => ({ now: () => Date.now() + ms })
  const clock = { check: 'clock', says: /apart/, advice: /chrony/ }
  await expectTrouble(database, { ...clock, status: 'warning' }, shifted(5_000))
  await expectTrouble(database, { ...clock, status: 'failed' }, shifted(-60_000))
  expect(await troubles(database, shifted(300))).toEqual([])
})

test('access: nobody has said who may read, or nobody could sign in', async () => {
  const database = await openTestDatabase()
  const access = { check: 'access', status: 'failed', says: /would not start/ }
  const config = (environment: Record<string, string>) => ({ config: configOf(environment) })
  await expectTrouble(database, { ...access, advice: /ANONYMOUS_ROLE: must be chosen/ }, config({ HOST: '0.0.0.0' }))
  const open = config({ HOST: '0.0.0.0', ANONYMOUS_ROLE: 'none' })
  await expectTrouble(database, { ...access, advice: /no usable API key/ }, open)
})

test.skipIf(!isServer())('connections: servers may open more than the database takes', async () => {
  const database = await openTestDatabase()
  const { rows } = await database.pool.query("SELECT current_setting('max_connections')::int AS most")
  const most = rows[0].most as number
  const config = (size: number) => ({
    config: configOf({ ANONYMOUS_ROLE: 'reader', DATABASE_POOL_MAX: String(size) }),
  })
  const connections = { check: 'connections', says: /the database takes \d+/, advice: /Lower DATABASE_POOL_MAX/ }
  await expectTrouble(database, { ...connections, status: 'failed' }, config(Math.min(500, most)))
  // Two servers that each could have their own, and not both.
  const feeds = [database.createClient({}), database.createClient({})]
  for (const feed of feeds) {
    await feed.connect()
    closeLater(() => feed.end())
  }
  await expectTrouble(database, { ...connections, status: 'warning' }, config(Math.floor(most * 0.7)))
})

test.skipIf(!isServer())('transactions: one is open for too long, and log is kept for nobody', async () => {
  const environment = await cloneDatabase()
  const database = await openDatabase(testConfig(environment))
  closeLater(() => database.close())
  const limits = { transactionSeconds: 300, keptLogBytes: 1024 ** 3 }
  const client = await database.pool.connect()
  await client.query('BEGIN; SELECT FROM tools')
  await database.pool.query('SELECT pg_sleep(0.2)')
  const [open] = await longRunning({ database }, { ...limits, transactionSeconds: 0.1 })
  expect(open).toMatchObject({
    status: 'warning',
    says: expect.stringMatching(/^process \d+ \(tool-catalog, idle in transaction\)/),
  })
  const pid = /pg_terminate_backend\((\d+)\)/.exec(open?.advice ?? '')?.[1]
  expect(pid).toBe(String((client as unknown as { processID: number }).processID))
  await client.query('ROLLBACK')
  client.release()
  const slot = `care_${randomUUID().replaceAll('-', '')}`
  await database.pool.query('SELECT pg_create_physical_replication_slot($1, true)', [slot])
  try {
    await importAll(database, [aDefinition()])
    const [kept] = await longRunning({ database }, { ...limits, keptLogBytes: 1 })
    expect(kept).toMatchObject({
      status: 'failed',
      says: expect.stringMatching(new RegExp(`^the replication slot ${slot} keeps`)),
    })
    expect(kept?.advice).toContain(`SELECT pg_drop_replication_slot('${slot}')`)
  } finally {
    await database.pool.query('SELECT pg_drop_replication_slot($1)', [slot])
  }
  expect(await longRunning({ database }, limits)).toEqual([])
})

test('disk: little is free, or next to nothing', () => {
  const gib = 2 ** 30
  expect(diskFinding('/data', 50 * gib, 100 * gib)).toMatchObject({ status: 'ok' })
  expect(diskFinding('/data', 5 * gib, 100 * gib)).toMatchObject({
    status: 'warning',
    advice: expect.stringMatching(/compact/),
  })
  expect(diskFinding('/data', 0.2 * gib, 1 * gib)).toMatchObject({ status: 'failed' })
})

test('history: somebody has changed it', async () => {
  const database = await openTestDatabase()
  for (const version of ['1.0.0', '2.0.0']) await importAll(database, [aDefinition({ version })])
  await asSuperuser(database, "UPDATE change_events SET after = '{}' WHERE revision = 2")
  await expectTrouble(database, {
    check: 'history',
    status: 'failed',
    says: /revision 2 is bad: it does not say what was written/,
    advice: /restore the last backup that verifies/,
  })
})

test('a check that cannot even run has found something, and the others run all the same', async () => {
  const database = await openTestDatabase()
  await database.pool.query('DROP TABLE change_sets CASCADE')
  const found = await troubles(database)
  expect(found.map(({ check }) => check)).toContain('history')
  expect(found.find(({ check }) => check === 'history')).toMatchObject({ says: expect.stringContaining('change_sets') })
  expect((await examined(database)).find(({ check }) => check === 'clock')?.status).toBe('ok')
})
