import { beforeAll, expect, test } from 'vitest'
import { startTestCatalog } from '../../support/test-catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
  await catalog.create({ tool_name: 'one' })
})

const ROLLBACK = `mutation ($tool: String!, $to: String!) { rollbackTool(input: { tool: $tool, toVersion: $to, dryRun: true }) {
  ... on RollbackToolSuccess { tool { name } version { version } }
  ... on ToolNotFoundError { toolName }
  ... on VersionNotFoundError { toolName versionName }
  ... on VersionNotPublishedError { toolName versionName status }
  ... on RevisionConflictError { currentRevision } } }`

test('a client selects the success and every error in one query, without aliases', async () => {
  const ask = async (tool: string, to: string) => (await catalog.read(ROLLBACK, { tool, to })).rollbackTool
  expect(await ask('one', '1.0.0')).toEqual({ tool: { name: 'one' }, version: { version: '1.0.0' } })
  expect(await ask('two', '1.0.0')).toEqual({ toolName: 'two' })
  expect(await ask('one', '2.0.0')).toEqual({ toolName: 'one', versionName: '2.0.0' })
})

test('what an admin asks beside the catalog is read from the same snapshot', async () => {
  const query = '{ tools { totalCount } apiKeys { name } viewer { role } }'
  const answer = await catalog.read(query, {}, catalog.roles.admin)
  expect(answer).toMatchObject({ tools: { totalCount: 1 }, viewer: { role: 'ADMIN' } })
  expect(answer.apiKeys).toContainEqual({ name: 'the admin' })
})
