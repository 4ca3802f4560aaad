import { beforeAll, expect, test } from 'vitest'
import { expectError } from '../../support/client.ts'
import { mutationText, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const SHOWN = `... on UpdateToolSuccess { tool { id name description platform category tags compatibility
  latest { version digest definition } versions { nodes { version digest } } history { totalCount } } version { version } }`
const TOOL = 'query ($tool: String!) { tool(name: $tool) { id latest { version digest } } }'

test('a renamed tool keeps its id, its versions and its history', async () => {
  await catalog.create({ tool_name: 'old-name' })
  await catalog.publish({ tool_name: 'old-name', version: '2.0.0' })
  const before = await catalog.read(TOOL, { tool: 'old-name' })
  const answer = await catalog.done('updateTool', { tool: 'OLD-NAME', name: 'New-Name' }, SHOWN)
  expect(answer.changes).toMatchObject([
    { kind: 'TOOL_RENAMED', toolName: 'old-name', before: { name: 'old-name' }, after: { name: 'New-Name' } },
  ])
  expect(answer.tool).toMatchObject({
    id: before.tool.id,
    name: 'New-Name',
    latest: before.tool.latest,
    versions: { nodes: [{ version: '2.0.0' }, { version: '1.0.0' }] },
    history: { totalCount: 3 },
  })
  expect(await catalog.read(TOOL, { tool: 'old-name' })).toEqual({ tool: null })
  expect((await catalog.read(TOOL, { tool: 'new-name' })).tool.id).toBe(before.tool.id)
})

test('a renamed tool is found by its new name, and its old one is free', async () => {
  await catalog.create({ tool_name: 'kubeview' })
  await catalog.done('updateTool', { tool: 'kubeview', name: 'podlist' })
  const found = await catalog.read('{ searchTools(query: "podlist") { nodes { tool { name } } } }')
  expect(found.searchTools.nodes).toEqual([{ tool: { name: 'podlist' } }])
  await catalog.create({ tool_name: 'kubeview' })
})

test('only the case of a name may change, too', async () => {
  await catalog.create({ tool_name: 'shouting' })
  const answer = await catalog.done('updateTool', { tool: 'shouting', name: 'SHOUTING' }, SHOWN)
  expect(answer.tool.name).toBe('SHOUTING')
})

test('a name that another tool has, or that no tool can have, is refused', async () => {
  await catalog.create({ tool_name: 'one' })
  await catalog.create({ tool_name: 'Two' })
  const taken = await catalog.refused('updateTool', { tool: 'one', name: 'two' }, 'NameTakenError', 'kind name')
  expect(taken).toMatchObject({ kind: 'tool', name: 'Two' })
  for (const name of ['', ' one', '-one', 'a b', 'x'.repeat(129)])
    await catalog.refused('updateTool', { tool: 'one', name }, 'InvalidInputError')
})

test('what is said anew of a tool becomes its next patch version', async () => {
  await catalog.create({ tool_name: 'said', version: '1.4.9' })
  const first = await catalog.read(TOOL, { tool: 'said' })
  const answer = await catalog.done(
    'updateTool',
    { tool: 'said', description: 'Anew.', platform: 'macos', category: 'system', tags: ['one', 'two'] },
    SHOWN,
  )
  expect(answer).toMatchObject({
    version: { version: '1.4.10' },
    tool: { description: 'Anew.', platform: 'macos', category: 'system', tags: ['one', 'two'] },
    changes: [{ kind: 'VERSION_PUBLISHED', version: '1.4.10', latest: '1.4.10', before: null }],
  })
  expect(answer.tool.versions.nodes).toEqual([
    { version: '1.4.10', digest: answer.tool.latest.digest },
    { version: '1.4.9', digest: first.tool.latest.digest },
  ])
  expect(answer.tool.latest.definition.metadata).toEqual({ tags: ['one', 'two'] })
})

test('tags stay where the author had them', async () => {
  await catalog.create({ tool_name: 'tagged', tags: ['top'] })
  const answer = await catalog.done('updateTool', { tool: 'tagged', tags: ['new'] }, SHOWN)
  expect(answer.tool.latest.definition).toMatchObject({ tags: ['new'], metadata: { tags: ['search', 'regex'] } })
})

test('the next version skips those that are there', async () => {
  await catalog.create({ tool_name: 'skips' })
  await catalog.done('updateDraft', { tool: 'skips', copyOf: '1.0.0', version: '1.0.1' })
  const answer = await catalog.done('updateTool', { tool: 'skips', description: 'Anew.' }, SHOWN)
  expect(answer.version).toEqual({ version: '1.0.2' })
})

test('a rename and what is said anew are one change set', async () => {
  await catalog.create({ tool_name: 'both' })
  const answer = await catalog.done('updateTool', { tool: 'both', name: 'each', description: 'Anew.' }, SHOWN)
  expect(answer.changes).toMatchObject([{ kind: 'TOOL_RENAMED' }, { kind: 'VERSION_PUBLISHED', toolName: 'each' }])
  expect(answer.tool.latest.definition).toMatchObject({ tool_name: 'each', description: 'Anew.' })
})

test('what holds for the versions of a tool is set, and taken away again', async () => {
  await catalog.create({ tool_name: 'strict' })
  const set = await catalog.done('updateTool', { tool: 'strict', compatibility: 'BACKWARD' }, SHOWN)
  expect(set).toMatchObject({
    tool: { compatibility: 'BACKWARD' },
    changes: [{ kind: 'TOOL_UPDATED', before: { compatibility: null }, after: { compatibility: 'backward' } }],
  })
  const kept = await catalog.done('updateTool', { tool: 'strict', description: 'Anew.' }, SHOWN)
  expect(kept.tool.compatibility).toBe('BACKWARD')
  const gone = await catalog.done('updateTool', { tool: 'strict', compatibility: null }, SHOWN, catalog.roles.admin)
  expect(gone.tool.compatibility).toBeNull()
})

test('an editor may hold a tool to more, and only an admin to less', async () => {
  await catalog.create({ tool_name: 'tightened' }, { compatibility: 'BACKWARD' })
  await catalog.done('updateTool', { tool: 'tightened', compatibility: 'FULL' })
  for (const compatibility of ['BACKWARD', 'NONE', null]) {
    const input = { tool: 'tightened', compatibility }
    await expectError(catalog.url, mutationText('updateTool'), 'FORBIDDEN', { input }, catalog.roles.editor)
  }
  const loosened = { tool: 'tightened', compatibility: 'NONE' }
  const answer = await catalog.done('updateTool', loosened, SHOWN, catalog.roles.admin)
  expect(answer.tool.compatibility).toBe('NONE')
})

test('what would break callers is refused', async () => {
  await catalog.create({ tool_name: 'held' }, { compatibility: 'BACKWARD' })
  const error = await catalog.refused(
    'updateTool',
    { tool: 'held', platform: 'windows' },
    'CompatibilityError',
    'compatibility against differences { path breaking reason }',
  )
  expect(error).toMatchObject({ code: 'COMPATIBILITY', compatibility: 'BACKWARD', against: '1.0.0' })
  expect(error.differences).toMatchObject([{ path: 'platform', breaking: 'YES' }])
})

test('a definition that would not be valid is refused, and the name stays', async () => {
  await catalog.create({ tool_name: 'stays' })
  const error = await catalog.refused(
    'updateTool',
    { tool: 'stays', name: 'moved', platform: '???' },
    'InvalidInputError',
    'problems { code }',
  )
  expect(error.problems).toContainEqual({ code: 'definition.platform' })
  expect((await catalog.read(TOOL, { tool: 'stays' })).tool).not.toBeNull()
})

test('a tool without a served version has nothing that could be said anew', async () => {
  await catalog.create({ tool_name: 'draft-only', status: 'draft' })
  await catalog.refused('updateTool', { tool: 'draft-only', description: 'Anew.' }, 'InvalidInputError')
  const renamed = await catalog.done('updateTool', { tool: 'draft-only', name: 'still-draft' }, SHOWN)
  expect(renamed.tool).toMatchObject({ name: 'still-draft', latest: null })
})

test('a tool that is not there is named', async () => {
  const error = await catalog.refused('updateTool', { tool: 'nobody', name: 'x' }, 'ToolNotFoundError', 'tool')
  expect(error).toMatchObject({ code: 'TOOL_NOT_FOUND', tool: 'nobody' })
})
