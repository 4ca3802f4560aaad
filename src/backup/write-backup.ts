import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type pg from 'pg'
import type { Database } from '../db/database.ts'
import { readMigrations } from '../db/migrations.ts'
import { inTransaction } from '../db/transaction.ts'
import { BackupError } from './backup-error.ts'
import { type BackupHeader, type BackupRow, FORMAT, FORMAT_VERSION } from './backup-format.ts'
import { type PresentTable, quoted, wholeCatalog } from './backup-tables.ts'

/** What a backup was made of. */
export interface WrittenBackup {
  readonly header: BackupHeader
  /** Of the lines, without the last one: what the last one says. */
  readonly sha256: string
}

/** Rows done, and rows in all. */
export type RowProgress = (done: number, total: number) => void

/**
 * Everything is read in one REPEATABLE READ transaction: whoever writes meanwhile, it is the catalog of one revision. Texts
 * are written in one way, whatever the server's settings are. A big table may take longer than a statement should.
 */
const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'`

/**
 * Write a backup, compressed.
 * @throws BackupError when there is no catalog, or not all of it
 */
export async function writeBackup(
  { pool }: Pick<Database, 'pool'>,
  output: Writable,
  onProgress: RowProgress = () => {},
): Promise<WrittenBackup> {
  return inTransaction(pool, BEGIN, async (client) => {
    const { header, tables } = await readHeader(client)
    const hash = createHash('sha256')
    const lines = async function* () {
      for await (const text of contentLines(client, header, tables, onProgress)) {
        hash.update(text)
        yield text
      }
      yield `${JSON.stringify({ end: true, sha256: hash.copy().digest('hex') })}\n`
    }
    await pipeline(Readable.from(lines()), createGzip(), output)
    return { header, sha256: hash.digest('hex') }
  })
}

type Client = Pick<pg.ClientBase, 'query'>
type CatalogTables = Awaited<ReturnType<typeof wholeCatalog>>

async function readHeader(client: Client): Promise<{ header: BackupHeader; tables: CatalogTables }> {
  const migrations = await appliedMigrations(client)
  const tables = await wholeCatalog(client, new Set(migrations.map(({ name }) => name)))
  // Columns that came later are null where they are not there yet.
  const { rows } = await client.query<Pick<BackupHeader, 'epoch' | 'revision' | 'compactedRevision' | 'headHash'>>(
    `SELECT coalesce(s->>'epoch', gen_random_uuid()::text) AS epoch, s->>'revision' AS revision,
       coalesce(s->>'compacted_revision', '0') AS "compactedRevision", coalesce(s->>'head_hash', '') AS "headHash"
     FROM (SELECT to_json(catalog_state) AS s FROM catalog_state) AS state`,
  )
  const [state] = rows
  if (!state) throw new BackupError('catalog_state has no row: the database is damaged.')
  const header = {
    format: FORMAT,
    version: FORMAT_VERSION,
    createdAt: new Date().toISOString(),
    program: programVersion(),
    database: `PostgreSQL ${(await client.query<{ server_version: string }>('SHOW server_version')).rows[0]?.server_version}`,
    migrations,
    ...state,
    tables: await countRows(client, tables),
  } as const
  return { header, tables }
}

async function appliedMigrations(client: Client): Promise<BackupHeader['migrations']> {
  const { rows: found } = await client.query("SELECT to_regclass('_prisma_migrations') AS table")
  if (found[0]?.table == null) throw new BackupError('There is no catalog in this database yet: nothing to back up.')
  const { rows } = await client.query<BackupHeader['migrations'][number]>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  )
  const known = new Set(readMigrations().map(({ name }) => name))
  const strange = rows.find(({ name }) => !known.has(name))
  if (strange)
    throw new BackupError(
      `The database has the migration ${strange.name}, which this version of tool-catalog does not know. Use the one that serves it.`,
    )
  if (rows.length === 0) throw new BackupError('There is no catalog in this database yet: nothing to back up.')
  return rows
}

async function countRows(client: Client, tables: CatalogTables): Promise<BackupHeader['tables']> {
  const counted: BackupHeader['tables'] = []
  for (const { name, columns } of tables) {
    const { rows } = await client.query<{ rows: number }>(`SELECT count(*)::float8 AS rows FROM ${quoted(name)}`)
    counted.push({ name, columns: [...columns], rows: rows[0]?.rows ?? 0 })
  }
  return counted
}

async function* contentLines(
  client: Client,
  header: BackupHeader,
  tables: CatalogTables,
  onProgress: RowProgress,
): AsyncGenerator<string> {
  yield `${JSON.stringify(header)}\n`
  const total = header.tables.reduce((sum, { rows }) => sum + rows, 0)
  let done = 0
  for (const table of tables) {
    for await (const rows of fetchRows(client, table)) {
      yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      done += rows.length
      onProgress(done, total)
    }
  }
}

/** Rows of one fetch at first, and characters that a fetch is to bring: some rows have a document, others a word. */
const FETCH = { first: 50, characters: 2_000_000, most: 5_000 }

async function* fetchRows(client: Client, { name, columns, key }: PresentTable & { readonly key: string }) {
  const list = columns.map((column) => `${quoted(column)}::text`).join(', ')
  await client.query(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${list} FROM ${quoted(name)} ORDER BY ${key}`)
  for (let count = FETCH.first; ; ) {
    const { rows } = await client.query<(string | null)[]>({ text: `FETCH ${count} FROM backup`, rowMode: 'array' })
    if (rows.length > 0) yield rows
    if (rows.length < count) break
    count = Math.min(FETCH.most, Math.max(1, Math.floor((FETCH.characters * rows.length) / charactersOf(rows))))
  }
  await client.query('CLOSE backup')
}

function charactersOf(rows: readonly BackupRow[]): number {
  return rows.reduce((sum, row) => sum + row.reduce((length, value) => length + (value?.length ?? 4), 0), 1)
}

function programVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}
