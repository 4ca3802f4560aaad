import { beforeAll, expect, test } from 'vitest'
import { execute } from '../../support/client.ts'
import { aDefinition } from '../../support/fixtures.ts'
import { asText, revisionOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

test('each mutation of an operation sees those before it, and answers what it has made of them', async () => {
  const text = `mutation ($first: DefinitionSource!, $second: DefinitionSource!) {
    create: createTool(input: { definition: $first }) { ... on CreateToolSuccess { revision tool { latest { version } } } }
    publish: publishVersion(input: { tool: "chained", definition: $second }) {
      ... on PublishVersionSuccess { revision tool { latest { version } versions { totalCount } } } }
    rollback: rollbackTool(input: { tool: "chained", toVersion: "1.0.0" }) {
      ... on RollbackToolSuccess { revision tool { latest { version } } } }
    rename: updateTool(input: { tool: "chained", name: "unchained" }) {
      ... on UpdateToolSuccess { revision tool { name history { totalCount } } } }
    remove: deleteTool(input: { tool: "unchained" }) { ... on DeleteToolSuccess { revision tool { deletedAt } } }
    restore: restoreTool(input: { tool: "unchained" }) { ... on RestoreToolSuccess { revision tool { name deletedAt } } } }`
  const before = Number(await revisionOf(catalog))
  const variables = {
    first: asText(aDefinition({ tool_name: 'chained' })),
    second: asText(aDefinition({ tool_name: 'chained', version: '2.0.0' })),
  }
  const answer = await execute(catalog.url, text, variables, catalog.roles.editor)
  expect(answer.errors).toBeUndefined()
  expect(answer.data).toEqual({
    create: { revision: String(before + 1), tool: { latest: { version: '1.0.0' } } },
    publish: { revision: String(before + 2), tool: { latest: { version: '2.0.0' }, versions: { totalCount: 2 } } },
    rollback: { revision: String(before + 3), tool: { latest: { version: '1.0.0' } } },
    rename: { revision: String(before + 4), tool: { name: 'unchained', history: { totalCount: 4 } } },
    remove: { revision: String(before + 5), tool: { deletedAt: expect.any(String) } },
    restore: { revision: String(before + 6), tool: { name: 'unchained', deletedAt: null } },
  })
  expect(answer.extensions?.revision).toBe(String(before + 6))
  expect(answer.headers.get('x-catalog-revision')).toBe(String(before + 6))
})

test('a mutation that is refused undoes none of those before it, and stops none behind it', async () => {
  await catalog.create({ tool_name: 'middle' })
  const text = `mutation {
    a: setToolEnabled(input: { tool: "middle", enabled: false }) { __typename }
    b: rollbackTool(input: { tool: "middle", toVersion: "9.0.0" }) { __typename }
    c: setVersionStatus(input: { tool: "middle", version: "1.0.0", status: DEPRECATED }) { __typename } }`
  expect(await catalog.read(text)).toEqual({
    a: { __typename: 'SetToolEnabledSuccess' },
    b: { __typename: 'VersionNotFoundError' },
    c: { __typename: 'SetVersionStatusSuccess' },
  })
  const { tool } = await catalog.read('{ tool(name: "middle") { enabled status } }')
  expect(tool).toEqual({ enabled: false, status: 'DEPRECATED' })
})

test('a mutation answers what it has made even when somebody else writes meanwhile', async () => {
  await catalog.create({ tool_name: 'busy', tags: [] })
  const select = '... on UpdateToolSuccess { version { description } tool { versions { totalCount } } }'
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      catalog.done('updateTool', { tool: 'busy', description: `Number ${index}.` }, select),
    ),
  )
  expect(answers.map(({ version }) => version.description)).toEqual(answers.map((_, index) => `Number ${index}.`))
  expect(new Set(answers.map(({ revision }) => revision)).size).toBe(8)
  expect(Math.max(...answers.map(({ tool }) => tool.versions.totalCount))).toBe(9)
})
