import { beforeAll, expect, test } from 'vitest'
import { contents, kindsOf, revisionOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'
import { prepareTool, SAMPLES_BY_NAME, type Sample } from './every-mutation.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const ANY_TOOL = '{ tools(filter: { enabled: null }, first: 100) { nodes { name revision } } }'
const DELETED = '{ tools(filter: { enabled: null, deleted: true }, first: 100) { nodes { name revision } } }'

/** The revision of the last change of the tool, deleted or not. */
async function toolRevision(tool: string): Promise<string> {
  const [living, deleted] = await Promise.all([catalog.read(ANY_TOOL), catalog.read(DELETED)])
  const nodes: { name: string; revision: string }[] = [...living.tools.nodes, ...deleted.tools.nodes]
  return nodes.find(({ name }) => name === tool)?.revision ?? 'none'
}

async function seen({ expects }: Sample, tool: string): Promise<string> {
  return expects === 'tool' ? toolRevision(tool) : String(await revisionOf(catalog))
}

const GUARDED = SAMPLES_BY_NAME.filter(([, { expects }]) => expects !== undefined)

test.each(GUARDED)('%s at a revision that is over changes nothing, and says both', async (name, sample) => {
  const tool = `late-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const headers = catalog.roles[sample.takesAdmin ? 'admin' : 'editor']
  const current = await seen(sample, tool)
  const old = String(Number(current) - 1)
  const before = await contents(catalog.config)
  const input = { ...sample.input(tool), expectedRevision: old }
  const error = await catalog.refused(name, input, 'RevisionConflictError', 'expectedRevision currentRevision', headers)
  expect(error).toMatchObject({ code: 'REVISION_CONFLICT', expectedRevision: old, currentRevision: current })
  expect(await contents(catalog.config)).toEqual(before)
})

test.each(GUARDED)('%s at the revision that it was seen at happens', async (name, sample) => {
  const tool = `in-time-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const headers = catalog.roles[sample.takesAdmin ? 'admin' : 'editor']
  const expectedRevision = await seen(sample, tool)
  const answer = await catalog.done(name, { ...sample.input(tool), expectedRevision }, '', headers)
  expect(Number(answer.revision)).toBeGreaterThan(Number(expectedRevision))
})

test('a change of another tool is no conflict', async () => {
  const created = await catalog.create({ tool_name: 'mine' })
  await catalog.create({ tool_name: 'somebody-elses' })
  await catalog.done('setToolEnabled', { tool: 'mine', enabled: false, expectedRevision: created.revision })
})

test('of two who change what both have seen, one is told to read again', async () => {
  const { revision } = await catalog.create({ tool_name: 'wanted' })
  const change = (description: string) =>
    catalog.mutate('updateTool', { tool: 'wanted', description, expectedRevision: revision })
  const answers = await Promise.all([change('This.'), change('That.')])
  expect(kindsOf(answers)).toEqual(['RevisionConflictError', 'UpdateToolSuccess'])
  const { tool } = await catalog.read('{ tool(name: "wanted") { versions { totalCount } } }')
  expect(tool.versions.totalCount).toBe(2)
})
