import { beforeAll, expect, test } from 'vitest'
import { execute } from '../../support/client.ts'
import { mutationText, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'
import { prepareTool, SAMPLES_BY_NAME } from './every-mutation.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const CHANGE_SET = 'revision actor source message requestId events { kind toolName version latest before after }'
const CHANGES = SAMPLES_BY_NAME.filter(([name]) => name !== 'recordExecutions')

test.each(CHANGES)('the history says of %s who did it, how, why, and what became of it', async (name, sample) => {
  const tool = `told-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const actor = sample.takesAdmin ? 'admin' : 'editor'
  const input = { ...sample.input(tool), message: `because of ${name}` }
  const answer = await execute(catalog.url, mutationText(name), { input }, catalog.roles[actor])
  const { revision, changes } = answer.data[name]
  const { changeSets } = await catalog.read(`{ changeSets(first: 1) { nodes { ${CHANGE_SET} } } }`)
  const isImport = name === 'importTools' || name === 'applyDefinitions'
  expect(changeSets.nodes).toEqual([
    {
      revision,
      actor: `key:the ${actor}`,
      source: isImport ? 'IMPORT' : 'API',
      message: `because of ${name}`,
      requestId: answer.headers.get('x-request-id'),
      events: isImport ? [expect.objectContaining({ kind: 'TOOL_CREATED' })] : changes,
    },
  ])
  expect(changeSets.nodes[0].events).toHaveLength(1)
})

/** The kinds of the tool's history, newest first. */
async function historyOf(tool: string): Promise<string[]> {
  const data = await catalog.read(
    'query ($tool: String!) { tool(name: $tool) { history { nodes { events { kind } } } } }',
    { tool },
  )
  return data.tool.history.nodes.map(({ events }: { events: { kind: string }[] }) =>
    events.map(({ kind }) => kind).join(' '),
  )
}

test('the history of a tool has all that happened to it, under whichever name', async () => {
  const tool = 'eventful'
  await catalog.create({ tool_name: tool }, { compatibility: 'BACKWARD' })
  await catalog.publish({ tool_name: tool, version: '1.1.0' })
  await catalog.done('rollbackTool', { tool, toVersion: '1.0.0' })
  await catalog.done('setVersionStatus', { tool, version: '1.1.0', status: 'DISABLED' })
  await catalog.done('updateDraft', { tool, copyOf: '1.0.0', version: '2.0.0' })
  await catalog.done('removeCapability', { tool, version: '2.0.0', capability: 'text_search' })
  await catalog.done('publishVersion', { tool, version: '2.0.0', overrideCompatibility: true }, '', catalog.roles.admin)
  await catalog.done('setToolEnabled', { tool, enabled: false })
  await catalog.done('setToolEnabled', { tool, enabled: true })
  await catalog.done('updateTool', { tool, name: 'renamed', compatibility: 'FULL', description: 'Another.' })
  await catalog.done('deleteTool', { tool: 'renamed' })
  await catalog.done('restoreTool', { tool: 'renamed' })
  expect(await historyOf('renamed')).toEqual([
    'TOOL_RESTORED',
    'TOOL_DELETED',
    'TOOL_UPDATED TOOL_RENAMED VERSION_PUBLISHED',
    'TOOL_ENABLED',
    'TOOL_DISABLED',
    'COMPATIBILITY_OVERRIDDEN VERSION_PUBLISHED',
    'DRAFT_UPDATED',
    'DRAFT_CREATED',
    'VERSION_STATUS_CHANGED',
    'LATEST_MOVED',
    'VERSION_PUBLISHED',
    'TOOL_CREATED',
  ])
})

test('a change says what it was like before and after', async () => {
  const tool = 'before-after'
  const created = await catalog.create({ tool_name: tool })
  expect(created.changes[0]).toMatchObject({
    version: '1.0.0',
    latest: '1.0.0',
    before: null,
    after: { tool_name: tool },
  })
  const flag = await catalog.done('setToolEnabled', { tool, enabled: false })
  expect(flag.changes[0]).toMatchObject({ version: null, before: { enabled: true }, after: { enabled: false } })
  const status = await catalog.done('setVersionStatus', { tool, version: '1.0.0', status: 'DISABLED' })
  expect(status.changes[0]).toMatchObject({ latest: null, after: { tool_name: tool, status: 'disabled' } })
  expect(status.changes[0].before.status ?? 'active').toBe('active')
  const draft = await catalog.done('updateDraft', { tool, copyOf: '1.0.0', version: '2.0.0' })
  const edit = { tool, version: '2.0.0', capability: 'text_search', pattern: 'search_files' }
  const edited = await catalog.done('updatePattern', { ...edit, changes: { complexityScore: 0.9 } })
  expect(edited.changes[0].before).toEqual(draft.changes[0].after)
  const score = ({ capabilities }: { capabilities: Record<string, { patterns: Record<string, object> }> }) =>
    capabilities.text_search?.patterns.search_files
  expect(score(edited.changes[0].before)).toMatchObject({ complexity_score: 0.2 })
  expect(score(edited.changes[0].after)).toMatchObject({ complexity_score: 0.9 })
})

test('what says nothing new makes no revision and no history', async () => {
  const tool = 'unmoved'
  const { revision } = await catalog.create({ tool_name: tool })
  await catalog.done('updateDraft', { tool, copyOf: '1.0.0', version: '2.0.0' })
  const same = {
    definition: { text: JSON.stringify((await catalog.read(DEFINITION, { tool })).tool.latest.definition) },
  }
  for (const [name, input, headers] of [
    ['setToolEnabled', { tool, enabled: true }],
    ['rollbackTool', { tool, toVersion: '1.0.0' }],
    ['setVersionStatus', { tool, version: '1.0.0', status: 'ACTIVE' }],
    ['updateTool', { tool, name: tool, description: 'Print lines that match a pattern.' }],
    ['updateDraft', { tool, copyOf: '1.0.0', version: '2.0.0' }],
    ['overwriteVersion', { tool, ...same }, catalog.roles.admin],
  ] as const) {
    const answer = await catalog.done(name, input, '', headers)
    expect(answer, name).toMatchObject({ changes: [], revision: String(Number(revision) + 1) })
  }
  expect(await historyOf(tool)).toEqual(['DRAFT_CREATED', 'TOOL_CREATED'])
})

const DEFINITION = 'query ($tool: String!) { tool(name: $tool) { latest { definition } } }'
