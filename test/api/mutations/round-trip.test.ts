import { beforeAll, expect, test } from 'vitest'
import { aDefinition } from '../../support/fixtures.ts'
import { revisionOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
/** A catalog that nothing has been in yet. */
let fresh: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
  fresh = await startTestCatalog()
})

const RESULTS = '... on ImportToolsSuccess { results { tool version outcome detail } }'
const EXPORT =
  'query ($tool: String, $format: DefinitionFormat!) { exportTools(tool: $tool, versions: ALL, format: $format, first: 100) { text } }'

const exported = async (from: TestCatalog, tool: string | null, format = 'YAML'): Promise<string> =>
  (await from.read(EXPORT, { tool, format })).exportTools.text

const outcomes = ({ results }: { results: { outcome: string }[] }) => results.map(({ outcome }) => outcome)

const FILES = [
  aDefinition({ tool_name: 'disabled', custom: { x: 1 } }),
  aDefinition({ tool_name: 'disabled', version: '2.0.0' }),
  aDefinition({ tool_name: 'deprecated' }),
  aDefinition({ tool_name: 'off', enabled: true }),
  aDefinition({ tool_name: 'rolled-out', status: 'testing' }),
]
const text = FILES.map((file) => JSON.stringify(file)).join('\n')
const STATES =
  '{ tools(filter: { enabled: null }, first: 100) { nodes { name enabled status latest { version } versions { nodes { version status } } } } }'

test('states set through the API survive an export and an import into a fresh catalog', async () => {
  await catalog.done('importTools', { text })
  await catalog.done('setVersionStatus', { tool: 'disabled', version: '2.0.0', status: 'DISABLED' })
  await catalog.done('setVersionStatus', { tool: 'deprecated', version: '1.0.0', status: 'DEPRECATED' })
  await catalog.done('setToolEnabled', { tool: 'off', enabled: false })
  await catalog.done('setVersionStatus', { tool: 'rolled-out', version: '1.0.0', status: 'ACTIVE' })
  const answer = await fresh.done('importTools', { text: await exported(catalog, null) }, RESULTS)
  expect(new Set(outcomes(answer))).toEqual(new Set(['CREATED', 'UPDATED']))
  const states = await catalog.read(STATES)
  expect(states.tools.nodes).toMatchObject([
    { name: 'deprecated', status: 'DEPRECATED' },
    { name: 'disabled', latest: { version: '1.0.0' }, versions: { nodes: [{ status: 'DISABLED' }, {}] } },
    { name: 'off', enabled: false },
    { name: 'rolled-out', status: 'ACTIVE' },
  ])
  expect(await fresh.read(STATES)).toEqual(states)
  expect(await exported(fresh, null)).toBe(await exported(catalog, null))
})

test('the author’s own files are unchanged afterwards, where they do not speak of the state', async () => {
  const silent = FILES.filter(({ status, enabled }) => status === undefined && enabled === undefined)
  const again = silent.map((file) => JSON.stringify(file)).join('\n')
  for (const where of [catalog, fresh]) {
    const before = await revisionOf(where)
    const answer = await where.done('importTools', { text: again }, RESULTS)
    expect(outcomes(answer)).toEqual(['UNCHANGED', 'UNCHANGED', 'UNCHANGED'])
    expect(await revisionOf(where)).toBe(before)
  }
})

test.each(['YAML', 'JSON'])(
  'an export as %s says the new name of a renamed tool, and changes nothing when it comes back',
  async (format) => {
    const [old, now] = [`before-${format.toLowerCase()}`, `after-${format.toLowerCase()}`]
    await catalog.create({ tool_name: old, note: `not about ${old}` })
    await catalog.publish({ tool_name: old, version: '2.0.0' })
    await catalog.done('updateTool', { tool: old, name: now })
    const written = await exported(catalog, now, format)
    expect(written).not.toMatch(new RegExp(`tool_name"?: ?"?${old}`))
    expect(written.match(new RegExp(`tool_name"?: ?"?${now}`, 'g'))).toHaveLength(2)
    expect(written).toContain(`not about ${old}`)
    const before = await revisionOf(catalog)
    const answer = await catalog.done('importTools', { text: written }, RESULTS)
    expect(outcomes(answer)).toEqual(['UNCHANGED', 'UNCHANGED'])
    expect(await revisionOf(catalog)).toBe(before)
  },
)

test('what is written through the API comes back from an export with the same digests', async () => {
  const pattern = { name: 'typed', description: 'Typed.', timeEstimateMs: '5 * N', extensions: { x: [1, { y: null }] } }
  const typed = {
    name: 'by-api',
    version: '1.0.0',
    description: 'By API.',
    platform: 'linux',
    category: 'system',
    capabilities: [{ name: 'a', patterns: [pattern] }],
  }
  await catalog.done('createTool', { definition: { typed } })
  await catalog.done('updateTool', { tool: 'by-api', description: 'Said anew: "quotes", #signs\n and lines.' })
  await catalog.done('updateDraft', { tool: 'by-api', copyOf: '1.0.0', version: '2.0.0' })
  await fresh.done('importTools', { text: await exported(catalog, 'by-api') })
  const digests = '{ tool(name: "by-api") { versions { nodes { version status digest } } } }'
  expect(await fresh.read(digests)).toEqual(await catalog.read(digests))
})
