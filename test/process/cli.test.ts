import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { serialise } from '../../src/definition/serialise.ts'
import { cloneDatabase, isServer } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { runCommand, startServer } from '../support/process.ts'

let environment: Record<string, string>
let folder: string
beforeAll(async () => {
  environment = await cloneDatabase()
  folder = mkdtempSync(join(tmpdir(), 'tool-catalog-files-'))
  mkdirSync(join(folder, 'linux'))
  writeFileSync(join(folder, 'linux', 'grep.yaml'), serialise(aDefinition(), 'yaml'))
  writeFileSync(join(folder, 'sed.json'), serialise(aDefinition({ tool_name: 'sed' }), 'json'))
  writeFileSync(join(folder, '.hidden.yaml'), 'not: read')
  writeFileSync(join(folder, 'notes.txt'), 'not read')
})

test('validate prints every problem of every file with its place, and a summary', async () => {
  const bad = mkdtempSync(join(tmpdir(), 'tool-catalog-bad-'))
  writeFileSync(
    join(bad, 'a.yaml'),
    'tool_name: a\nversion: "1"\ndescription: A.\nplatform: linux\ncategory: system\nstatus: done\n',
  )
  writeFileSync(join(bad, 'b.yaml'), 'services:\n  web: {}\n')
  const { code, stdout } = await runCommand(['validate', bad, join(folder, 'sed.json')])
  expect(code).toBe(1)
  expect(stdout).toBe(
    [
      `${bad}/a.yaml:6:9 error definition.status: must be one of draft, testing, active, deprecated, disabled, not "done"`,
      `${bad}/b.yaml:1:1 error file.not_a_tool: not a tool definition: it has services, but no tool_name`,
      '3 definitions, 2 errors, 0 warnings',
      '',
    ].join('\n'),
  )
})

test('validate takes warnings for errors only when it is strict, and speaks JSON', async () => {
  const text = serialise(aDefinition({ platfrom: 'x' }), 'yaml')
  expect((await runCommand(['validate', '-'], {}, text)).code).toBe(0)
  const { code, stdout } = await runCommand(['validate', '--strict', '--format', 'json', '-'], {}, text)
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    definitions: 1,
    errors: 0,
    warnings: 1,
    problems: [
      {
        file: '-',
        severity: 'warning',
        code: 'definition.unknown_field',
        message: expect.stringContaining('did you mean "platform"?'),
      },
    ],
  })
})

test('import says what it would do, does it, and does it only once', async () => {
  const dry = await runCommand(['import', folder, '--dry-run'], environment)
  expect(dry.stdout).toContain(`created   grep 1.0.0 (${folder}/linux/grep.yaml)\n`)
  expect(dry.stdout).toContain('2 created; dry run, nothing was changed\n')
  expect((await runCommand(['import', folder], environment)).stdout).toContain('2 created; revision 1\n')
  const again = await runCommand(['import', folder, '--json'], environment)
  expect(again.code).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({
    revisions: [],
    results: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }],
  })
})

test('import refuses a conflict unless it is told what to do, and changes nothing', async () => {
  const changed = serialise(aDefinition({ description: 'Other.' }), 'yaml')
  const refused = await runCommand(['import', '-'], environment, changed)
  expect(refused.code).toBe(1)
  expect(refused.stdout).toContain(
    'rejected  grep 1.0.0 (-): grep 1.0.0 is published with other content; choose skip, overwrite or new-version',
  )
  expect(refused.stdout).toContain('1 rejected; nothing was changed')
  const taken = await runCommand(['import', '-', '--on-conflict', 'new-version'], environment, changed)
  expect(taken.stdout).toContain('updated   grep 1.0.1 (-): new version 1.0.1')
})

test('import of anything invalid imports nothing', async () => {
  const { code, output } = await runCommand(
    ['import', '-'],
    environment,
    `${serialise(aDefinition({ tool_name: 'fresh' }), 'yaml')}---\ntool_name: broken\nplatform: linux\n`,
  )
  expect(code).toBe(1)
  expect(output).toMatch(/-:\d+:1 error definition\.version: is required/)
  expect(output).toContain('nothing was imported')
  expect((await runCommand(['export', '--tool', 'fresh'], environment)).code).toBe(1)
})

test('what was exported as files or as a stream is imported again without a new revision', async () => {
  const out = mkdtempSync(join(tmpdir(), 'tool-catalog-out-'))
  await runCommand(['export', out, '--version', 'all'], environment)
  expect(readFileSync(join(out, 'linux', 'grep@1.0.0.yaml'), 'utf8')).toBe(serialise(aDefinition(), 'yaml'))
  expect((await runCommand(['import', out], environment)).stdout).toContain('3 unchanged; no new revision\n')
  for (const format of ['yaml', 'json']) {
    const { stdout } = await runCommand(['export', '--format', format, '--platform', 'linux'], environment)
    expect((await runCommand(['import', '-'], environment, stdout)).stdout).toContain('2 unchanged; no new revision\n')
  }
})

test.skipIf(isServer())('import and export work while a server has the embedded database open', async () => {
  const own = await cloneDatabase()
  const server = startServer({ ...own, STARTER_CATALOG: 'false' })
  await server.printed(/"url"/)
  const { stdout } = await runCommand(['import', folder], own)
  expect(stdout).toContain('2 created; revision 1\n')
  expect((await runCommand(['export', '--tool', 'grep'], own)).stdout).toContain('tool_name: grep\n')
})

test('wrong usage has exit code 2, a path that is not there 66, and every command has help', async () => {
  expect((await runCommand(['import'])).code).toBe(2)
  expect((await runCommand(['validate', 'x', '--format', 'xml'])).code).toBe(2)
  expect(await runCommand(['validate', '/nowhere/at/all'])).toMatchObject({
    code: 66,
    output: '/nowhere/at/all is not there.\n',
  })
  const help = await runCommand(['--help'])
  expect(help.code).toBe(0)
  for (const command of ['validate', 'import', 'export', 'config']) expect(help.stdout).toContain(command)
  expect((await runCommand(['import', '--help'])).stdout).toContain('Examples:')
})

test('config lists every variable with its default and meaning', async () => {
  const { stdout } = await runCommand(['config'])
  expect(stdout).toMatch(/^PORT +3005 +TCP port to listen on/m)
  const rows: { name: string }[] = JSON.parse((await runCommand(['config', '--json'])).stdout)
  expect(rows.map(({ name }) => name)).toContain('DATABASE_URL')
})
