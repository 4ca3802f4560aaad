import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { beforeAll, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { backupFolder, emptyDatabase } from '../backup/empty-database.ts'
import { followBySocket, takeUntil } from '../changes/stream-client.ts'
import { cloneDatabase, closeLater, isServer, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { runCommand, start } from '../support/process.ts'
import { startTestCatalog } from '../support/test-catalog.ts'

// Each command opens a database of its own, and the embedded one takes seconds on a busy machine.
vi.setConfig({ testTimeout: 240_000 })

let environment: Record<string, string>
let folder: string
let file: string
beforeAll(async () => {
  folder = backupFolder()
  file = join(folder, 'catalog.gz')
  environment = await cloneDatabase()
  const database = await openDatabase(testConfig(environment))
  for (const version of ['1.0.0', '2.0.0']) await importAll(database, [aDefinition({ version })])
  await database.close()
  expect((await runCommand(['backup', file], environment)).code).toBe(0)
})

test('backup says what it wrote, and restore what it took back: at the end both are the same catalog', async () => {
  const written = await runCommand(['backup', file], environment)
  expect(written).toMatchObject({ code: 0, output: written.stdout })
  expect(written.stdout).toMatch(
    /^Revision 2, 1 tool, \d+ rows in all written to .*catalog\.gz\nHead of the chain: [0-9a-f]{64}\n$/,
  )
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const copy = await emptyDatabase('server')
  const restored = await runCommand(['restore', file], copy)
  expect(restored.code).toBe(0)
  expect(restored.stdout).toMatch(/^Revision 2 of 20\S+Z, 1 tool: restored\n2 revisions verified: /)
  expect(restored.stdout).toMatch(/\nNew epoch: [0-9a-f-]{36}\. Every subscriber reads the catalog anew\.\n$/)
  const exported = await runCommand(['export', '--version', 'all'], environment)
  expect((await runCommand(['export', '--version', 'all'], copy)).stdout).toBe(exported.stdout)
  expect((await runCommand(['audit', 'verify'], copy)).stdout).toBe(
    (await runCommand(['audit', 'verify'], environment)).stdout,
  )
})

test('backup and restore go through standard output and input, and speak JSON', async () => {
  const packed = start('bin/tool-catalog.js', ['backup', '-'], environment)
  const chunks: Buffer[] = []
  // Bytes: the text that the helper makes of them is of no use.
  packed.child.stdout?.removeAllListeners('data')
  packed.child.stdout?.setEncoding('latin1').on('data', (chunk: string) => chunks.push(Buffer.from(chunk, 'latin1')))
  expect(await packed.exited).toBe(0)
  const bytes = Buffer.concat(chunks)
  expect(gunzipSync(bytes).toString()).toContain('"format":"tool-catalog-backup"')
  const copy = await emptyDatabase('server')
  const restoring = start('bin/tool-catalog.js', ['restore', '-', '--json'], copy)
  restoring.child.stdin?.end(bytes)
  expect(await restoring.exited).toBe(0)
  expect(JSON.parse(restoring.output())).toMatchObject({ revision: '2', dryRun: false, chain: { verified: 2 } })
  const json = JSON.parse((await runCommand(['backup', file, '--json'], environment)).stdout)
  expect(json).toMatchObject({ file, revision: '2', rows: { tools: 1, change_sets: 2 } })
})

test('a catalog that is not empty takes --replace and --yes, and --dry-run leaves it alone', async () => {
  const refused = await runCommand(['restore', file], environment)
  expect(refused.code).toBe(1)
  expect(refused.output).toMatch(/^The catalog is not empty \(revision 2, tools: 1, .*: say --replace/)
  const asked = await runCommand(['restore', file, '--replace'], environment)
  expect(asked).toMatchObject({ code: 1, output: expect.stringContaining('nobody can be asked here: say --yes') })
  const epoch = (await runCommand(['epoch'], environment)).stdout
  const dry = await runCommand(['restore', file, '--dry-run'], environment)
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('can be restored, nothing was changed') })
  expect((await runCommand(['epoch'], environment)).stdout).toBe(epoch)
  expect((await runCommand(['restore', file, '--replace', '--yes'], environment)).code).toBe(0)
  expect((await runCommand(['epoch'], environment)).stdout).not.toBe(epoch)
})

test('on a terminal a restore says what would be lost, and does nothing until somebody says yes', async () => {
  const copy = await cloneDatabase()
  await runCommand(['import', '-'], copy, JSON.stringify(aDefinition({ tool_name: 'mine' })))
  const onTerminal = async (answer: string) => {
    const command = `${process.execPath} bin/tool-catalog.js restore ${file} --replace`
    const running = start(join(import.meta.dirname, 'on-terminal.mjs'), [command, answer], copy)
    return { code: await running.exited, output: running.output() }
  }
  const no = await onTerminal('no')
  expect(no.output).toMatch(/There now: revision 1, tools: 1, API keys: 0; .*\r?\nIn .*catalog\.gz: revision 2, of 20/)
  expect(no.output).toContain('Everything that is there now is lost. Type yes to replace it:')
  expect(no).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was changed.') })
  expect((await runCommand(['export', '--tool', 'mine'], copy)).code).toBe(0)
  expect((await onTerminal('yes')).output).toContain(': restored')
  expect((await runCommand(['export', '--tool', 'mine'], copy)).code).toBe(1)
})

test('files that are not there, or not whole, are refused before anything is asked', async () => {
  expect((await runCommand(['restore', join(folder, 'nowhere.gz')], environment)).code).toBe(66)
  const nowhere = join(folder, 'nowhere')
  const missing = await runCommand(['backup', join(nowhere, 'catalog.gz')], environment)
  expect(missing).toMatchObject({ code: 66, output: `${nowhere} is not there.\n` })
  const onFolder = await runCommand(['backup', folder], environment)
  expect(onFolder).toMatchObject({ code: 1, output: `${folder}: is a folder. Name a file.\n` })
  const half = join(folder, 'half.gz')
  writeFileSync(half, readFileSync(file).subarray(0, 500))
  const { code, output } = await runCommand(['restore', half, '--replace', '--yes'], environment)
  expect({ code, output }).toEqual({
    code: 1,
    output: `${half} is truncated: its end is missing. Take another backup.\n`,
  })
})

test('a server goes on through a restore, and tells who follows it that it is another history', async () => {
  const catalog = await startTestCatalog()
  await catalog.create({ tool_name: 'before' })
  const { DATABASE_URL, DATA_DIR } = catalog.config
  const own: Record<string, string> = DATABASE_URL === undefined ? { DATA_DIR } : { DATABASE_URL }
  const saved = join(folder, 'served.gz')
  expect((await runCommand(['backup', saved], own)).code).toBe(0)
  await catalog.create({ tool_name: 'lost' })
  const watcher = await followBySocket(catalog.url, catalog.roles.editor, { after: '0' })
  expect((await takeUntil(watcher, 2)).length).toBeGreaterThan(0)
  expect((await runCommand(['restore', saved, '--replace', '--yes'], own)).code).toBe(0)
  const last = (await takeUntil(watcher, Number.POSITIVE_INFINITY)).at(-1)
  expect(last).toMatchObject({ __typename: 'ResyncRequired', reason: 'EPOCH_CHANGED', currentRevision: '1' })
  const names = async () => (await catalog.read('{ tools(first: 10) { nodes { name } } }')).tools.nodes
  await expect.poll(names, { timeout: 10_000 }).toEqual([{ name: 'before' }])
  await catalog.create({ tool_name: 'after' })
  expect(await names()).toEqual([{ name: 'after' }, { name: 'before' }])
})

test('a restore that is killed leaves everything as it was', async () => {
  const copy = await cloneDatabase()
  await runCommand(['import', '-'], copy, JSON.stringify(aDefinition({ tool_name: 'mine' })))
  const before = await runCommand(['audit', 'verify'], copy)
  const restored = await runCommand(['audit', 'verify'], environment)
  for (const ms of [400, 900, 1_500]) {
    const restoring = start('bin/tool-catalog.js', ['restore', file, '--replace', '--yes'], copy)
    if (isServer()) await holdTools(copy, restoring.exited, () => restoring.child.kill('SIGKILL'))
    else {
      await sleep(ms)
      restoring.child.kill('SIGKILL')
    }
    const code = await restoring.exited
    const { stdout } = await runCommand(['audit', 'verify'], copy)
    const isMineThere = (await runCommand(['export', '--tool', 'mine'], copy)).code === 0
    // A machine that is fast enough has restored it by then, all of it, and may only have been on its way out.
    if (!isServer() && (code === 0 || stdout === restored.stdout)) {
      expect({ stdout, isMineThere }).toEqual({ stdout: restored.stdout, isMineThere: false })
      return
    }
    expect({ stdout, isMineThere }).toEqual({ stdout: before.stdout, isMineThere: true })
    if (isServer()) return
  }
})

/** A reader keeps the restore from its last step, and in the middle of its transaction: that is when it is killed. */
async function holdTools(own: Record<string, string>, ended: Promise<unknown>, kill: () => void): Promise<void> {
  const [reader, observer] = [1, 2].map(() => new pg.Client({ connectionString: own.DATABASE_URL }))
  if (!reader || !observer) throw new Error('two were made')
  for (const client of [reader, observer]) {
    await client.connect()
    closeLater(() => client.end())
  }
  await reader.query('BEGIN; SELECT FROM tools')
  const isWaiting = async () => {
    const { rows } = await observer.query(
      "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS is",
    )
    return rows[0].is
  }
  await expect.poll(isWaiting, { timeout: 20_000, interval: 20 }).toBe(true)
  kill()
  await ended
  await reader.query('ROLLBACK')
}

test('a backup that is killed leaves no file under its name', async () => {
  const place = join(folder, 'killed')
  const backingUp = start('bin/tool-catalog.js', ['backup', place], environment)
  await sleep(400)
  backingUp.child.kill('SIGTERM')
  const code = await backingUp.exited
  // One that has said so was done, and only on its way out.
  if (code !== 0 && !backingUp.output().includes(' written to ')) expect(existsSync(place)).toBe(false)
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})
