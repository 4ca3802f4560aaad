import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/definition/json.ts'
import { execute } from '../../support/client.ts'
import { aDefinition } from '../../support/fixtures.ts'
import { contents, mutationText, revisionOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const RESULTS = '... on ImportToolsSuccess { results { label tool version outcome detail } }'
const REJECTED = 'results { label tool version outcome detail }'
const lines = (...definitions: JsonObject[]) => definitions.map((item) => JSON.stringify(item)).join('\n')
const named = (tool: string, fields: JsonObject = {}) => aDefinition({ tool_name: tool, ...fields })

/** A tool 1.0.0 in the catalog; and a text that brings it with other content, a tool that is known, and a new one. */
async function aConflict(prefix: string): Promise<string> {
  await catalog.create({ tool_name: `${prefix}-known` })
  await catalog.create({ tool_name: `${prefix}-same` })
  return lines(
    named(`${prefix}-known`, { description: 'Other.' }),
    named(`${prefix}-same`),
    named(`${prefix}-new`),
    named(`${prefix}-new`, { version: '2.0.0' }),
  )
}

const version = (tool: string, name: string) =>
  catalog
    .read(
      'query ($tool: String!, $name: String) { tool(name: $tool) { version(version: $name) { description digest } } }',
      {
        tool,
        name,
      },
    )
    .then(({ tool: found }) => found?.version ?? null)

test('FAIL: nothing is imported, and each definition says what would have come of it', async () => {
  const text = await aConflict('fail')
  const before = await contents(catalog.config)
  const error = await catalog.refused('importTools', { text, onConflict: 'FAIL' }, 'ImportRejectedError', REJECTED)
  expect(error).toMatchObject({
    code: 'IMPORT_REJECTED',
    results: [
      { label: 'definition 1', tool: 'fail-known', outcome: 'REJECTED', detail: expect.stringContaining('1.0.0') },
      { tool: 'fail-same', outcome: 'UNCHANGED' },
      { tool: 'fail-new', outcome: 'CREATED' },
      { tool: 'fail-new', version: '2.0.0', outcome: 'UPDATED' },
    ],
  })
  expect(await contents(catalog.config)).toEqual(before)
})

test('SKIP: what is there stays, and the rest comes in', async () => {
  const text = await aConflict('skip')
  const before = await version('skip-known', '1.0.0')
  const answer = await catalog.done('importTools', { text, onConflict: 'SKIP' }, RESULTS)
  expect(answer.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'SKIPPED',
    'UNCHANGED',
    'CREATED',
    'UPDATED',
  ])
  expect(await version('skip-known', '1.0.0')).toEqual(before)
})

test('OVERWRITE: what is there is replaced, by an admin', async () => {
  const text = await aConflict('overwrite')
  const input = { text, onConflict: 'OVERWRITE' }
  const answer = await catalog.done('importTools', input, RESULTS, catalog.roles.admin)
  expect(answer.results[0]).toMatchObject({ outcome: 'UPDATED', version: '1.0.0' })
  expect((await version('overwrite-known', '1.0.0')).description).toBe('Other.')
})

test('NEW_VERSION: it comes in under the next free version, and once', async () => {
  const text = await aConflict('renumber')
  const input = { text, onConflict: 'NEW_VERSION' }
  const before = await version('renumber-known', '1.0.0')
  const answer = await catalog.done('importTools', input, RESULTS)
  expect(answer.results[0]).toMatchObject({ outcome: 'UPDATED', version: '1.0.1' })
  expect((await version('renumber-known', '1.0.1')).description).toBe('Other.')
  expect(await version('renumber-known', '1.0.0')).toEqual(before)
  const again = await catalog.done('importTools', input, RESULTS)
  expect(again.results[0]).toMatchObject({ outcome: 'UNCHANGED', version: '1.0.1' })
  expect(again.revision).toBe(answer.revision)
})

test('YAML documents and JSON lines come in alike', async () => {
  const yaml = '# first\ntool_name: by-yaml\nversion: "1"\ndescription: d\nplatform: linux\ncategory: system\n---\n'
  const second = 'tool:\n  name: by-wrapper\n  version: "1"\n  description: d\n  platform: linux\n  category: system\n'
  const answer = await catalog.done('importTools', { text: yaml + second }, RESULTS)
  expect(answer.results).toMatchObject([
    { tool: 'by-yaml', outcome: 'CREATED' },
    { tool: 'by-wrapper', outcome: 'CREATED' },
  ])
  await catalog.done('importTools', { text: lines(named('by-json'), named('by-json-2')) }, RESULTS)
})

test('one that is not valid keeps all out, and every problem of every one is told with its line', async () => {
  const before = await contents(catalog.config)
  const broken = 'tool_name: broken\nversion: "1"\nplatform: linux\ncategory: system\n'
  const text = `${broken}---\n${broken.replace('broken', 'fine')}description: Fine.\n---\n${broken}`
  const error = await catalog.refused(
    'importTools',
    { text },
    'InvalidInputError',
    'problems { label severity code line }',
  )
  const errors = error.problems.filter(({ severity }: { severity: string }) => severity === 'ERROR')
  expect(errors).toMatchObject([
    { label: 'definition 1', code: 'definition.description', line: 1 },
    { label: 'definition 3', code: 'definition.description', line: 12 },
  ])
  expect(await contents(catalog.config)).toEqual(before)
})

test.each(['', '\n---\n', '# nothing but a comment\n'])('a text without a definition is refused', async (text) => {
  const error = await catalog.refused('importTools', { text }, 'InvalidInputError')
  expect(error.message).toContain('no definition')
})

test('an import that expects a revision of the catalog which is over imports nothing', async () => {
  const created = await catalog.create({ tool_name: 'meanwhile' })
  const old = String(Number(created.revision) - 1)
  const input = { text: lines(named('too-late')), expectedRevision: old }
  const error = await catalog.refused('importTools', input, 'RevisionConflictError', 'expectedRevision currentRevision')
  expect(error).toMatchObject({ expectedRevision: old, currentRevision: created.revision })
  expect(await version('too-late', '1.0.0')).toBeNull()
})

test('a thousand definitions come in as one revision, and not one more', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      tool_name: `many-${index}`,
      version: '1',
      description: 'd',
      platform: 'linux',
      category: 'system',
    }))
  const before = await catalog.read('{ catalogStatistics(exact: true) { tools } }')
  const revision = Number(await revisionOf(catalog))
  const error = await catalog.refused('importTools', { text: lines(...many(1_001)) }, 'InvalidInputError')
  expect(error.message).toContain('At most 1000')
  const answer = await catalog.done('importTools', { text: lines(...many(1_000)) }, RESULTS)
  expect(answer.results).toHaveLength(1_000)
  expect(Number(answer.revision)).toBe(revision + 1)
  const after = await catalog.read('{ catalogStatistics(exact: true) { tools } }')
  expect(after.catalogStatistics.tools - before.catalogStatistics.tools).toBe(1_000)
})

test('several megabytes come in through /graphql/import, and nowhere else', async () => {
  const filler = 'x'.repeat(9_000)
  const large = Array.from({ length: 350 }, (_, index) => named(`large-${index}`, { notes: filler }))
  const input = { text: lines(...large) }
  expect(input.text.length).toBeGreaterThan(3_000_000)
  const { editor, reader } = catalog.roles
  const refused = await execute(catalog.url, mutationText('importTools'), { input }, editor)
  expect(refused.status).toBe(413)
  const forbidden = await execute(`${catalog.url}/import`, mutationText('importTools'), { input }, reader)
  expect(forbidden.status).toBe(403)
  const answer = await execute(`${catalog.url}/import`, mutationText('importTools', RESULTS), { input }, editor)
  expect(answer.errors).toBeUndefined()
  expect(answer.data.importTools.results).toHaveLength(350)
  expect((await version('large-349', '1.0.0')).digest).toMatch(/^sha256:/)
})
