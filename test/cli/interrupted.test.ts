import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { validateText } from '../../src/definition/validate.ts'
import { cloneDatabase, isServer, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { runCommand, start } from '../support/process.ts'
import { KEYS, lacksTerminal, onTerminal } from '../support/terminal.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

// Thousands of definitions, so that there is a middle to press Ctrl-C in.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const COUNT = 2_500
const WAIT = { timeout: 120_000, interval: 20 }
const definitions = Array.from({ length: COUNT }, (_, index) => aDefinition({ tool_name: `tool-${index}` }))

let catalog: CliCatalog
/** Of commands, whose temporary files are in a folder of their own. */
let environment: Record<string, string>
let temporary: string
let file: string
beforeAll(async () => {
  temporary = temporaryFolder()
  file = join(temporaryFolder(), 'many.jsonl')
  writeFileSync(file, definitions.map((definition) => `${JSON.stringify(definition)}\n`).join(''))
  catalog = await startCliCatalog()
  environment = environmentOf(catalog)
  expect((await runCommand(['import', '--stream', file], environment)).code).toBe(0)
})

const environmentOf = ({ environments, databaseEnvironment }: CliCatalog) => ({
  ...environments.editor,
  ...databaseEnvironment,
  TMPDIR: temporary,
})

const countTools = async (own: Record<string, string>) =>
  ((await runCommand(['export'], own)).stdout.match(/^tool_name:/gm) ?? []).length

/** Where others have the machine, Ctrl-C may come when all is done: then there was no middle, and it is tried again. */
async function inTheMiddle<T extends { readonly isAllDone: boolean }>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 2; ; left--) {
    const tried = await attempt()
    if (!tried.isAllDone || left === 0) return tried
  }
}

/** Ctrl-C as soon as an export of so many has begun to write. */
async function stopExport(own: Record<string, string>, count: number) {
  const folder = join(temporaryFolder(), 'exported', 'linux')
  const exporting = start('bin/tool-catalog.js', ['export', dirname(folder)], own)
  await expect.poll(() => existsSync(folder), WAIT).toBe(true)
  exporting.child.kill('SIGINT')
  const code = await exporting.exited
  const files = readdirSync(folder)
  return { isAllDone: files.length === count, code, folder, files, output: exporting.output() }
}

test('Ctrl-C stops an import behind a batch that is whole, and what was imported is there', async () => {
  const { own, code, count, output } = await inTheMiddle(async () => {
    const empty = await startCliCatalog()
    const own = environmentOf(empty)
    const importing = start('bin/tool-catalog.js', ['import', '--stream', file], own)
    const revision = async () => Number((await empty.read('{ catalogState { revision } }')).catalogState.revision)
    await expect.poll(revision, WAIT).toBeGreaterThan(0)
    importing.child.kill('SIGINT')
    const code = await importing.exited
    const count = await countTools(own)
    return { isAllDone: count === COUNT, own, code, count, output: importing.output() }
  })
  expect(code).toBe(130)
  expect(output).toMatch(
    /^Stopped\. \d+ of 2500 are known to be imported\. Import them again to add the rest: what is there stays as it is\.$/m,
  )
  expect(count % 1_000).toBe(0)
  expect(await runCommand(['audit', 'verify'], own)).toMatchObject({ code: 0 })
  expect((await runCommand(['import', '--stream', file], own)).code).toBe(0)
  expect(await countTools(own)).toBe(COUNT)
  expect(readdirSync(temporary)).toEqual([])
})

test('Ctrl-C stops an export: every file that is there is whole, and nothing else is', async () => {
  const { code, folder, files, output } = await inTheMiddle(() => stopExport(environment, COUNT))
  expect(code).toBe(130)
  expect(output).toMatch(/^Stopped\. \d+ definitions? exported to .*, each file whole; the others are as they were\.$/m)
  expect(files.length).toBeLessThan(COUNT)
  for (const file of files) {
    expect(file).toMatch(/^tool-\d+\.yaml$/)
    expect(validateText(readFileSync(join(folder, file), 'utf8')).document).toBeDefined()
  }
  expect(readdirSync(temporary)).toEqual([])
})

test('Ctrl-C in a backup leaves neither the backup nor a part of it', async () => {
  const folder = temporaryFolder()
  const backingUp = start('bin/tool-catalog.js', ['backup', join(folder, 'catalog.gz')], environment)
  await expect.poll(() => readdirSync(folder).length, WAIT).toBe(1)
  backingUp.child.kill('SIGINT')
  const code = await backingUp.exited
  // It may have come when all was done: then the backup is there, and said to be.
  expect([0, 130]).toContain(code)
  expect(readdirSync(folder)).toEqual(code === 0 ? ['catalog.gz'] : [])
})

test.skipIf(isServer())(
  'Ctrl-C closes an embedded database, and leaves nothing in the way of the next command',
  async () => {
    const own = { ...(await cloneDatabase()), TMPDIR: temporary }
    const database = await openDatabase(testConfig(own))
    const some = definitions.slice(0, 800)
    await importAll(database, some)
    await database.close()
    expect(await inTheMiddle(() => stopExport(own, some.length))).toMatchObject({ code: 130 })
    expect(readdirSync(temporary)).toEqual([])
    expect((await runCommand(['export', '--tool', 'tool-1'], own)).code).toBe(0)
  },
)

describe.skipIf(lacksTerminal())('on a terminal', () => {
  /** An editor that does this and then goes on until it is stopped. */
  const editorThat = (does: string) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'editor'), `#!/bin/sh\n${does}\necho opened\nexec sleep 60\n`)
    chmodSync(join(folder, 'editor'), 0o755)
    return { folder, environment: { ...environment, EDITOR: join(folder, 'editor') } }
  }

  test('Ctrl-C in the editor leaves nothing; what was written until then is kept, and said where', async () => {
    const idle = editorThat(':')
    const untouched = onTerminal(['edit', 'tool-1'], idle.environment, idle.folder)
    await untouched.sees('opened')
    untouched.type(KEYS.interrupt)
    expect(await untouched.exited).toBe(130)
    expect(readdirSync(temporary)).toEqual([])
    const busy = editorThat('echo "# mine" >> "$1"')
    const edited = onTerminal(['edit', 'tool-1'], busy.environment, busy.folder)
    await edited.sees('opened')
    edited.type(KEYS.interrupt)
    expect(await edited.exited).toBe(130)
    const [, file = ''] = /What you wrote is in (\S+)/.exec(edited.shown()) ?? []
    expect(readFileSync(file, 'utf8')).toMatch(/# mine\n$/)
  })

  test('Ctrl-C while a program is asked for its help ends that program, too', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'bin'))
    const program = `#!/bin/sh\necho $$ > '${folder}/pid'\nexec sleep 60\n`
    writeFileSync(join(folder, 'bin', 'hangs'), program, { mode: 0o755 })
    const path = { ...environment, PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
    const asking = onTerminal(['new', '--from-help', 'hangs'], path, folder)
    const pid = () => (existsSync(join(folder, 'pid')) ? readFileSync(join(folder, 'pid'), 'utf8').trim() : '')
    await expect.poll(pid, WAIT).toMatch(/^\d+$/)
    asking.type(KEYS.interrupt)
    expect(await asking.exited).toBe(130)
    expect(() => process.kill(Number(pid()), 0)).toThrow('ESRCH')
    expect(readdirSync(folder).sort()).toEqual(['bin', 'pid'])
  })
})
