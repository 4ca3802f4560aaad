import { beforeAll, expect, test } from 'vitest'
import { execute } from '../../support/client.ts'
import { aDefinition } from '../../support/fixtures.ts'
import {
  asText,
  besideApp,
  contents,
  mutationText,
  startTestCatalog,
  type TestCatalog,
} from '../../support/test-catalog.ts'

/** What went wrong in the system before this one, and does not here. */
let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const description = 'The database refuses this one.'

test('a tool is created whole or not at all: when the database refuses its last pattern, no tool is left behind', async () => {
  await besideApp(catalog.config, ({ pool }) =>
    pool.query(`ALTER TABLE patterns ADD CONSTRAINT test_half_way CHECK (description <> '${description}')`),
  )
  const patterns = { fine: { description: 'Fine.' }, refused: { description } }
  const definition = asText(aDefinition({ tool_name: 'half', capabilities: { search: { patterns } } }))
  const before = await contents(catalog.config)
  const answer = await execute(catalog.url, mutationText('createTool'), { input: { definition } }, catalog.roles.editor)
  expect(answer.errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
  expect(await contents(catalog.config)).toEqual(before)
  await catalog.create({ tool_name: 'half' })
})

test('a tool that was disabled can be enabled again', async () => {
  await catalog.create({ tool_name: 'on-off' })
  const before = await catalog.read('{ tool(name: "on-off") { enabled latest { version digest } } }')
  await catalog.done('setToolEnabled', { tool: 'on-off', enabled: false })
  await catalog.done('setToolEnabled', { tool: 'on-off', enabled: true })
  expect(await catalog.read('{ tool(name: "on-off") { enabled latest { version digest } } }')).toEqual(before)
  const listed = await catalog.read('{ tools(filter: { nameContains: "on-off" }) { totalCount } }')
  expect(listed.tools.totalCount).toBe(1)
})

test('a deleted tool is not lost: its versions and its history stay, and it can be restored', async () => {
  await catalog.create({ tool_name: 'soft' })
  await catalog.publish({ tool_name: 'soft', version: '2.0.0' })
  const query = '{ tool(name: "soft") { id latest { version digest } versions { nodes { version digest } } } }'
  const before = await catalog.read(query)
  await catalog.done('deleteTool', { tool: 'soft' })
  const { changeSets } = await catalog.read('{ changeSets(filter: { tool: "soft" }) { totalCount } }')
  expect(changeSets.totalCount).toBe(3)
  await catalog.done('restoreTool', { tool: 'soft' })
  expect(await catalog.read(query)).toEqual(before)
})

test('an update never edits a published version: it makes the next one', async () => {
  await catalog.create({ tool_name: 'fixed' })
  const query = '{ tool(name: "fixed") { version(version: "1.0.0") { digest definition status } } }'
  const before = await catalog.read(query)
  await catalog.done('updateTool', { tool: 'fixed', description: 'Changed.', tags: ['changed'], platform: 'macos' })
  expect(await catalog.read(query)).toEqual(before)
  const { tool } = await catalog.read('{ tool(name: "fixed") { description latest { version } } }')
  expect(tool).toEqual({ description: 'Changed.', latest: { version: '1.0.1' } })
  const edit = { tool: 'fixed', version: '1.0.0', capability: 'text_search' }
  await catalog.refused('addPattern', { ...edit, pattern: { name: 'x' } }, 'VersionPublishedError')
})

test('an import takes many definitions, not only the first', async () => {
  const text = Array.from({ length: 25 }, (_, index) => JSON.stringify(aDefinition({ tool_name: `of-many-${index}` })))
  const answer = await catalog.done(
    'importTools',
    { text: text.join('\n---\n') },
    '... on ImportToolsSuccess { results { outcome } }',
  )
  expect(answer.results).toHaveLength(25)
  const { tools } = await catalog.read('{ tools(filter: { nameContains: "of-many-" }) { totalCount } }')
  expect(tools.totalCount).toBe(25)
})

test('a dry run really validates: what the real run refuses, it refuses, and so does the database', async () => {
  await catalog.create({ tool_name: 'dry' })
  const before = await contents(catalog.config)
  const broken = { text: 'tool_name: broken\nversion: "1"\n' }
  await catalog.refused('createTool', { definition: broken, dryRun: true }, 'InvalidInputError')
  await catalog.refused(
    'createTool',
    { definition: asText(aDefinition({ tool_name: 'DRY' })), dryRun: true },
    'NameTakenError',
  )
  await catalog.refused('rollbackTool', { tool: 'dry', toVersion: '7', dryRun: true }, 'VersionNotFoundError')
  const refused = aDefinition({ tool_name: 'db', capabilities: { search: { patterns: { one: { description } } } } })
  for (const [name, input] of [
    ['createTool', { definition: asText(refused) }],
    ['importTools', asText(refused)],
  ] as const) {
    const answer = await execute(
      catalog.url,
      mutationText(name),
      { input: { ...input, dryRun: true } },
      catalog.roles.editor,
    )
    expect(answer.errors?.[0]?.extensions?.code, name).toBe('INTERNAL_SERVER_ERROR')
  }
  expect(await contents(catalog.config)).toEqual(before)
})

test('there is a rollback, and it is undone by another', async () => {
  await catalog.create({ tool_name: 'back', description: 'One.' })
  await catalog.publish({ tool_name: 'back', version: '2.0.0', description: 'Two.' })
  const said = async () =>
    (await catalog.read('{ tool(name: "back") { description } }', {}, catalog.roles.reader)).tool.description
  await catalog.done('rollbackTool', { tool: 'back', toVersion: '1.0.0' })
  expect(await said()).toBe('One.')
  await catalog.done('rollbackTool', { tool: 'back', toVersion: '2.0.0' })
  expect(await said()).toBe('Two.')
})
