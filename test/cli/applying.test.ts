import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/definition/json.ts'
import { serialise } from '../../src/definition/serialise.ts'
import { cloneDatabase } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { runCommand } from '../support/process.ts'
import { revisionOf } from '../support/test-catalog.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

let catalog: CliCatalog
beforeAll(async () => {
  catalog = await startCliCatalog()
})

function makeFolder() {
  const folder = temporaryFolder()
  return {
    folder,
    save: (name: string, fields: JsonObject = {}) =>
      writeFileSync(join(folder, `${name}.yaml`), serialise(aDefinition({ tool_name: name, ...fields }), 'yaml')),
    remove: (name: string) => rmSync(join(folder, `${name}.yaml`)),
  }
}

const lastChange = async () =>
  (await catalog.read('{ changeSets(first: 1) { nodes { actor message eventCount events { kind toolName } } } }'))
    .changeSets.nodes[0]

test('plan tells by its exit code whether there is something to do, and apply does it in one revision', async () => {
  const { folder, save } = makeFolder()
  save('plan-a')
  save('plan-b')
  const before = await revisionOf(catalog)
  const plan = await catalog.run('plan', folder, '--source', 'plan')
  expect(plan).toMatchObject({
    code: 2,
    stdout: '+ create    plan-a 1.0.0 (plan-a.yaml)\n+ create    plan-b 1.0.0 (plan-b.yaml)\n2 to create\n',
  })
  expect(await revisionOf(catalog)).toBe(before)
  const applied = await catalog.run('apply', folder, '--source', 'plan', '--message', 'first')
  expect(applied).toMatchObject({ code: 0, stdout: `Applied 2 changes: revision ${Number(before) + 1}.\n` })
  expect(await lastChange()).toMatchObject({ actor: 'key:cli editor', message: 'first', eventCount: 2 })
  expect(await catalog.run('plan', folder, '--source', 'plan')).toMatchObject({ code: 0, stdout: '2 unchanged\n' })
  expect((await catalog.run('apply', folder, '--source', 'plan')).stdout).toBe('Nothing to change.\n')
  save('plan-a', { platform: 'windows' })
  const json = await catalog.run('plan', folder, '--source', 'plan', '--json')
  expect(json.code).toBe(2)
  expect(JSON.parse(json.stdout).items[0]).toMatchObject({
    action: 'change',
    previous: '1.0.0',
    version: '1.0.1',
    differences: [{ path: 'platform', breaking: 'yes' }, { path: 'version' }],
  })
  expect((await catalog.run('plan', folder, '--source', 'plan', '--markdown')).stdout).toContain(
    '| change | `plan-a` | 1.0.0 → 1.0.1 | 🔴 breaking |',
  )
})

test('everything that goes wrong with plan is exit code 1: usage, files, refusals and the server', async () => {
  const { folder, save } = makeFolder()
  save('wrong', { status: 'done' })
  const invalid = await catalog.run('plan', folder)
  expect(invalid).toMatchObject({
    code: 1,
    stdout: '',
    output: expect.stringContaining('wrong.yaml:44:9 error definition.status'),
  })
  expect((await catalog.run('plan', folder, '--nonsense')).code).toBe(1)
  expect((await catalog.run('plan', join(folder, 'none'))).code).toBe(1)
  save('wrong')
  const nowhere = { ...catalog.environments.editor, TOOL_CATALOG_URL: 'http://127.0.0.1:1/graphql' }
  expect((await runCommand(['plan', folder], nowhere)).code).toBe(1)
  await catalog.create({ tool_name: 'wrong' })
  save('wrong', { description: 'Other.' })
  const refused = await catalog.run('plan', folder, '--on-conflict', 'fail')
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('x refuse    wrong') })
  const before = await revisionOf(catalog)
  expect(await catalog.run('apply', folder, '--on-conflict', 'fail')).toMatchObject({ code: 1 })
  expect(await revisionOf(catalog)).toBe(before)
  expect((await catalog.run('plan', '--help')).code).toBe(0)
})

test('a plan that was kept is carried out as it is, and not when the files or the catalog have moved', async () => {
  const { folder, save } = makeFolder()
  const file = join(temporaryFolder(), 'plan.json')
  const apply = (...args: string[]) => catalog.run('apply', folder, '--plan', file, ...args)
  save('kept-a')
  expect((await catalog.run('plan', folder, '--source', 'kept', '--out', file)).code).toBe(2)
  save('kept-b')
  expect(await apply()).toMatchObject({
    code: 1,
    output: expect.stringContaining('Not the files that were planned: kept-b.yaml'),
  })
  rmSync(join(folder, 'kept-b.yaml'))
  await catalog.create({ tool_name: 'kept-meanwhile' })
  const before = await revisionOf(catalog)
  expect(await apply()).toMatchObject({ code: 1, output: expect.stringContaining(`it is at ${before} by now`) })
  expect(await apply('--prune')).toMatchObject({ code: 2 })
  expect(await revisionOf(catalog)).toBe(before)
  await catalog.run('plan', folder, '--source', 'kept', '--out', file)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"plan": "sha256:../, '"plan": "sha256:zz'))
  expect(await apply()).toMatchObject({
    code: 1,
    output: expect.stringContaining('What would happen is not what was planned'),
  })
  await catalog.run('plan', folder, '--source', 'kept', '--out', file)
  expect(await apply()).toMatchObject({ code: 0, stdout: `Applied 1 change: revision ${Number(before) + 1}.\n` })
  expect((await apply('--database')).output).toContain('was made for http')
  writeFileSync(file, '{}')
  expect((await apply()).output).toContain('is no plan')
})

test('apply records the git commit, renames, and deletes only what it is told to', async () => {
  const { folder, save, remove } = makeFolder()
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      encoding: 'utf8',
    }).trim()
  git('init', '-q')
  save('git-a')
  save('git-old')
  git('add', '.')
  git('commit', '-qm', 'first')
  const commit = git('rev-parse', 'HEAD')
  await catalog.run('apply', folder, '--source', 'git', '-m', 'first')
  expect((await lastChange()).message).toBe(`first (commit ${commit})`)
  remove('git-a')
  remove('git-old')
  save('git-new', { renamed_from: 'git-old' })
  const asked = await catalog.run('apply', folder, '--source', 'git', '--prune')
  expect(asked).toMatchObject({
    code: 2,
    output: expect.stringContaining('Delete 1 tool: git-a? There is no terminal'),
  })
  expect((await catalog.run('apply', folder, '--source', 'git', '--prune', '--yes', '--json')).code).toBe(0)
  expect(await lastChange()).toMatchObject({
    message: `commit ${commit} with local changes`,
    events: [
      { kind: 'TOOL_RENAMED', toolName: 'git-old' },
      { kind: 'TOOL_DELETED', toolName: 'git-a' },
    ],
  })
})

test('plan and apply work straight on a database, as import does', async () => {
  const { folder, save } = makeFolder()
  const environment = await cloneDatabase()
  const run = (...args: string[]) => runCommand([...args, folder, '--database'], environment)
  save('a')
  expect(await run('plan')).toMatchObject({ code: 2, stdout: '+ create    a 1.0.0 (a.yaml)\n1 to create\n' })
  expect(await run('apply')).toMatchObject({ code: 0, stdout: 'Applied 1 change: revision 1.\n' })
  expect((await run('plan')).code).toBe(0)
  save('a', { description: 'Other.' })
  expect(await run('plan', '--on-conflict', 'fail')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('x refuse    a'),
  })
  expect((await run('plan')).stdout).toContain('~ change    a 1.0.0 → 1.0.1 (a.yaml): new version 1.0.1\n')
})
