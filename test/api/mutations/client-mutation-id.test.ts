import { beforeAll, expect, test } from 'vitest'
import { aDefinition } from '../../support/fixtures.ts'
import { asText, contents, revisionOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'
import { prepareTool, SAMPLES_BY_NAME } from './every-mutation.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const RESULTS = '... on ImportToolsSuccess { results { tool version outcome } }'
const RECORDED = '... on RecordExecutionsSuccess { recorded }'
const selectOf = (name: string) => ({ importTools: RESULTS, recordExecutions: RECORDED })[name]

test.each(SAMPLES_BY_NAME)('%s sent again after a lost answer gives the first answer', async (name, sample) => {
  const tool = `again-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const headers = catalog.roles[sample.takesAdmin ? 'admin' : 'editor']
  const input = { ...sample.input(tool), message: 'once', clientMutationId: tool }
  const first = await catalog.done(name, input, selectOf(name), headers)
  const stored = await contents(catalog.config)
  expect(first.clientMutationId).toBe(tool)
  expect(await catalog.done(name, input, selectOf(name), headers)).toEqual(first)
  expect(await contents(catalog.config)).toEqual(stored)
})

test.each(SAMPLES_BY_NAME)('%s with the id of another %s is refused', async (name, sample) => {
  const tool = `other-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const headers = catalog.roles[sample.takesAdmin ? 'admin' : 'editor']
  await catalog.done(name, { ...sample.input(tool), clientMutationId: tool }, '', headers)
  const stored = await contents(catalog.config)
  const other = { ...sample.otherInput(tool), clientMutationId: tool }
  const error = await catalog.refused(name, other, 'InvalidInputError', '', headers)
  expect(error.message).toContain('was used for another mutation')
  expect(await contents(catalog.config)).toEqual(stored)
})

test.each(SAMPLES_BY_NAME)('%s sent twice at the same moment happens once', async (name, sample) => {
  const tool = `twice-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const headers = catalog.roles[sample.takesAdmin ? 'admin' : 'editor']
  const before = Number(await revisionOf(catalog))
  const input = { ...sample.input(tool), clientMutationId: tool }
  const answers = await Promise.all([1, 2].map(() => catalog.done(name, input, selectOf(name), headers)))
  expect(answers[0]).toEqual(answers[1])
  expect(Number(await revisionOf(catalog)) - before).toBe(name === 'recordExecutions' ? 0 : 1)
  if (name !== 'recordExecutions') return
  const { executionStatistics: statistics } = await catalog.read(
    'query ($tool: String!) { executionStatistics(tool: $tool, capability: "text_search", pattern: "search_files") { count } }',
    { tool },
  )
  expect(statistics.count).toBe(1)
})

test('the id of one mutation is refused for another one', async () => {
  const definition = asText(aDefinition({ tool_name: 'one-id' }))
  await catalog.done('createTool', { definition, clientMutationId: 'one-id' })
  for (const [name, input] of [
    ['deleteTool', { tool: 'one-id' }],
    ['importTools', definition],
    ['importTools', asText(aDefinition({ tool_name: 'one-id', description: 'A conflict.' }))],
  ] as const) {
    await catalog.refused(name, { ...input, clientMutationId: 'one-id' }, 'InvalidInputError')
  }
})

test('somebody else may use the same id', async () => {
  await catalog.create({ tool_name: 'shared' })
  const input = { tool: 'shared', enabled: false, clientMutationId: 'shared' }
  const mine = await catalog.done('setToolEnabled', input)
  await catalog.done('setToolEnabled', { tool: 'shared', enabled: true })
  const theirs = await catalog.done('setToolEnabled', input, '', catalog.roles.admin)
  expect(Number(theirs.revision)).toBe(Number(mine.revision) + 2)
})

test('the first answer stays, whatever has become of the tool since', async () => {
  const input = { definition: asText(aDefinition({ tool_name: 'moved-on' })), clientMutationId: 'moved-on' }
  const first = await catalog.done('createTool', input)
  await catalog.publish({ tool_name: 'moved-on', version: '2.0.0' })
  await catalog.done('deleteTool', { tool: 'moved-on' })
  expect(await catalog.done('createTool', input)).toEqual(first)
})

test('an import sent again gives the first answer, even when it would be refused by now', async () => {
  const input = { ...asText(aDefinition({ tool_name: 'imported' })), clientMutationId: 'imported' }
  const first = await catalog.done('importTools', input, RESULTS)
  const changed = asText(aDefinition({ tool_name: 'imported', description: 'Written over.' }))
  await catalog.done('overwriteVersion', { tool: 'imported', definition: changed }, '', catalog.roles.admin)
  expect(await catalog.done('importTools', input, RESULTS)).toEqual(first)
})

test('an attempt that was refused leaves its id unused', async () => {
  const input = { tool: 'not-yet', enabled: false, clientMutationId: 'not-yet' }
  await catalog.refused('setToolEnabled', input, 'ToolNotFoundError')
  await catalog.create({ tool_name: 'not-yet' })
  expect(await catalog.done('setToolEnabled', input)).toMatchObject({ changes: [{ kind: 'TOOL_DISABLED' }] })
})

test.each(['', 'x'.repeat(201)])('an id must have 1 to 200 characters', async (clientMutationId) => {
  const error = await catalog.refused('deleteTool', { tool: 'any', clientMutationId }, 'InvalidInputError')
  expect(error.message).toContain('1 to 200')
})
