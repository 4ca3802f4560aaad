import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { REVISION_CHANNEL } from '../changes/log.ts'
import { type ChainReport, verifyChainOf } from '../changes/verify.ts'
import type { Database } from '../db/database.ts'
import { MIGRATION_LOCK, type Migration, readMigrations } from '../db/migrations.ts'
import { buildSchema, currentSchema, runMigrations } from '../db/schema-build.ts'
import { inTransaction } from '../db/transaction.ts'
import { BackupError } from './backup-error.ts'
import type { BackupHeader } from './backup-format.ts'
import { type PresentTable, presentTables, quoted } from './backup-tables.ts'
import { type BackupBatch, readBackup, readBackupHeader } from './read-backup.ts'
import { inspectTarget, type RestoreTarget, refuseToReplace } from './restore-target.ts'
import { swapSchema } from './swap-schema.ts'
import type { RowProgress } from './write-backup.ts'

/** A file that was read to its end, and is whole. */
export interface CheckedBackup {
  readonly path: string
  /** What to call it in messages. */
  readonly name: string
  readonly header: BackupHeader
  /** The migrations that its database had, and those of this version that came later. */
  readonly applied: readonly Migration[]
  readonly newer: readonly Migration[]
}

export interface RestoreOptions {
  /** Whether a catalog that is there may go. */
  readonly replace: boolean
  /** Do everything, and then undo it. */
  readonly dryRun: boolean
  readonly onProgress?: RowProgress
  /** Progress of the check of the history: revisions done, and revisions in all. */
  readonly onVerify?: RowProgress
}

export interface Restored {
  readonly header: BackupHeader
  /** What was there before. */
  readonly replaced: RestoreTarget
  /** The new one. */
  readonly epoch: string
  readonly chain: ChainReport
  /** Migrations that were newer than the backup. */
  readonly migrated: readonly string[]
}

/** Where it is put together, inside the transaction. */
const BUILDING = 'tool_catalog_restore'
const BEGIN = `BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'`

/**
 * Read a backup file to its end, before anything is done with it.
 * @throws BackupError when it is truncated, damaged, of a newer version, or something else
 */
export async function checkBackup(path: string, name: string): Promise<CheckedBackup> {
  const header = await readBackupHeader(path, name)
  const rows = readBackup(path, name)
  while (!(await rows.next()).done);
  return { path, name, header, ...splitMigrations(header, name) }
}

function splitMigrations(header: BackupHeader, name: string): Pick<CheckedBackup, 'applied' | 'newer'> {
  const known = readMigrations()
  const had = new Map(header.migrations.map((migration) => [migration.name, migration.checksum]))
  for (const migration of header.migrations) {
    const own = known.find((one) => one.name === migration.name)
    if (!own)
      throw new BackupError(
        `${name} is of a newer version of tool-catalog: this one does not know the migration ${migration.name}. Update tool-catalog first.`,
      )
    if (own.checksum !== migration.checksum)
      throw new BackupError(
        `${name} is of another tool-catalog: the migration ${migration.name} is not the one of this version.`,
      )
  }
  return { applied: known.filter((one) => had.has(one.name)), newer: known.filter((one) => !had.has(one.name)) }
}

/**
 * Put a backup in the place of the catalog, in one transaction: the schema of the backup is built anew beside what is there,
 * filled, migrated and verified, and takes its place at the very end. What is there may be damaged, or missing: nothing of it is used.
 * Whatever goes wrong, everything is as it was.
 * @throws BackupError
 */
export async function restoreBackup(
  database: Database,
  backup: CheckedBackup,
  options: RestoreOptions,
): Promise<Restored> {
  const { header, newer } = backup
  const work = async (client: Client) => {
    await lockOut(client)
    const target = await inspectTarget(client)
    if (!target.isEmpty && !options.replace && !options.dryRun) refuseToReplace(target)
    const place = await currentSchema(client)
    await fill(client, backup, options)
    await runMigrations(client, newer)
    const epoch = await finishRows(client, backup)
    const chain = await verify(client, backup, options)
    if (!options.dryRun) await takePlace(client, place)
    return { header, replaced: target, epoch, chain, migrated: newer.map(({ name }) => name) }
  }
  const restored = await inTransaction(database.pool, BEGIN, work, options.dryRun ? 'ROLLBACK' : 'COMMIT')
  if (!options.dryRun) await greetServers(database)
  return restored
}

type Client = Pick<pg.ClientBase, 'query'>

/** Servers that start, and other restores, take the same lock: how long to wait for them, in milliseconds. */
const LOCK_MS = 10_000
const NOT_AVAILABLE = '55P03'

async function lockOut(client: Client): Promise<void> {
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
      SET LOCAL lock_timeout = 0`)
  } catch (error) {
    if ((error as { readonly code?: string }).code !== NOT_AVAILABLE) throw error
    throw new BackupError('Another restore, or a server that migrates, has the database. Try again when it is done.')
  }
}

async function fill(
  client: Client,
  { path, name, header, applied }: CheckedBackup,
  { onProgress }: RestoreOptions,
): Promise<void> {
  await buildSchema(client, BUILDING, applied)
  // The one row that the migrations themselves write.
  await client.query('DELETE FROM catalog_state')
  const tables = await presentTables(client)
  const total = header.tables.reduce((sum, { rows }) => sum + rows, 0)
  let done = 0
  for await (const batch of readBackup(path, name)) {
    await insert(client, batch, tables.get(batch.table.name), name)
    done += batch.rows.length
    onProgress?.(done, total)
  }
  // Now, because tables with constraints that are still to be checked cannot be migrated.
  await client.query('SET CONSTRAINTS ALL IMMEDIATE')
}

async function insert(
  client: Client,
  { table, rows }: BackupBatch,
  present: PresentTable | undefined,
  name: string,
): Promise<void> {
  const types = table.columns.map((column) => present?.types[present.columns.indexOf(column)])
  const strange = table.columns[types.indexOf(undefined)]
  if (strange !== undefined)
    throw new BackupError(`${name} is damaged: its schema has no column ${table.name}.${strange}.`)
  const columns = table.columns.map(quoted).join(', ')
  const values = types.map((type, index) => `c${index}::${type}`).join(', ')
  const parameters = types.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const names = types.map((_, index) => `c${index}`).join(', ')
  await client.query(
    `INSERT INTO ${quoted(table.name)} (${columns}) SELECT ${values} FROM unnest(${parameters}) AS row(${names})`,
    types.map((_, index) => rows.map((row) => row[index] ?? null)),
  )
}

/** Counters go on behind what is there, the history becomes another one, and the statistics are those of these rows. */
async function finishRows(client: Client, { header, name }: CheckedBackup): Promise<string> {
  for (const table of ['executions', 'reloads'])
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table}', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM ${table}`,
    )
  const epoch = randomUUID()
  const { rows } = await client.query<Pick<BackupHeader, 'revision' | 'headHash'>>(
    'UPDATE catalog_state SET epoch = $1 RETURNING revision::text AS revision, head_hash AS "headHash"',
    [epoch],
  )
  if (rows[0]?.revision !== header.revision || rows[0].headHash !== header.headHash)
    throw new BackupError(`${name} is damaged: its header and its rows are of two revisions.`)
  await client.query('REFRESH MATERIALIZED VIEW catalog_statistics')
  await client.query(`ANALYZE ${[...(await presentTables(client)).keys()].map(quoted).join(', ')}`)
  return epoch
}

async function verify(client: Client, { name }: CheckedBackup, { onVerify }: RestoreOptions): Promise<ChainReport> {
  const query = async <T extends object>(_: string, sql: string, values: readonly unknown[] = []) =>
    (await client.query<T>(sql, [...values])).rows
  const chain = await verifyChainOf({ query }, onVerify)
  if (chain.firstBad)
    throw new BackupError(
      `The history in ${name} is not as it was written: revision ${chain.firstBad.revision} is bad, ${chain.firstBad.reason}. Nothing was restored.`,
    )
  return chain
}

async function takePlace(client: Client, place: string): Promise<void> {
  await swapSchema(client, BUILDING, place)
  await client.query(`SET LOCAL search_path = ${quoted(place)}`)
  await client.query(MIGRATIONS_TABLE)
  await client.query('DELETE FROM _prisma_migrations')
  for (const { name, checksum } of readMigrations())
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)`,
      [randomUUID(), checksum, name],
    )
  // Servers look at the log once more; what they look at has the epoch.
  await client.query('SELECT pg_notify($1, $2)', [REVISION_CHANNEL, 'epoch'])
}

/** As Prisma's schema engine makes it. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`

/**
 * Servers have statements prepared for tables that are no more: their connections are ended, and they come back with new ones. Those
 * of other users are left alone, where this one may not end them.
 */
async function greetServers({ kind, pool }: Database): Promise<void> {
  if (kind === 'embedded') return
  await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name LIKE 'tool-catalog%' AND pid <> pg_backend_pid()`)
}
