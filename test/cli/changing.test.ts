import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/definition/json.ts'
import { serialise } from '../../src/definition/serialise.ts'
import { aDefinition } from '../support/fixtures.ts'
import { runCommand } from '../support/process.ts'
import { revisionOf } from '../support/test-catalog.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

let catalog: CliCatalog
let folder: string
beforeAll(async () => {
  catalog = await startCliCatalog()
  folder = temporaryFolder()
})

function save(fields: JsonObject & { readonly tool_name: string }): string {
  const file = join(folder, `${fields.tool_name}.yaml`)
  writeFileSync(file, serialise(aDefinition(fields), 'yaml'))
  return file
}

const latestOf = async (name: string) =>
  (await catalog.read('query ($name: String!) { tool(name: $name) { latest { version } } }', { name })).tool?.latest
    ?.version
const lastChange = async () =>
  (await catalog.read('{ changeSets(first: 1) { nodes { actor message events { kind toolName version } } } }'))
    .changeSets.nodes[0]

test('publish makes a tool of a file, then a version, then neither twice; and says why in the history', async () => {
  const first = await catalog.run('publish', save({ tool_name: 'grep' }), '--message', 'first')
  expect(first).toMatchObject({ code: 0, stdout: 'grep 1.0.0 created (latest); revision 1\n' })
  expect(await lastChange()).toMatchObject({
    actor: 'key:cli editor',
    message: 'first',
    events: [{ kind: 'TOOL_CREATED' }],
  })
  const text = serialise(aDefinition({ tool_name: 'grep', version: '1.1.0', description: 'Other.' }), 'yaml')
  expect((await catalog.runWith(text, 'publish', '-', '--dry-run')).stdout).toBe(
    'grep 1.1.0 would be published; dry run: nothing was changed\n',
  )
  expect(await latestOf('grep')).toBe('1.0.0')
  expect((await catalog.runWith(text, 'publish', '-', '--keep-latest', '--testing')).stdout).toBe(
    'grep 1.1.0 published (1.0.0 stays the latest); revision 2\n',
  )
  expect(await latestOf('grep')).toBe('1.0.0')
  const again = await catalog.runWith(text, 'publish', '-')
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining('grep 1.1.0 is published (testing)') })
})

test('publish publishes a draft of the server by its name and version', async () => {
  await catalog.run('publish', save({ tool_name: 'sed' }))
  await catalog.done('updateDraft', { tool: 'sed', copyOf: '1.0.0', version: '2.0.0' })
  expect((await catalog.run('publish', 'sed@2.0.0')).stdout).toMatch(
    /^sed 2\.0\.0 published \(latest\); revision \d+\n$/,
  )
  expect((await catalog.run('publish', 'sed@3.0.0')).output).toContain('sed has no version "3.0.0"')
  expect((await catalog.run('publish', join(folder, 'none.yaml'))).code).toBe(66)
})

test('publish refuses a file that is wrong, and a version that breaks its users, saying every reason', async () => {
  const wrong = await catalog.run('publish', save({ tool_name: 'awk', status: 'done' }))
  expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('awk.yaml:') })
  await catalog.run('publish', save({ tool_name: 'awk' }))
  await catalog.done('updateTool', { tool: 'awk', compatibility: 'BACKWARD' })
  const breaking = await catalog.run('publish', save({ tool_name: 'awk', version: '2.0.0', platform: 'windows' }))
  expect(breaking.code).toBe(1)
  expect(breaking.output).toContain('\n  platform: it no longer runs where callers run it')
  const told = await catalog.run('publish', join(folder, 'awk.yaml'), '--json')
  expect(JSON.parse(told.stdout)).toMatchObject({ code: 'COMPATIBILITY', differences: [{ path: 'platform' }] })
  const file = join(folder, 'awk.yaml')
  expect((await catalog.run('publish', file, '--override-compatibility')).code).toBe(77)
  expect((await runCommand(['publish', file, '--override-compatibility'], catalog.environments.admin)).code).toBe(0)
  expect(await latestOf('awk')).toBe('2.0.0')
})

test('rollback, disable, enable, delete and undelete change one tool, and undo each other', async () => {
  await catalog.create({ tool_name: 'top' })
  await catalog.publish({ tool_name: 'top', version: '2.0.0' })
  expect((await catalog.run('rollback', 'top', '1.0.0', '-m', 'slow')).stdout).toMatch(
    /^top serves 1\.0\.0; revision \d+\n$/,
  )
  expect(await latestOf('top')).toBe('1.0.0')
  expect(await lastChange()).toMatchObject({ message: 'slow', events: [{ kind: 'LATEST_MOVED', version: '1.0.0' }] })
  expect((await catalog.run('rollback', 'top', '1.0.0')).stdout).toBe('top serves 1.0.0; nothing to change\n')
  expect((await catalog.run('disable', 'top')).stdout).toMatch(/^top is disabled; revision/)
  expect(await lastChange()).toMatchObject({ events: [{ kind: 'TOOL_DISABLED' }] })
  expect((await catalog.run('enable', 'top')).code).toBe(0)
  expect(await lastChange()).toMatchObject({ events: [{ kind: 'TOOL_ENABLED' }] })
  expect((await catalog.run('delete', 'top', '--yes')).stdout).toMatch(/^top is deleted; revision/)
  expect(await latestOf('top')).toBeUndefined()
  expect((await catalog.run('undelete', 'top')).stdout).toMatch(/^top is back; revision/)
  expect(await latestOf('top')).toBe('1.0.0')
})

test('what is not there is said with what there is instead', async () => {
  await catalog.create({ tool_name: 'sort' })
  for (const [args, said] of [
    [['enable', 'srot'], 'There is no tool "srot". Did you mean sort?\n'],
    [['delete', 'sorts', '--yes'], 'There is no tool "sorts". Did you mean sort?\n'],
    [['enable', 'nothing-like-it'], 'There is no tool "nothing-like-it". tool-catalog list shows every tool.\n'],
    [['rollback', 'sort', '9'], 'sort has no version "9". It has 1.0.0.\n'],
    [['undelete', 'srot'], 'There is no tool "srot". tool-catalog list --deleted shows what can be brought back.\n'],
    [
      ['diff', save({ tool_name: 'srot' })],
      'There is no tool "srot". Did you mean sort? If it is a new one, there is nothing to compare it with: publish makes it.\n',
    ],
  ] as const)
    expect(await catalog.run(...args)).toMatchObject({ code: 1, stdout: '', output: said })
})

test('delete refuses without a terminal to ask at, and takes an expected revision and a dry run', async () => {
  await catalog.create({ tool_name: 'kept' })
  const before = await revisionOf(catalog)
  const asked = await catalog.run('delete', 'kept')
  expect(asked).toMatchObject({ code: 2, output: 'Delete the tool kept? There is no terminal to ask at: add --yes.\n' })
  expect((await catalog.run('delete', 'kept', '--dry-run')).stdout).toContain('dry run: nothing was changed')
  const late = await catalog.run('delete', 'kept', '--yes', '--expected-revision', '1')
  expect(late).toMatchObject({ code: 1, output: expect.stringContaining(`it is at ${before} by now`) })
  expect(await revisionOf(catalog)).toBe(before)
  expect(JSON.parse((await catalog.run('delete', 'kept', '--yes', '--json')).stdout)).toMatchObject({
    dryRun: false,
    changes: [{ kind: 'TOOL_DELETED', toolName: 'kept' }],
  })
})

test('login keeps a key that the server takes in a file for its owner alone, per server; logout forgets it', async () => {
  const { TOOL_CATALOG_KEY: key, ...stranger } = catalog.environments.editor
  const asStranger = (args: string[], input = '') => runCommand(args, stranger, input)
  await catalog.create({ tool_name: 'locked' })
  expect((await asStranger(['disable', 'locked'])).output).toContain('run tool-catalog login')
  expect((await asStranger(['login'], 'tcat_wrong\n')).code).toBe(77)
  expect((await asStranger(['login'], '\n')).code).toBe(2)
  const signedIn = await asStranger(['login'], `${key}\n`)
  expect(signedIn.output).toContain('as key:cli editor (editor)')
  expect(signedIn.output).not.toContain(key)
  const file = join(catalog.home, '.config', 'tool-catalog', 'credentials.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ [catalog.url]: { key, role: 'EDITOR' } })
  expect((await asStranger(['disable', 'locked'])).code).toBe(0)
  // Another name of the same server is another server: its key is not for it.
  const other = catalog.url.replace('127.0.0.1', 'localhost')
  expect((await asStranger(['enable', 'locked', '--url', other])).code).toBe(77)
  expect((await asStranger(['logout'])).output).toContain(`Forgot the key for ${catalog.url}`)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({})
  expect((await asStranger(['enable', 'locked'])).code).toBe(77)
})

test('a file of keys that others may read is not used', async () => {
  const { TOOL_CATALOG_KEY: _, ...stranger } = catalog.environments.editor
  const file = join(folder, 'credentials.json')
  writeFileSync(file, '{}', { mode: 0o644 })
  const { code, output } = await runCommand(['list'], { ...stranger, TOOL_CATALOG_CREDENTIALS: file })
  expect(code).toBe(77)
  expect(output).toContain(`Other users may read ${file}`)
})
