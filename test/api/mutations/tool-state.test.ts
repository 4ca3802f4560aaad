import { beforeAll, expect, test } from 'vitest'
import { aDefinition } from '../../support/fixtures.ts'
import { asText, kindsOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const NAMES = '{ tools(first: 100) { nodes { name } } }'
const served = async () =>
  (await catalog.read(NAMES, {}, catalog.roles.reader)).tools.nodes.map(({ name }: { name: string }) => name)
const ENABLED = '... on SetToolEnabledSuccess { tool { name enabled revision latest { version } } }'
const DELETED = '... on DeleteToolSuccess { tool { id name deletedAt } }'
const RESTORED =
  '... on RestoreToolSuccess { tool { id name deletedAt enabled compatibility latest { version } versions { totalCount } } }'

test('a tool goes out of service and comes back, with all it had', async () => {
  await catalog.create({ tool_name: 'switched' })
  const off = await catalog.done('setToolEnabled', { tool: 'SWITCHED', enabled: false }, ENABLED)
  expect(off).toMatchObject({
    tool: { enabled: false, revision: off.revision, latest: { version: '1.0.0' } },
    changes: [{ kind: 'TOOL_DISABLED', version: null, latest: '1.0.0' }],
  })
  expect(await served()).not.toContain('switched')
  const on = await catalog.done('setToolEnabled', { tool: 'switched', enabled: true }, ENABLED)
  expect(on).toMatchObject({ tool: { enabled: true }, changes: [{ kind: 'TOOL_ENABLED' }] })
  expect(await served()).toContain('switched')
})

test('another version does not bring a disabled tool back', async () => {
  await catalog.create({ tool_name: 'kept-off' })
  await catalog.done('setToolEnabled', { tool: 'kept-off', enabled: false })
  await catalog.publish({ tool_name: 'kept-off', version: '2.0.0', enabled: true })
  expect(await served()).not.toContain('kept-off')
})

test('a deleted tool leaves the catalog, and editors still find what it had', async () => {
  const created = await catalog.create({ tool_name: 'leaving' }, {})
  const gone = await catalog.done('deleteTool', { tool: 'leaving' }, DELETED)
  expect(gone).toMatchObject({
    tool: { name: 'leaving', deletedAt: expect.any(String) },
    changes: [{ kind: 'TOOL_DELETED', before: { deleted: false }, after: { deleted: true } }],
  })
  expect(Number(gone.revision)).toBe(Number(created.revision) + 1)
  expect(await catalog.read('{ tool(name: "leaving") { name } }')).toEqual({ tool: null })
  expect(await served()).not.toContain('leaving')
  const query = '{ tools(filter: { deleted: true }, first: 100) { nodes { name versions { totalCount } } } }'
  const { tools } = await catalog.read(query)
  expect(tools.nodes).toContainEqual({ name: 'leaving', versions: { totalCount: 1 } })
})

test('a restored tool has its id, versions, flag and latest again', async () => {
  await catalog.create({ tool_name: 'returning' }, { compatibility: 'FULL' })
  await catalog.publish({ tool_name: 'returning', version: '2.0.0' })
  await catalog.done('rollbackTool', { tool: 'returning', toVersion: '1.0.0' })
  await catalog.done('setToolEnabled', { tool: 'returning', enabled: false })
  const gone = await catalog.done('deleteTool', { tool: 'returning' }, DELETED)
  const back = await catalog.done('restoreTool', { tool: 'RETURNING' }, RESTORED)
  expect(back).toMatchObject({
    tool: {
      id: gone.tool.id,
      deletedAt: null,
      enabled: false,
      compatibility: 'FULL',
      latest: { version: '1.0.0' },
      versions: { totalCount: 2 },
    },
    changes: [{ kind: 'TOOL_RESTORED', latest: '1.0.0', before: { deleted: true }, after: { deleted: false } }],
  })
})

test('the name of a deleted tool is free, and keeps it from coming back until it is free again', async () => {
  await catalog.create({ tool_name: 'reused' })
  const first = await catalog.done('deleteTool', { tool: 'reused' }, DELETED)
  await catalog.create({ tool_name: 'Reused', version: '9.0.0' })
  const taken = await catalog.refused('restoreTool', { tool: 'reused' }, 'NameTakenError', 'kind name')
  expect(taken).toMatchObject({ kind: 'tool', name: 'Reused' })
  await catalog.done('updateTool', { tool: 'reused', name: 'reused-now' })
  expect((await catalog.done('restoreTool', { tool: 'reused' }, RESTORED)).tool.id).toBe(first.tool.id)
})

test('of several deleted tools of one name, the id says which', async () => {
  const ids: string[] = []
  for (const version of ['1.0.0', '2.0.0']) {
    await catalog.create({ tool_name: 'twin', version })
    ids.push((await catalog.done('deleteTool', { tool: 'twin' }, DELETED)).tool.id)
  }
  const error = await catalog.refused('restoreTool', { tool: 'twin' }, 'InvalidInputError')
  expect(error.message).toContain('2 deleted tools')
  const back = await catalog.done('restoreTool', { tool: ids[0] }, RESTORED)
  expect(back.tool).toMatchObject({ id: ids[0], latest: { version: '1.0.0' } })
})

test('of two who restore a tool at the same moment, one does', async () => {
  await catalog.create({ tool_name: 'raced' })
  await catalog.done('deleteTool', { tool: 'raced' })
  const answers = await Promise.all([1, 2].map(() => catalog.mutate('restoreTool', { tool: 'raced' })))
  expect(kindsOf(answers)).toEqual(['RestoreToolSuccess', 'ToolNotFoundError'])
})

test('of two deleted tools of one name that are restored at the same moment, one gets the name', async () => {
  const ids: string[] = []
  for (const version of ['1.0.0', '2.0.0']) {
    await catalog.create({ tool_name: 'rival', version })
    ids.push((await catalog.done('deleteTool', { tool: 'rival' }, DELETED)).tool.id)
  }
  const answers = await Promise.all(ids.map((tool) => catalog.mutate('restoreTool', { tool })))
  expect(kindsOf(answers)).toEqual(['NameTakenError', 'RestoreToolSuccess'])
})

test('a tool that is not there can be neither switched nor deleted, and a living one not restored', async () => {
  await catalog.create({ tool_name: 'alive' })
  for (const [name, input] of [
    ['setToolEnabled', { tool: 'nobody', enabled: true }],
    ['deleteTool', { tool: 'nobody' }],
    ['restoreTool', { tool: 'nobody' }],
    ['restoreTool', { tool: 'alive' }],
  ] as const) {
    const error = await catalog.refused(name, input, 'ToolNotFoundError', 'tool')
    expect(error).toMatchObject({ code: 'TOOL_NOT_FOUND', tool: input.tool })
  }
})

test.each(['setToolEnabled', 'deleteTool', 'restoreTool'])('%s refuses what no name can hold', async (name) => {
  const input = { tool: 'a\u0000b', ...(name === 'setToolEnabled' ? { enabled: true } : {}) }
  await catalog.refused(name, input, 'InvalidInputError')
})

test('a deleted tool can be created anew from its definition', async () => {
  const definition = asText(aDefinition({ tool_name: 'anew' }))
  const one = await catalog.done('createTool', { definition }, '... on CreateToolSuccess { tool { id } }')
  await catalog.done('deleteTool', { tool: 'anew' })
  const other = await catalog.done('createTool', { definition }, '... on CreateToolSuccess { tool { id } }')
  expect(other.tool.id).not.toBe(one.tool.id)
})
