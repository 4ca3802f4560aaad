import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { MIGRATIONS_DIR, MigrationError, pendingMigrations } from '../../src/db/migrations.ts'
import { schemaDrift } from '../../src/db/schema-drift.ts'
import { closeLater, isServer, openTestDatabase, testConfig } from '../support/database.ts'
import { administer, databaseUrl } from '../support/global-setup.ts'

const INIT = '20261122000000_init'

/** Where an empty database is, without any table. */
async function emptyDatabase(): Promise<Record<string, string>> {
  const template = inject('template')
  if (template.kind === 'embedded') {
    const dataDir = mkdtempSync(join(tmpdir(), 'tool-catalog-empty-'))
    closeLater(() => rmSync(dataDir, { recursive: true, force: true }))
    return { DATA_DIR: dataDir }
  }
  const name = `tool_catalog_empty_${randomUUID().replaceAll('-', '')}`
  await administer(template.url, `CREATE DATABASE ${name}`)
  closeLater(() => administer(template.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { DATABASE_URL: databaseUrl(template.url, name) }
}

async function open(environment: Record<string, string>): Promise<Database> {
  const database = await openDatabase(testConfig(environment))
  closeLater(() => database.close())
  return database
}

const driftOf = ({ pool }: Database) => schemaDrift(new PrismaPg(pool, { disposeExternalPool: false }))

test('migrating an empty database gives exactly schema.prisma, and migrating again does nothing', async () => {
  const database = await open(await emptyDatabase())
  expect(await pendingMigrations(database.pool)).toContain(INIT)
  const applied = await database.migrate()
  expect(applied[0]).toBe(INIT)
  expect(await driftOf(database)).toBe('')
  expect(await pendingMigrations(database.pool)).toEqual([])
  expect(await database.migrate()).toEqual([])
  const { rows } = await database.pool.query('SELECT count(*)::int AS runs FROM _prisma_migrations')
  expect(rows[0].runs).toBe(applied.length)
})

describe('a migrated database', () => {
  test('in which a column or an index is missing is seen to drift', async () => {
    const database = await openTestDatabase()
    await database.pool.query('DROP INDEX tools_platform_name_key_idx')
    expect(await driftOf(database)).toMatch(/CREATE INDEX "tools_platform_name_key_idx"/)
    await database.pool.query('ALTER TABLE patterns DROP COLUMN scope')
    expect(await driftOf(database)).toMatch(/ADD COLUMN\s+"scope"/)
  })

  test('is refused when a migration was edited after it had been applied', async () => {
    const database = await openTestDatabase()
    await database.pool.query("UPDATE _prisma_migrations SET checksum = md5('') WHERE migration_name = $1", [INIT])
    await expect(database.migrate()).rejects.toThrow(
      new MigrationError(`The migration ${INIT} was edited after it had been applied.`),
    )
  })

  test('is refused when a migration failed half-way, until that is repaired', async () => {
    const database = await openTestDatabase()
    await database.pool.query('UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1', [INIT])
    await expect(database.migrate()).rejects.toThrow(MigrationError)
    await expect(database.migrate()).rejects.toThrow(/20261122000000_init failed half-way/)
    await database.pool.query('UPDATE _prisma_migrations SET finished_at = now()')
    expect(await database.migrate()).toEqual([])
  })
})

test.skipIf(!isServer())(
  'replicas that migrate one fresh server database at once all succeed, and it is migrated once',
  async () => {
    for (let round = 0; round < 3; round++) {
      const environment = await emptyDatabase()
      const replicas = await Promise.all([1, 2, 3, 4].map(() => open(environment)))
      const applied = await Promise.all(replicas.map((replica) => replica.migrate()))
      expect(applied.flat()).toContain(INIT)
      expect(applied.flat().length).toBe(new Set(applied.flat()).size)
      const [first] = replicas
      expect(first && (await driftOf(first))).toBe('')
    }
  },
)

test('no migration has a semicolon inside a comment, where the engine would cut a statement in two', () => {
  const folders = readdirSync(MIGRATIONS_DIR, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const comments = folders.flatMap(
    ({ name }) => readFileSync(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8').match(/--.*$/gm) ?? [],
  )
  expect(comments.length).toBeGreaterThan(0)
  expect(comments.filter((comment) => comment.includes(';'))).toEqual([])
})
