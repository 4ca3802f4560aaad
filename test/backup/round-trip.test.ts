import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATALOG_TABLES } from '../../src/backup/backup-tables.ts'
import { checkBackup, restoreBackup } from '../../src/backup/restore.ts'
import { writeBackup } from '../../src/backup/write-backup.ts'
import { exportDefinitions, exportText } from '../../src/catalog/export.ts'
import { compactHistory } from '../../src/changes/compact.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { readMigrations } from '../../src/db/migrations.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { writeEverything } from '../audit/written.ts'
import { anEvent, createTools, write } from '../changes/write-history.ts'
import { cloneDatabase, isServer, openTestDatabase, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { backupFolder, openEmpty } from './empty-database.ts'

const restore = async (database: Database, path: string, replace = false) =>
  restoreBackup(database, await checkBackup(path, 'the file'), { replace, dryRun: false })

async function backUp(database: Database): Promise<string> {
  const path = join(backupFolder(), 'catalog.gz')
  await writeBackup(database, createWriteStream(path))
  return path
}

/** Rows without the header, which says when, and the footer, whose checksum follows from it. */
const rowsOf = (path: string) => gunzipSync(readFileSync(path)).toString().split('\n').slice(1, -2)

/** The file in which catalog_state has another epoch, as a restore makes it. */
const withoutEpoch = (lines: readonly string[]) => lines.map((line, index) => (index === 0 ? line.length : line))

async function exported(database: Database): Promise<string> {
  return withSnapshot(database, async (reader) => {
    const definitions = []
    for await (const one of exportDefinitions(reader, { versions: 'all' })) definitions.push(one)
    return exportText(definitions, 'yaml')
  })
}

async function expectSame(one: Database, other: Database, backup: string): Promise<void> {
  expect(await exported(other)).toBe(await exported(one))
  const { firstBad, headHash } = await verifyChain(other)
  expect(firstBad).toBeUndefined()
  expect(headHash).toBe((await verifyChain(one)).headHash)
  // Everything else, too: what a backup of the copy holds, row by row.
  expect(withoutEpoch(rowsOf(await backUp(other)))).toEqual(withoutEpoch(rowsOf(backup)))
}

test('every table of the catalog is in a backup', async () => {
  const { pool } = await openTestDatabase()
  const { rows } = await pool.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'",
  )
  expect(CATALOG_TABLES.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name).sort())
  const known = readMigrations().map(({ name }) => name)
  expect(CATALOG_TABLES.filter(({ since }) => !known.includes(since))).toEqual([])
})

for (const kind of isServer() ? (['server', 'embedded'] as const) : (['embedded'] as const))
  test(`what was written in every way is the same after a restore into a database that is ${kind}`, async () => {
    const database = await openTestDatabase()
    const revisions = await writeEverything(database)
    await compactHistory(database, { revisions: 5, hours: 0 })
    const path = await backUp(database)
    const copy = await openEmpty(kind)
    const { header, epoch, chain, migrated } = await restore(copy, path)
    expect(header.revision).toBe(String(revisions))
    expect(chain.verified + chain.compacted).toBe(revisions)
    expect(migrated).toEqual([])
    await expectSame(database, copy, path)
    const { rows } = await copy.pool.query('SELECT epoch FROM catalog_state')
    expect(rows).toEqual([{ epoch }])
    expect(epoch).not.toBe(header.epoch)
    // The schema, the counters and the history go on behind it, as if nothing had happened.
    expect(await copy.migrate()).toEqual([])
    await importAll(copy, [aDefinition({ tool_name: 'later' })])
    const after = await verifyChain(copy)
    expect({ ...after, headHash: '' }).toMatchObject({ firstBad: undefined, verified: chain.verified + 1 })
    expect((await copy.pool.query('SELECT revision FROM catalog_statistics')).rows[0]).toEqual({
      revision: header.revision,
    })
  })

test('any definition, whatever its texts, comes back byte for byte', async () => {
  const database = await openTestDatabase()
  const copy = await openEmpty('server')
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'))
  const definitions = fc.array(fc.record({ description: text, extra: fc.jsonValue({ maxDepth: 3 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  let round = 0
  await fc.assert(
    fc.asyncProperty(definitions, async (drawn) => {
      round++
      const documents = drawn.map(({ description, extra }, index) =>
        aDefinition({ tool_name: `t${round}-${index}`, description: `d${description}`, extra: JSON.stringify(extra) }),
      )
      await importAll(database, documents)
      const path = await backUp(database)
      await restore(copy, path, true)
      await expectSame(database, copy, path)
    }),
    // A restore of the embedded database takes seconds on a busy machine.
    { numRuns: isServer() ? 8 : 2 },
  )
})

test('a backup is of one revision, whoever writes meanwhile', async () => {
  const database = await openTestDatabase()
  const tools = await createTools(database)
  let isDone = false
  let written = 0
  const writer = (async () => {
    for (; !isDone; written++) {
      const tool = tools[written % tools.length]
      if (tool) await write(database, anEvent(tool))
    }
  })()
  const paths: string[] = []
  for (let count = 0; count < 3; count++) {
    const before = written
    await expect.poll(() => written, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before)
    paths.push(await backUp(database))
  }
  isDone = true
  await writer
  for (const path of paths) {
    const copy = await openEmpty('server')
    const { header, chain } = await restore(copy, path)
    expect(chain.verified).toBe(Number(header.revision))
  }
})

test('a backup of an older version is migrated on the way', async () => {
  const [first] = readMigrations()
  const old = await openEmpty('server')
  await old.pool.query(first?.sql ?? '')
  await old.pool.query(`CREATE TABLE _prisma_migrations (migration_name text, checksum text, finished_at timestamptz, rolled_back_at timestamptz);
    INSERT INTO _prisma_migrations VALUES ('${first?.name}', '${first?.checksum}', now(), NULL);
    INSERT INTO search_words VALUES ('grep'); UPDATE catalog_state SET revision = 1;
    INSERT INTO change_sets (revision, actor, source) VALUES (1, 'somebody', 'import')`)
  const path = await backUp(old)
  const copy = await openEmpty('server')
  const { migrated, chain } = await restore(copy, path)
  expect(migrated).toEqual(
    readMigrations()
      .slice(1)
      .map(({ name }) => name),
  )
  expect(chain).toMatchObject({ verified: 0, unchained: 1, firstBad: undefined })
  expect(await copy.migrate()).toEqual([])
  await importAll(copy, [aDefinition()])
  expect((await verifyChain(copy)).verified).toBe(1)
})

test.skipIf(!isServer())('a backup does not depend on how the server writes times and numbers', async () => {
  const config = testConfig(await cloneDatabase())
  const inSession = async <T>(work: (database: Database) => Promise<T>) => {
    const database = await openDatabase(config)
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  }
  const before = await inSession(async (database) => {
    await importAll(database, [aDefinition()])
    const own = (await database.pool.query('SELECT current_database() AS name')).rows[0].name
    const rows = rowsOf(await backUp(database))
    for (const setting of ["TimeZone = 'Asia/Tokyo'", "DateStyle = 'SQL, DMY'", 'extra_float_digits = -3'])
      await database.pool.query(`ALTER DATABASE "${own}" SET ${setting}`)
    return rows
  })
  await inSession(async (database) => {
    expect((await database.pool.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'Asia/Tokyo' }])
    expect(rowsOf(await backUp(database))).toEqual(before)
  })
})

test('a backup can be read with nothing but zcat', async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition()])
  const [first = ''] = gunzipSync(readFileSync(await backUp(database)))
    .toString()
    .split('\n')
  expect(JSON.parse(first)).toMatchObject({
    format: 'tool-catalog-backup',
    version: 1,
    revision: '1',
    migrations: readMigrations().map(({ name, checksum }) => ({ name, checksum })),
    tables: CATALOG_TABLES.map(({ name }) => ({ name, rows: expect.any(Number) })),
  })
})

test('a file that somebody has packed again is the same backup', async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition()])
  const path = await backUp(database)
  writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)), { level: 1 }))
  const copy = await openEmpty('server')
  expect((await restore(copy, path)).header.revision).toBe('1')
})
