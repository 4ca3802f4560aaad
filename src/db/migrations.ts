import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type pg from 'pg'
import { NO_FILTERS, withSchemaEngine } from './schema-engine.ts'

/** `prisma/migrations` of the package, from `src/db` and from `dist/db` alike. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

export interface Migration {
  readonly name: string
  readonly sql: string
  /** SHA-256 of the SQL, in hex, as `_prisma_migrations` has it. */
  readonly checksum: string
}

/** Any number; the same for every replica, so that they migrate one after the other. */
export const MIGRATION_LOCK = 7_305_001

/** The migrations of this program, in their order. */
export function readMigrations(): Migration[] {
  return readdirSync(MIGRATIONS_DIR, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const sql = readFileSync(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The migrations in the form the schema engine reads them. */
export function migrationsList() {
  return {
    baseDir: MIGRATIONS_DIR,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(MIGRATIONS_DIR, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: readMigrations().map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  }
}

/**
 * Names of migrations that this database does not have yet.
 * @throws MigrationError when one failed half-way, or was edited after it had been applied
 */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const table = await pool.query<{ exists: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists")
  const migrations = readMigrations()
  if (!table.rows[0]?.exists) return migrations.map(({ name }) => name)
  const { rows } = await pool.query<{ name: string; checksum: string; finished: boolean }>(
    'SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  const applied = new Map(rows.map((row) => [row.name, row]))
  return migrations.flatMap(({ name, checksum }) => {
    const row = applied.get(name)
    if (!row) return [name]
    if (!row.finished)
      throw new MigrationError(
        `The migration ${name} failed half-way. Restore a backup, or repair it and set finished_at in _prisma_migrations.`,
      )
    if (row.checksum !== checksum)
      throw new MigrationError(`The migration ${name} was edited after it had been applied.`)
    return []
  })
}

/**
 * Bring the database up to date. Replicas that start together wait for each other.
 * @returns names of the migrations that were applied
 */
export async function applyMigrations(
  pool: pg.Pool,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string[]> {
  const guard = await pool.connect()
  try {
    await guard.query(`SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
    // Only now: a migration that another replica is in the middle of looks like one that failed half-way.
    if ((await pendingMigrations(pool)).length === 0) return []
    const { appliedMigrationNames } = await withSchemaEngine(factory, undefined, (engine) =>
      engine.applyMigrations({ migrationsList: migrationsList(), filters: NO_FILTERS }),
    )
    return appliedMigrationNames
  } finally {
    // Not given back: its timeouts are off, and closing it releases the lock.
    guard.release(true)
  }
}
