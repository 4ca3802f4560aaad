import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { beforeAll, expect, test, vi } from 'vitest'
import { createProgram, leavesOf } from '../../src/cli/program.ts'
import { serialise } from '../../src/definition/serialise.ts'
import { aDefinition } from '../support/fixtures.ts'
import { runCommand, start } from '../support/process.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

// Every command is run three times, and the machine may be busy.
vi.setConfig({ testTimeout: 240_000 })

const program = createProgram(() => {})
const pathOf = (command: Command): string =>
  command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
const paths = leavesOf(program).map(pathOf)

/** What they print is not theirs: the server's log, and a script that a shell reads. */
const WITHOUT_OPTIONS = ['serve', 'completion']
/** It ends only at a signal: see below. */
const ENDLESS = ['watch']

interface Call {
  readonly args: readonly string[]
  readonly input?: string
}

let catalog: CliCatalog
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  folder = temporaryFolder()
  const watched = temporaryFolder()
  mkdirSync(join(folder, 'tools'))
  for (const name of ['one', 'two'])
    writeFileSync(join(folder, 'tools', `${name}.yaml`), serialise(aDefinition({ tool_name: name }), 'yaml'))
  writeFileSync(join(folder, 'next.yaml'), serialise(aDefinition({ version: '3.0.0' }), 'yaml'))
  writeFileSync(join(folder, 'editor'), `#!/bin/sh\necho '# seen' >> "$1"\nsed -i 's/ that match a pattern//' "$1"\n`, {
    mode: 0o755,
  })
  catalog = await startCliCatalog({ WATCH_DIR: watched })
  await catalog.create({ tool_name: 'grep' })
  await catalog.publish({ tool_name: 'grep', version: '1.1.0', description: 'Other.' })
  for (const name of ['gone1', 'gone2']) await catalog.create({ tool_name: name })
  environment = {
    ...catalog.environments.admin,
    ...catalog.databaseEnvironment,
    ANONYMOUS_ROLE: 'reader',
    EDITOR: join(folder, 'editor'),
    TOOL_CATALOG_CREDENTIALS: join(folder, 'credentials.json'),
  }
})

/** One call of each command that succeeds; the second is another one where a thing can be done only once. */
function calls(time: 1 | 2): Record<string, Call> {
  const at = (name: string) => join(folder, name)
  const of = (...args: string[]): Call => ({ args })
  return {
    new: of('--from', 'grep', 'ugrep', '--force', '--output', at('ugrep.yaml')),
    edit: of('grep', '--draft'),
    validate: of(at('tools')),
    import: of(at('tools')),
    export: of(at(`exported${time}`)),
    plan: of(at('tools'), '--source', 'tests', '--on-conflict', 'skip', '--database'),
    apply: of(at('tools'), '--source', `tests${time}`, '--on-conflict', 'skip'),
    login: { args: [], input: environment.TOOL_CATALOG_KEY ?? '' },
    logout: of(),
    list: of(),
    search: of('pattern'),
    show: of('grep'),
    diff: of('grep', '1.0.0', '1.1.0'),
    publish: of(at('next.yaml'), '--dry-run'),
    rollback: of('grep', `1.${time - 1}.0`),
    enable: of('grep'),
    disable: of('grep'),
    delete: of(`gone${time}`, '--yes'),
    undelete: of(`gone${time}`),
    reload: of(),
    config: of(),
    'keys create': of(`key ${time}`, '--role', 'reader'),
    'keys list': of(),
    'keys revoke': of(`key ${time}`),
    doctor: of('--no-history'),
    stats: of(),
    backup: of(at('backup.gz')),
    restore: of(at('backup.gz'), '--replace', '--dry-run'),
    migrate: of(),
    'audit verify': of(),
    compact: of(),
    epoch: of(),
  }
}

test('every command has the options for the output, but for those that have none of their own', () => {
  const named = Object.keys(calls(1))
  expect([...paths].sort()).toEqual([...named, ...WITHOUT_OPTIONS, ...ENDLESS].sort())
  for (const command of leavesOf(program)) {
    const own = command.options.map(({ long }) => long)
    const isExempt = WITHOUT_OPTIONS.includes(pathOf(command))
    for (const option of ['--json', '--quiet', '--verbose', '--no-color'])
      expect({ command: pathOf(command), option, has: own.includes(option) }).toEqual({
        command: pathOf(command),
        option,
        has: !isExempt,
      })
  }
})

test('every command has help with examples of itself', () => {
  const groups = program.commands.filter(({ commands }) => commands.length > 0)
  for (const command of [...groups, ...leavesOf(program)]) {
    const help: string[] = []
    command.configureOutput({ writeOut: (text) => help.push(text) }).outputHelp()
    const [, examples = ''] = help.join('').split('\nExamples:\n')
    expect(examples, `${pathOf(command)} --help`).toMatch(new RegExp(`^ {2}.*tool-catalog ${pathOf(command)}\\b`, 'm'))
    expect(command.description(), pathOf(command)).not.toBe('')
  }
})

/** What `--verbose` says: of what, what, and as a rule how long it took. */
const DETAIL = /^.+: .*\d+ ms$|^.+ holds keys for .+$|^Set here: .+$/

// `plan` says by its exit code that there is something to do.
const run = async (path: string, { args, input = '' }: Call, ...options: string[]) => {
  const ran = await runCommand([...path.split(' '), ...args, ...options], environment, input)
  expect(ran.code === 0 || (path === 'plan' && ran.code === 2), `${path} ${args.join(' ')}:\n${ran.output}`).toBe(true)
  return ran
}

test('with --json, standard output is one JSON value; with --verbose, standard error says what was asked of whom', async () => {
  for (const [path, call] of Object.entries(calls(1))) {
    const { stdout, stderr } = await run(path, call, '--json', '--verbose')
    expect(() => JSON.parse(stdout), `${path}: ${stdout}`).not.toThrow()
    const lines = stderr.trimEnd().split('\n')
    for (const line of lines) expect({ path, line }).toEqual({ path, line: expect.stringMatching(DETAIL) })
  }
})

/** Whose whole work is done when they are silent. */
const SILENT = ['login', 'logout']

test('with --quiet, standard error is empty, and what was asked for is printed all the same', async () => {
  for (const [path, call] of Object.entries(calls(2))) {
    const { stdout, stderr } = await run(path, call, '--quiet')
    expect({ path, stderr, isSilent: stdout === '' }).toEqual({
      path,
      stderr: '',
      isSilent: SILENT.includes(path) || path === 'export',
    })
  }
})

test('watch tells in JSON what happens, with --quiet nothing of the connection, and with --verbose what it asks', async () => {
  const watch = (...options: string[]) =>
    start('bin/tool-catalog.js', ['watch', '--after', '0', ...options], environment)
  const quiet = watch('--quiet', '--json')
  await quiet.printed(/"Bookmark".*\n/)
  // Behind the last line break a line may be on its way.
  for (const line of quiet.output().split('\n').slice(0, -1)) expect(JSON.parse(line)).toHaveProperty('revision')
  const verbose = watch('--verbose')
  await verbose.printed(/^catalogChanges \{"afterRevision":"0".*\} at http:.*: connected after \d+ ms$/m)
  for (const { child, exited } of [quiet, verbose]) {
    child.kill('SIGINT')
    expect(await exited).toBe(0)
  }
})

test('the options may stand before the command, and are refused where there is nothing to print', async () => {
  const behind = await run('list', { args: [] }, '--json', '--quiet')
  const before = await runCommand(['--json', '-q', 'list'], environment)
  expect(before).toEqual(behind)
  // Not the list of keys: when one was used, the server writes a second later.
  const verified = await run('audit verify', { args: [] }, '--json')
  expect(await runCommand(['--json', 'audit', 'verify'], environment)).toEqual(verified)
  expect(await runCommand(['audit', '--json', 'verify'], environment)).toEqual(verified)
  expect(await runCommand(['--json', 'serve'])).toMatchObject({
    code: 2,
    output: expect.stringContaining("error: serve has no option '--json'\nAdd --help to see"),
  })
  expect(await runCommand(['serve', '--json'])).toMatchObject({ code: 2 })
  expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('export speaks JSON Lines without a folder, and validate --fix and new keep JSON apart from a definition', async () => {
  const { stdout } = await run('export', { args: ['--tool', 'grep'] }, '--json')
  expect(JSON.parse(stdout)).toMatchObject({ tool_name: 'grep' })
  const text = serialise(aDefinition(), 'yaml')
  const fixed = await runCommand(['validate', '--fix', '-', '--json'], environment, text)
  expect(fixed).toMatchObject({ code: 2, stdout: '', output: expect.stringContaining('leave out --json') })
  const made = await runCommand(['new', '--template', 'api', 'x', '--output', '-', '--json'], environment)
  expect(made).toMatchObject({ code: 2, stdout: '', output: expect.stringContaining('leave out --json') })
})
