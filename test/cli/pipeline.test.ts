import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import yaml from 'js-yaml'
import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/definition/json.ts'
import { serialise } from '../../src/definition/serialise.ts'
import { aDefinition } from '../support/fixtures.ts'
import { revisionOf } from '../support/test-catalog.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Workflow {
  readonly env: Record<string, string>
  readonly jobs: Record<
    string,
    { readonly env?: Record<string, string>; readonly steps: readonly { name?: string; run?: string }[] }
  >
}

const workflow = yaml.load(readFileSync(join(ROOT, 'docs/examples/github-actions.yml'), 'utf8')) as Workflow

let catalog: CliCatalog
let repository: string
let path: string
beforeAll(async () => {
  catalog = await startCliCatalog()
  repository = temporaryFolder()
  mkdirSync(join(repository, 'tools'))
  git('init', '-q')
  const programs = temporaryFolder()
  const write = (name: string, script: string) => writeFileSync(join(programs, name), script, { mode: 0o755 })
  write('tool-catalog', `#!/bin/sh\nexec ${process.execPath} ${join(ROOT, 'bin/tool-catalog.js')} "$@"\n`)
  write('gh', '#!/bin/sh\necho "gh $*"\n')
  path = `${programs}:${process.env.PATH}`
})

const git = (...args: string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
    encoding: 'utf8',
  }).trim()

function save(name: string, fields: JsonObject = {}): void {
  writeFileSync(
    join(repository, 'tools', `${name}.yaml`),
    serialise(aDefinition({ tool_name: name, ...fields }), 'yaml'),
  )
}

function merge(message: string): string {
  git('add', 'tools')
  git('commit', '-qm', message)
  return git('rev-parse', 'HEAD')
}

/** Run the shell of one job's steps as GitHub does: bash -eo pipefail, one after the other, until one fails. */
async function runJob(job: string) {
  const values: Record<string, string> = {
    TOOL_CATALOG_URL: catalog.url,
    TOOL_CATALOG_KEY: catalog.environments.editor.TOOL_CATALOG_KEY,
    PULL_REQUEST: '7',
  }
  const names = Object.keys({ ...workflow.env, ...workflow.jobs[job]?.env })
  const env = {
    PATH: path,
    HOME: catalog.home,
    ...Object.fromEntries(names.map((name) => [name, values[name] ?? 'unused'])),
  }
  let output = ''
  for (const { name, run } of workflow.jobs[job]?.steps ?? []) {
    if (run === undefined) continue
    const shell = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], { cwd: repository, env })
    const [out, err, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
    output += out + err
    if (code !== 0) return { failed: name, code, output }
  }
  return { failed: undefined, code: 0, output }
}

test('a pull request is checked and planned, with a comment; what is merged is applied once, with its commit', async () => {
  save('one')
  save('two')
  const commit = merge('Two tools')
  const planned = await runJob('plan')
  expect(planned.failed, planned.output).toBeUndefined()
  expect(planned.output).toContain('### Tool catalog: 2 to create')
  expect(planned.output).toContain('gh pr comment 7 --edit-last --create-if-none --body-file plan.md')
  expect(await revisionOf(catalog)).toBe('0')
  const applied = await runJob('apply')
  expect(applied.failed, applied.output).toBeUndefined()
  expect(applied.output).toContain('Applied 2 changes: revision 1.')
  const { changeSets } = await catalog.read('{ changeSets(first: 1) { nodes { message } } }')
  expect(changeSets.nodes[0].message).toBe(`Two tools (commit ${commit})`)
  expect((await runJob('apply')).failed).toBeUndefined()
  expect(await revisionOf(catalog)).toBe('1')
})

test('a file that is deleted takes its tool along', async () => {
  rmSync(join(repository, 'tools', 'two.yaml'))
  merge('One tool less')
  expect((await runJob('plan')).output).toContain('| prune | `two` |')
  expect((await runJob('apply')).output).toContain('Applied 1 change: revision 2.')
  expect((await catalog.read('{ tool(name: "two") { name } }')).tool).toBeNull()
})

test('a definition that is wrong, or that the catalog refuses, fails the job and changes nothing', async () => {
  save('one', { status: 'done' })
  expect(await runJob('plan')).toMatchObject({ failed: 'Check the definitions', code: 1 })
  await catalog.done('updateTool', { tool: 'one', compatibility: 'BACKWARD' })
  const before = await revisionOf(catalog)
  save('one', { version: '2.0.0', platform: 'windows' })
  expect(await runJob('plan')).toMatchObject({ failed: 'Plan', output: expect.stringContaining('| refuse | `one` |') })
  merge('Breaking')
  expect(await runJob('apply')).toMatchObject({ failed: 'Apply', code: 1 })
  expect(await revisionOf(catalog)).toBe(before)
})
