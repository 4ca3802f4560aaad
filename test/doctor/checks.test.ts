import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { diskFinding, versionFinding } from '../../src/doctor/check-database.ts'
import { longRunning } from '../../src/doctor/check-load.ts'
import { unusedIndexes } from '../../src/doctor/check-schema.ts'
import { examine } from '../../src/doctor/examine.ts'
import type { CheckContext, Finding } from '../../src/doctor/finding.ts'
import { asSuperuser } from '../audit/tampering.ts'
import { openEmpty } from '../backup/empty-database.ts'
import { cloneDatabase, closeLater, isServer, openTestDatabase, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

/** The folder of the embedded database is looked at, whichever it is. */
const configOf = (environment: Record<string, string>) => readConfig({ DATA_DIR: tmpdir(), ...environment })

const contextOf = (database: Database, more: Partial<CheckContext> = {}): CheckContext => ({
  database,
  config: configOf({ ANONYMOUS_ROLE: 'reader' }),
  now: Date.now,
  onProgress: () => {},
  ...more,
})

async function examined(database: Database, more: Partial<CheckContext> = {}): Promise<Finding[]> {
  return examine(contextOf(database, more), new Set())
}

/** What is not in order. */
async function troubles(database: Database, more: Partial<CheckContext> = {}): Promise<Finding[]> {
  return (await examined(database, more)).filter(({ status }) => status === 'failed' || status === 'warning')
}

/** Exactly one thing is wrong, and there is advice. */
async function expectTrouble(
  database: Database,
  expected: { check: string; status: string; says: RegExp; advice: RegExp },
  more: Partial<CheckContext> = {},
): Promise<void> {
  const found = await troubles(database, more)
  expect(found).toEqual([
    {
      check: expected.check,
      status: expected.status,
      says: expect.stringMatching(expected.says),
      advice: expect.stringMatching(expected.advice),
    },
  ])
}

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

test('migrations: one was edited, failed half-way, is still to come, or came from a newer version', async () => {
  const database = await openTestDatabase()
  const set = (change: string) =>
    database.pool.query(`UPDATE _prisma_migrations SET ${change} WHERE migration_name LIKE '%hot_reload'`)
  const { rows } = await database.pool.query(
    "SELECT checksum FROM _prisma_migrations WHERE migration_name LIKE '%hot_reload'",
  )
  const migrations = { check: 'migrations', status: 'failed', advice: /Restore the last backup/ }
  await set("checksum = 'another'")
  await expectTrouble(database, { ...migrations, says: /hot_reload was edited/ })
  await set(`checksum = '${rows[0].checksum}', finished_at = NULL`)
  await expectTrouble(database, { ...migrations, says: /hot_reload failed half-way/ })
  await set('finished_at = now()')
  await database.pool.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('${randomUUID()}', '', '29990101000000_later', now())`,
  )
  await expectTrouble(database, {
    ...migrations,
    status: 'warning',
    says: /29990101000000_later/,
    advice: /upgrade this/,
  })
  await database.pool.query(
    "DELETE FROM _prisma_migrations WHERE migration_name LIKE '2999%' OR migration_name LIKE '%view'",
  )
  expect((await troubles(database)).find(({ check }) => check === 'migrations')).toMatchObject({
    status: 'warning',
    says: expect.stringMatching(/to be applied: \d+_statistics_view/),
    advice: expect.stringContaining('Take a backup'),
  })
})

test('schema: a table, a trigger, a constraint or a column is missing, or another one', async () => {
  const database = await openTestDatabase()
  const schema = { check: 'schema', status: 'failed', advice: /docs\/backup\.md/ }
  await database.pool.query('DROP TRIGGER change_sets_are_written_once ON change_sets')
  await expectTrouble(database, { ...schema, says: /missing: trigger change_sets_are_written_once/ })
  await database.pool.query(`CREATE TRIGGER change_sets_are_written_once BEFORE UPDATE OR DELETE ON change_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history()`)
  expect(await troubles(database)).toEqual([])
  await database.pool.query('ALTER TABLE change_sets DISABLE TRIGGER change_sets_are_written_once')
  await expectTrouble(database, { ...schema, says: /not as the migrations made it: trigger change_sets_are_/ })
  await database.pool.query('ALTER TABLE change_sets ENABLE TRIGGER change_sets_are_written_once')
  await database.pool.query(
    'ALTER TABLE tools DROP CONSTRAINT tools_platform_is_normal, ALTER description DROP NOT NULL',
  )
  expect((await troubles(database)).map(({ says }) => says).join('\n')).toMatch(
    /missing: .*constraint tools_platform_is_normal[\s\S]*not as the migrations made it: column tools\.description/,
  )
  await database.pool.query('DROP TABLE executions')
  expect((await troubles(database)).map(({ says }) => says)).toContain(
    'missing: table executions, constraint tools_platform_is_normal',
  )
})

test('indexes: one is missing, and the advice brings it back', async () => {
  const database = await openTestDatabase()
  await database.pool.query('DROP INDEX tools_platform_name_key_idx')
  const missing = { check: 'indexes', status: 'failed', says: /tools_platform_name_key_idx is missing/ }
  await expectTrouble(database, {
    ...missing,
    advice: /^Run: CREATE INDEX CONCURRENTLY tools_platform_name_key_idx ON /,
  })
  const [{ advice = '' } = {}] = await troubles(database)
  await database.pool.query(advice.replace('Run: ', ''))
  expect(await troubles(database)).toEqual([])
})

test('indexes: one is invalid, as when it could not be built', async () => {
  const database = await openTestDatabase()
  await database.pool.query(
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tools_status_name_key_idx'::regclass",
  )
  const invalid = { check: 'indexes', status: 'failed', says: /tools_status_name_key_idx is invalid/ }
  await expectTrouble(database, { ...invalid, advice: /REINDEX INDEX CONCURRENTLY tools_status_name_key_idx/ })
})

test('indexes: one is large, and nobody has used it for long', async () => {
  const database = await openTestDatabase()
  const found = await unusedIndexes(database, { bytes: 0, days: 0 })
  expect(found.map(({ says }) => says).join('\n')).toMatch(/nobody has used the index tools_status_name_key_idx \(/)
  expect(found.every(({ status }) => status === 'warning')).toBe(true)
  expect(await unusedIndexes(database, { bytes: 1_000_000_000, days: 0 })).toEqual([])
  expect(await unusedIndexes(database, { bytes: 0, days: 100_000 })).toEqual([])
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
  for (const _ of ['one', 'other']) {
    const feed = database.createClient({})
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
