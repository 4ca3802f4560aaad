import { beforeAll, expect, test } from 'vitest'
import { execute } from '../../support/client.ts'
import { aDefinition } from '../../support/fixtures.ts'
import {
  asText,
  contents,
  kindsOf,
  mutationText,
  startTestCatalog,
  type TestCatalog,
} from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const MADE = `... on CreateToolSuccess { tool { id name revision enabled compatibility latest { version } }
  version { version status digest createdBy capabilities { name patterns { name } } } }`

test('a tool comes with its first version, which is the latest', async () => {
  const definition = asText(aDefinition({ tool_name: 'first' }))
  const answer = await catalog.done('createTool', { definition, compatibility: 'FULL' }, MADE)
  expect(answer).toMatchObject({
    tool: { name: 'first', revision: answer.revision, enabled: true, compatibility: 'FULL' },
    version: {
      version: '1.0.0',
      status: 'ACTIVE',
      createdBy: 'key:the editor',
      capabilities: [{ name: 'text_search', patterns: [{ name: 'search_files' }] }],
    },
    changes: [{ kind: 'TOOL_CREATED', toolName: 'first', version: '1.0.0', latest: '1.0.0' }],
  })
  expect(answer.tool.latest).toEqual({ version: '1.0.0' })
  const { tool } = await catalog.read('{ tool(name: "first") { id } }', {}, catalog.roles.reader)
  expect(tool.id).toBe(answer.tool.id)
})

test('a tool may start as a draft, which readers do not see', async () => {
  const definition = asText(aDefinition({ tool_name: 'hidden', status: 'draft' }))
  const answer = await catalog.done('createTool', { definition }, MADE)
  expect(answer).toMatchObject({ tool: { latest: null }, version: { status: 'DRAFT' } })
  const query = '{ tool(name: "hidden") { name } }'
  expect(await catalog.read(query, {}, catalog.roles.reader)).toEqual({ tool: null })
  expect(await catalog.read(query)).toEqual({ tool: { name: 'hidden' } })
})

test('a tool may start disabled', async () => {
  const definition = asText(aDefinition({ tool_name: 'off', enabled: false, status: 'deprecated' }))
  const answer = await catalog.done('createTool', { definition }, MADE)
  expect(answer).toMatchObject({ tool: { enabled: false }, version: { status: 'DEPRECATED' } })
})

test('a name is taken in any case of its letters', async () => {
  await catalog.create({ tool_name: 'Taken' })
  const before = await contents(catalog.config)
  const definition = asText(aDefinition({ tool_name: 'tAKEN', version: '2.0.0' }))
  const error = await catalog.refused('createTool', { definition }, 'NameTakenError', 'kind name')
  expect(error).toMatchObject({ code: 'NAME_TAKEN', kind: 'tool', name: 'Taken' })
  expect(await contents(catalog.config)).toEqual(before)
})

test('every problem of a definition is told with its place in the text', async () => {
  const text =
    'tool_name: broken\nversion: "1"\nplatform: linux\ncategory: system\ncapabilities:\n  a:\n    patterns: 7\n'
  const before = await contents(catalog.config)
  const error = await catalog.refused(
    'createTool',
    { definition: { text } },
    'InvalidInputError',
    'problems { severity code line column }',
  )
  expect(error.code).toBe('INVALID_INPUT')
  expect(error.problems.filter(({ severity }: { severity: string }) => severity === 'ERROR')).toEqual([
    { severity: 'ERROR', code: 'definition.description', line: 1, column: 1 },
    { severity: 'ERROR', code: 'capability.patterns', line: 7, column: 15 },
  ])
  expect(await contents(catalog.config)).toEqual(before)
})

test.each([
  ['no text at all', { text: '' }],
  ['another kind of file', { text: 'apiVersion: v1\nkind: Pod\n' }],
  ['two documents', { text: 'a: 1\n---\nb: 2\n' }],
  ['a version called latest', asText(aDefinition({ version: 'latest' }))],
])('%s is no definition', async (_, definition) => {
  await catalog.refused('createTool', { definition }, 'InvalidInputError')
})

test('a definition is typed or text, and exactly one of them', async () => {
  for (const definition of [{}, { text: 'x', typed: null }]) {
    const { editor } = catalog.roles
    const answer = await execute(catalog.url, mutationText('createTool'), { input: { definition } }, editor)
    expect(answer.errors?.[0]?.message).toContain('Exactly one key')
  }
})

test('what no text of the database can hold is refused', async () => {
  for (const extensions of [{ a: 'x\ud800' }, { a: ['\u0000'] }, { 'x\udfff': 1 }]) {
    const typed = { name: 'odd', version: '1', description: 'Odd.', platform: 'linux', category: 'system', extensions }
    await catalog.refused('createTool', { definition: { typed } }, 'InvalidInputError')
  }
  const definition = asText(aDefinition({ tool_name: 'odd' }))
  await catalog.refused('createTool', { definition, message: 'half a \ud83d' }, 'InvalidInputError')
  await catalog.refused('createTool', { definition, message: 'x'.repeat(2_001) }, 'InvalidInputError')
  await catalog.done('createTool', { definition, message: 'whole 😀' })
})

test('of two who take a name at the same moment, one gets it', async () => {
  const answers = await Promise.all(
    ['race', 'Race'].map((name) =>
      catalog.mutate('createTool', { definition: asText(aDefinition({ tool_name: name })) }),
    ),
  )
  expect(kindsOf(answers)).toEqual(['CreateToolSuccess', 'NameTakenError'])
})
