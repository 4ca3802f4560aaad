import { createHash } from 'node:crypto'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { BackupError } from '../../src/backup/backup-error.ts'
import { checkBackup, type RestoreOptions, restoreBackup } from '../../src/backup/restore.ts'
import { writeBackup } from '../../src/backup/write-backup.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { writeEverything } from '../audit/written.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { backupFolder, openEmpty } from './empty-database.ts'

let good: Buffer
let lines: string[]
let target: Database
let folder: string
beforeAll(async () => {
  folder = backupFolder()
  const database = await openTestDatabase()
  await writeEverything(database)
  const path = join(folder, 'good.gz')
  await writeBackup(database, createWriteStream(path))
  good = readFileSync(path)
  lines = gunzipSync(good).toString().split('\n').slice(0, -1)
  target = await openEmpty('server')
})

const restore = (file: Buffer, options: Partial<RestoreOptions> = {}, database = target) => {
  const path = join(folder, 'file.gz')
  writeFileSync(path, file)
  return checkBackup(path, 'file.gz').then((backup) =>
    restoreBackup(database, backup, { replace: false, dryRun: false, ...options }),
  )
}
const pack = (all: readonly string[]) => gzipSync(all.map((line) => `${line}\n`).join(''))
const withHeader = (fields: object) =>
  sealed([JSON.stringify({ ...JSON.parse(lines[0] ?? ''), ...fields }), ...lines.slice(1, -1)])

/** The lines with a checksum that is right, whatever they say. */
const sealed = (content: readonly string[]) => {
  const sha256 = createHash('sha256')
    .update(content.map((line) => `${line}\n`).join(''))
    .digest('hex')
  return pack([...content, JSON.stringify({ end: true, sha256 })])
}

/** Refused with these words, and the database has nothing of it. */
async function expectRefused(file: Buffer, words: RegExp): Promise<void> {
  const refusal = await restore(file).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refusal).toBeInstanceOf(BackupError)
  expect((refusal as Error).message).toMatch(words)
  const { rows } = await target.pool.query(
    "SELECT count(*)::int AS count FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)",
  )
  expect(rows).toEqual([{ count: 0 }])
}

test('a file that was cut off is refused, wherever', async () => {
  for (const share of [0.01, 0.3, 0.7, 0.99]) await expectRefused(good.subarray(0, good.length * share), /is truncated/)
  await expectRefused(good.subarray(0, -1), /is truncated/)
  await expectRefused(pack(lines.slice(0, -1)), /is truncated/)
  await expectRefused(pack(lines.slice(0, -9)), /is truncated/)
  await expectRefused(gzipSync(lines.join('\n').slice(0, -20)), /is truncated/)
  await expectRefused(Buffer.alloc(0), /is truncated/)
  await expectRefused(gzipSync(''), /it is empty/)
})

test('a file in which a byte was changed is refused, wherever', async () => {
  for (let count = 0; count < 20; count++) {
    const file = Buffer.from(good)
    const place = 10 + Math.floor((count / 20) * (good.length - 10))
    file[place] = (file[place] ?? 0) ^ 0x10
    await expectRefused(file, /is damaged|is truncated|is not a backup/)
  }
})

test('a file with another row than was written, packed properly, is refused', async () => {
  const changed = lines.map((line) => line.replace('Print lines that match', 'Print lines that do not match'))
  expect(changed).not.toEqual(lines)
  await expectRefused(pack(changed), /its checksum is another one/)
})

test('a file with a row too few, too many or of another kind is refused', async () => {
  const middle = Math.floor(lines.length / 2)
  const content = lines.slice(0, -1)
  await expectRefused(sealed(content.toSpliced(middle, 1)), /too few rows|is wrong|more rows/)
  await expectRefused(sealed([...content, content.at(-1) ?? '']), /more rows than its header says/)
  await expectRefused(sealed(content.with(middle, '["a"]')), /a row of \w+ is wrong/)
  await expectRefused(pack([...lines, '[]']), /goes on behind its end/)
})

test('files of something else are refused', async () => {
  await expectRefused(Buffer.from('tool_name: grep\n'), /is not a backup of tool-catalog/)
  await expectRefused(gzipSync('tool_name: grep\n'), /is not a backup of tool-catalog/)
  await expectRefused(gzipSync('{"format":"another"}\n'), /is not a backup of tool-catalog/)
  await expectRefused(gzipSync('no line break'), /is not a backup of tool-catalog/)
})

test('a file of a newer format, or a newer version, is refused and says what to do', async () => {
  await expectRefused(withHeader({ version: 2 }), /has format 2 .* reads up to 1\. Use a newer one/)
  const { migrations } = JSON.parse(lines[0] ?? '')
  await expectRefused(
    withHeader({ migrations: [...migrations, { name: '29990101000000_later', checksum: '' }] }),
    /newer version of tool-catalog: this one does not know the migration 29990101000000_later\. Update/,
  )
  await expectRefused(
    withHeader({ migrations: migrations.with(0, { ...migrations[0], checksum: 'another' }) }),
    /the migration 20261122000000_init is not the one of this version/,
  )
})

test('a file whose history is not as it was written is refused, even with a good checksum', async () => {
  const forged = lines.slice(0, -1).map((line) => line.replace('"key:writer"', '"key:mallory"'))
  await expectRefused(sealed(forged), /The history in file\.gz is not as it was written: revision 2 is bad/)
  const header = JSON.stringify({ ...JSON.parse(lines[0] ?? ''), revision: '3' })
  await expectRefused(sealed([header, ...lines.slice(1, -1)]), /of two revisions/)
})

test('names in a file do not become SQL', async () => {
  const header = JSON.parse(lines[0] ?? '')
  header.tables[0].columns[0] = 'id") SELECT 1; DROP TABLE tools; --'
  await expectRefused(sealed([JSON.stringify(header), ...lines.slice(1, -1)]), /its schema has no column/)
  header.tables[0].name = 'pg_authid'
  await expectRefused(sealed([JSON.stringify(header), ...lines.slice(1, -1)]), /its schema has no column/)
})

test('a catalog that is not empty is not replaced unless that is asked for', async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition({ tool_name: 'mine' })])
  const before = await verifyChain(database)
  await expect(restore(good, {}, database)).rejects.toThrow(
    /The catalog is not empty \(revision 1, tools: 1.*--replace/,
  )
  const dry = await restore(good, { dryRun: true }, database)
  expect(dry.chain.verified).toBe(15)
  expect(await verifyChain(database)).toEqual(before)
  await restore(good, { replace: true }, database)
  expect((await database.pool.query("SELECT 1 FROM tools WHERE name = 'mine'")).rows).toEqual([])
  expect((await verifyChain(database)).verified).toBe(15)
})

test('what somebody has built upon the tables is not dropped on the way', async () => {
  const database = await openTestDatabase()
  await database.pool.query('CREATE VIEW report AS SELECT name FROM tools')
  await expect(restore(good, { replace: true }, database)).rejects.toThrow(
    /must be dropped first:\nview report depends on/,
  )
  expect((await database.pool.query('SELECT * FROM report')).rows).toEqual([])
  await database.pool.query('DROP VIEW report')
  await restore(good, { replace: true }, database)
})

test('tables that are damaged, or gone, do not stand in the way of a restore', async () => {
  const database = await openTestDatabase()
  await database.pool.query('DROP TABLE tools, catalog_state CASCADE')
  await database.pool.query("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%hot_reload'")
  await restore(good, { replace: true }, database)
  expect(await database.migrate()).toEqual([])
  expect((await verifyChain(database)).verified).toBe(15)
})

test('a database that is not whole is not backed up as if it were', async () => {
  const database = await openTestDatabase()
  await database.pool.query('DROP TABLE executions')
  const output = createWriteStream(join(folder, 'half.gz'))
  await expect(writeBackup(database, output)).rejects.toThrow(
    /The table executions is missing: the database is damaged/,
  )
  await expect(writeBackup(await openEmpty('server'), createWriteStream(join(folder, 'none.gz')))).rejects.toThrow(
    /There is no catalog in this database yet/,
  )
})
