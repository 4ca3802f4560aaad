import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { serialise } from '../../src/definition/serialise.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { runCommand } from '../support/process.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

let catalog: CliCatalog
let folder: string
beforeAll(async () => {
  catalog = await startCliCatalog()
  folder = temporaryFolder()
  await catalog.create({ tool_name: 'grep' })
  await catalog.publish({
    tool_name: 'grep',
    version: '1.1.0',
    capabilities: {
      text_search: { description: 'Find text.', patterns: { search_files: aPattern({ scope: 'single_item' }) } },
    },
  })
  await catalog.create({
    tool_name: 'tcpdump',
    platform: 'network',
    category: 'diagnostics',
    description: 'Capture packets.',
  })
  await catalog.create({
    tool_name: 'rm',
    description: 'Remove files.',
    capabilities: {
      removal: {
        description: 'Remove.',
        patterns: { remove: aPattern({ policy: { production_safe: false, requires_approval: true } }) },
      },
    },
  })
  await catalog.create({ tool_name: 'old' })
  await catalog.done('setToolEnabled', { tool: 'old', enabled: false })
})

const json = async (...args: string[]) => JSON.parse((await catalog.run(...args, '--json')).stdout)
const names = async (...args: string[]) => (await json('list', ...args)).map(({ name }: { name: string }) => name)

/** The machine may be slow: how long ago something was is not told to the minute. */
const ageless = (text: string) =>
  text.replaceAll(/just now {2,}|\d+ (?:seconds?|minutes?) ago {2,}|UPDATED {2,}/g, 'AGE  ')

test('list prints an aligned table, with the state and the age of each tool', async () => {
  const { code, stdout, output } = await catalog.run('list')
  expect(code).toBe(0)
  expect(ageless(stdout)).toBe(
    [
      'NAME     LATEST  PLATFORM  CATEGORY         STATE   AGE  DESCRIPTION',
      'grep     1.1.0   linux     text-processing  active  AGE  Print lines that match a pattern.',
      'rm       1.0.0   linux     text-processing  active  AGE  Remove files.',
      'tcpdump  1.0.0   network   diagnostics      active  AGE  Capture packets.',
      '',
    ].join('\n'),
  )
  expect(output).toContain('3 tools')
})

test('list filters as the API does, sorts, cuts, and gives absolute dates with --json', async () => {
  expect(await names('--platform', 'network')).toEqual(['tcpdump'])
  expect(await names('--all', '--sort', 'name', '--reverse')).toEqual(['tcpdump', 'rm', 'old', 'grep'])
  expect(await names('--disabled')).toEqual(['old'])
  expect(await names('--no-production-safe')).toEqual(['rm'])
  expect(await names('--production-safe', '--name', 'GR')).toEqual(['grep'])
  expect(await names('--requires-approval')).toEqual(['rm'])
  const [tool] = await json('list', '--capability', 'removal')
  expect(tool.updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const limited = await catalog.run('list', '--limit', '1')
  expect(limited.stdout.split('\n')).toHaveLength(3)
  expect(limited.output).toContain('1 tool; there are more: raise --limit')
  const conflicting = await catalog.run('list', '--disabled', '--all')
  expect(conflicting).toMatchObject({ code: 2, output: expect.stringContaining('cannot be used with') })
})

test('list reads page after page', async () => {
  const text = Array.from({ length: 120 }, (_, index) =>
    JSON.stringify(aDefinition({ tool_name: `many-${index}`, category: 'many' })),
  ).join('\n')
  await catalog.done('importTools', { text })
  expect(await names('--category', 'many')).toHaveLength(120)
  expect(await names('--category', 'many', '--limit', '101')).toHaveLength(101)
})

test('search finds a tool for a phrase in several words, and says where the words are', async () => {
  const { code, stdout } = await catalog.run('search', 'capturing', 'packets')
  expect(code).toBe(0)
  expect(stdout.split('\n')[1]).toMatch(/^tcpdump {2}network {3}.*Capture packets\.$/)
  expect((await json('search', 'packets', '--limit', '1'))[0]).toMatchObject({
    tool: { name: 'tcpdump' },
    score: expect.any(Number),
  })
  const none = await catalog.run('search', 'packets', '--platform', 'mainframe')
  expect(none).toMatchObject({ code: 0, stdout: '', output: expect.stringContaining('No tool is found') })
})

test('show prints a tool, a version of it, its definition, or JSON', async () => {
  const { code, stdout: shown } = await catalog.run('show', 'grep')
  const stdout = ageless(shown)
  expect(code).toBe(0)
  for (const part of [
    'grep 1.1.0\n',
    'text_search  Find text.',
    'search_files  pattern',
    '1.1.0    active, latest  AGE',
  ])
    expect(stdout).toContain(part)
  expect((await catalog.run('show', 'GREP@1.0.0')).stdout).toContain('grep 1.0.0\n')
  expect((await catalog.run('show', 'rm')).stdout).toContain('not for production, approval')
  const yaml = (await catalog.run('show', 'grep@1.0.0', '--yaml')).stdout
  expect(yaml).toBe(serialise(aDefinition({ tool_name: 'grep' }), 'yaml'))
  expect(await json('show', 'grep')).toMatchObject({ latest: { version: '1.1.0' }, version: { version: '1.1.0' } })
})

test('a name or version that is not there is told from one that is, with what may have been meant', async () => {
  const misspelt = await catalog.run('show', 'tcpdmup')
  expect(misspelt).toMatchObject({ code: 1, stdout: '' })
  expect(misspelt.output).toBe('There is no tool "tcpdmup". Did you mean tcpdump?\n')
  const version = await catalog.run('show', 'grep@7')
  expect(version).toMatchObject({ code: 1, output: 'grep has no version "7". It has 1.1.0, 1.0.0.\n' })
  expect((await catalog.run('diff', 'grep', '1.0.0', '7')).output).toContain('grep has no version "7"')
  expect(await catalog.run('lst')).toMatchObject({ code: 2, output: expect.stringContaining('Did you mean list?') })
})

test('diff tells two versions apart, worst first, by default from one to the latest', async () => {
  const { code, stdout } = await catalog.run('diff', 'grep', '1.0.0')
  expect(code).toBe(0)
  expect(stdout).toBe(
    [
      'grep 1.0.0 → 1.1.0: 2 differences, 1 maybe breaking',
      '  maybe    ~ capabilities.text_search.patterns.search_files.scope: "batch" → "single_item"',
      '             callers may rely on the scope that search_files had',
      '  fine     ~ version: "1.0.0" → "1.1.0"',
      '             every version has a name of its own',
      '',
    ].join('\n'),
  )
  expect(await json('diff', 'grep', '1.1.0', '1.0.0')).toMatchObject({
    from: '1.1.0',
    to: '1.0.0',
    differences: [{ breaking: 'maybe', before: 'single_item', after: 'batch' }, { path: 'version' }],
  })
})

test('diff holds a file, or standard input, against the catalog', async () => {
  const file = join(folder, 'grep.yaml')
  writeFileSync(file, serialise(aDefinition({ tool_name: 'grep', version: '2.0.0', platform: 'windows' }), 'yaml'))
  const { stdout } = await catalog.run('diff', file, '--against', '1.0.0')
  expect(stdout).toContain(
    `grep 1.0.0 → ${file}: 2 differences, 1 breaking\n  BREAKING ~ platform: "linux" → "windows"`,
  )
  const same = await catalog.runWith((await catalog.run('show', 'grep', '--yaml')).stdout, 'diff', '-')
  expect(same).toMatchObject({ code: 0, stdout: 'grep 1.1.0 → standard input: no difference\n' })
  writeFileSync(file, 'tool_name: grep\n')
  expect(await catalog.run('diff', file)).toMatchObject({
    code: 1,
    output: expect.stringContaining(`${file}:1:1 error definition.version: is required`),
  })
  expect((await catalog.run('diff', join(folder, 'none.yaml'))).code).toBe(66)
  expect((await catalog.run('diff', 'grep', '1.0.0', '--against', '1.0.0')).code).toBe(2)
})

test('--quiet prints nothing beside what was asked for, and --verbose says what is asked of the server', async () => {
  expect((await catalog.run('list', '--quiet')).output).not.toContain('tools\n')
  const { output, stdout } = await catalog.run('list', '--verbose')
  expect(output).toMatch(/List at http:.*\/graphql: answered after \d+ ms/)
  expect(stdout).not.toContain('answered')
})

test('a server that is not there is exit code 69', async () => {
  const nowhere = { ...catalog.environments.reader, TOOL_CATALOG_URL: 'http://127.0.0.1:1/graphql' }
  expect((await runCommand(['list'], nowhere)).code).toBe(69)
})
