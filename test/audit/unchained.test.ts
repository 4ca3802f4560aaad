import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { beforeAll, expect, inject, test } from 'vitest'
import { verifyChain } from '../../src/changes/verify.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { migrationsList, pendingMigrations } from '../../src/db/migrations.ts'
import { NO_FILTERS, withSchemaEngine } from '../../src/db/schema-engine.ts'
import { closeLater, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { administer, databaseUrl } from '../support/global-setup.ts'
import { asSuperuser, keepHistory } from './tampering.ts'

/** Change sets that were written before there was a chain. */
const OLD = 3

let database: Database
let restore: () => Promise<void>
beforeAll(async () => {
  database = await openDatabase(testConfig(await emptyDatabase()))
  closeLater(() => database.close())
  await migrateFirstOnly(database)
  for (let revision = 1; revision <= OLD; revision++) await writeAsBefore(database, revision)
  expect(await database.migrate()).toContain('20261122170000_change_safely')
  restore = await keepHistory(database)
})

async function emptyDatabase(): Promise<Record<string, string>> {
  const template = inject('template')
  if (template.kind === 'embedded') {
    const dataDir = mkdtempSync(join(tmpdir(), 'tool-catalog-unchained-'))
    closeLater(() => rmSync(dataDir, { recursive: true, force: true }))
    return { DATA_DIR: dataDir }
  }
  const name = `tool_catalog_unchained_${randomUUID().replaceAll('-', '')}`
  await administer(template.url, `CREATE DATABASE ${name}`)
  closeLater(() => administer(template.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { DATABASE_URL: databaseUrl(template.url, name) }
}

/** As the first release did, which had one migration. The engine keeps its connection: it gets a pool of its own. */
async function migrateFirstOnly({ pool }: Database): Promise<void> {
  const all = migrationsList()
  const [first] = all.migrationDirectories
  if (!first) throw new Error('There is a first migration')
  const own = new pg.Pool({ ...pool.options, min: 0 })
  await withSchemaEngine(new PrismaPg(own, { disposeExternalPool: false }), undefined, (engine) =>
    engine.applyMigrations({ migrationsList: { ...all, migrationDirectories: [first] }, filters: NO_FILTERS }),
  )
  await own.end()
  expect(await pendingMigrations(pool)).not.toContain(first.path)
}

/** The statement that the first release wrote its log with, shortened to one event. */
async function writeAsBefore({ pool }: Database, revision: number): Promise<void> {
  await pool.query(
    `WITH head AS (
       UPDATE catalog_state SET revision = revision + 1 WHERE id = 1 RETURNING revision
     ), logged AS (
       INSERT INTO change_sets (revision, actor, source) SELECT revision, 'cli:old', 'import' FROM head
     )
     INSERT INTO change_events (revision, position, kind, tool_id, tool_name, version, after)
     SELECT revision, 0, 'ToolCreated', $1, $2, '1.0.0', $3::json FROM head`,
    [randomUUID(), `old-${revision}`, JSON.stringify(aDefinition({ tool_name: `old-${revision}` }))],
  )
}

test('a history that is older than the chain is counted, not verified, and the chain begins behind it', async () => {
  expect(await verifyChain(database)).toEqual({
    verified: 0,
    unchained: OLD,
    compacted: 0,
    headHash: '',
    firstBad: undefined,
  })
  await importAll(database, [aDefinition()])
  await importAll(database, [aDefinition({ version: '2.0.0' })])
  const report = await verifyChain(database)
  expect(report).toEqual({
    verified: 2,
    unchained: OLD,
    compacted: 0,
    headHash: expect.stringMatching(/^\w{64}$/),
    firstBad: undefined,
  })
  const { rows } = await database.pool.query('SELECT revision::int, hash FROM change_sets ORDER BY revision')
  expect(rows.map(({ hash }) => hash === null)).toEqual([true, true, true, false, false])
  expect(report.headHash).toBe(rows.at(-1).hash)
  await database.pool.query('DROP TABLE kept_change_sets, kept_change_events, kept_catalog_state')
  restore = await keepHistory(database)
})

test.each<[string, string, string]>([
  ['that is missing', 'DELETE FROM change_sets WHERE revision = 2', '2: it is missing'],
  [
    'that was given a hash',
    `UPDATE change_sets SET digest = md5('') || md5(''), hash = md5('') || md5('') WHERE revision = 2`,
    '2: it does not say what was written',
  ],
])('a revision older than the chain %s is named', async (_, statement, bad) => {
  await asSuperuser(database, statement)
  const { firstBad } = await verifyChain(database)
  expect(firstBad && `${firstBad.revision}: ${firstBad.reason}`).toBe(bad)
  await restore()
})

test.each<[string, string, string]>([
  [
    'the first of the chain that was changed',
    `UPDATE change_sets SET actor = 'key:other' WHERE revision = 4`,
    '4: it does not say what was written',
  ],
  [
    'the one behind one of the chain that was made to look older',
    'UPDATE change_sets SET digest = NULL, hash = NULL WHERE revision = 4',
    '5: its hash does not follow from the one before',
  ],
])('behind a history older than the chain %s is named', async (_, statement, bad) => {
  await asSuperuser(database, statement)
  const { firstBad } = await verifyChain(database)
  expect(firstBad && `${firstBad.revision}: ${firstBad.reason}`).toBe(bad)
  await restore()
})
