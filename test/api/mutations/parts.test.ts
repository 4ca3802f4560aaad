import { beforeAll, expect, test } from 'vitest'
import { contents, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

let count = 0

/** A tool with the draft 2.0.0, which has the capability text_search with the patterns search_files and count_lines. */
async function aDraft(): Promise<string> {
  const tool = `parts-${++count}`
  await catalog.create({ tool_name: tool })
  await catalog.done('updateDraft', { tool, copyOf: '1.0.0', version: '2.0.0' })
  const pattern = { name: 'count_lines', description: 'Count.' }
  await catalog.done('addPattern', { tool, version: '2.0.0', capability: 'text_search', pattern })
  return tool
}

/** What a mutation answers of its version. */
const versionOf = (name: string) =>
  `... on ${name.charAt(0).toUpperCase()}${name.slice(1)}Success { version { status definition capabilities { name description
    extensions patterns { name description typicalUseCases complexityScore policy { maxCost productionSafe } extensions } } } }`

async function edit(name: string, input: object) {
  return (await catalog.done(name, { version: '2.0.0', ...input }, versionOf(name))).version
}

const names = (parts: readonly { name: string }[]) => parts.map(({ name }) => name)

test('a capability comes with its patterns, at the end or in the place it is given', async () => {
  const tool = await aDraft()
  const capability = {
    description: 'Count.',
    patterns: [{ name: 'lines', description: 'Lines.', typicalUseCases: ['how many'] }],
  }
  await edit('addCapability', { tool, capability: { name: 'last', ...capability } })
  await edit('addCapability', { tool, capability: { name: 'first', ...capability }, position: 0 })
  const version = await edit('addCapability', { tool, capability: { name: 'beyond', ...capability }, position: 99 })
  expect(names(version.capabilities)).toEqual(['first', 'text_search', 'last', 'beyond'])
  expect(version.capabilities[0].patterns).toMatchObject([{ name: 'lines', typicalUseCases: ['how many'] }])
  expect(version.status).toBe('DRAFT')
})

test('a capability is renamed and said anew in its place, and its patterns stay', async () => {
  const tool = await aDraft()
  await edit('addCapability', { tool, capability: { name: 'second', description: 'Second.' } })
  const changes = { name: 'searching', description: 'Anew.', extensions: { owner: 'me' } }
  const version = await edit('updateCapability', { tool, capability: 'TEXT_SEARCH', changes })
  expect(version.capabilities).toMatchObject([
    { name: 'searching', description: 'Anew.', extensions: { owner: 'me' } },
    { name: 'second' },
  ])
  expect(names(version.capabilities[0].patterns)).toEqual(['search_files', 'count_lines'])
  const less = await edit('updateCapability', { tool, capability: 'searching', changes: { description: null } })
  expect(less.definition.capabilities.searching).not.toHaveProperty('description')
})

test('a capability goes with its patterns', async () => {
  const tool = await aDraft()
  const version = await edit('removeCapability', { tool, capability: 'Text_Search' })
  expect(version).toMatchObject({ capabilities: [], definition: { capabilities: {} } })
})

test('a pattern comes at the end or in the place it is given', async () => {
  const tool = await aDraft()
  const where = { tool, capability: 'text_search' }
  const version = await edit('addPattern', { ...where, pattern: { name: 'first', description: 'First.' }, position: 0 })
  expect(names(version.capabilities[0].patterns)).toEqual(['first', 'search_files', 'count_lines'])
})

test('a pattern is said anew field by field: what is left out stays, and null takes away', async () => {
  const tool = await aDraft()
  const where = { tool, capability: 'text_search', pattern: 'SEARCH_FILES' }
  const before = (
    await catalog.read('query ($tool: String!) { tool(name: $tool) { latest { definition } } }', { tool })
  ).tool.latest.definition.capabilities.text_search.patterns.search_files
  const changes = {
    complexityScore: 0.9,
    policy: { maxCost: 7, productionSafe: null },
    preferenceMatch: { speed: 0.1 },
    limitations: null,
    typicalUseCases: ['anything'],
    extensions: { x_tier: 2 },
  }
  const version = await edit('updatePattern', { ...where, changes })
  const { limitations, policy, ...kept } = before
  const { production_safe, ...restOfPolicy } = policy
  expect([limitations, production_safe]).toEqual([['Not inside compressed files'], true])
  expect(version.definition.capabilities.text_search.patterns.search_files).toEqual({
    ...kept,
    complexity_score: 0.9,
    policy: { ...restOfPolicy, max_cost: 7 },
    preference_match: { ...kept.preference_match, speed: 0.1 },
    typical_use_cases: ['anything'],
    x_tier: 2,
  })
  expect(version.capabilities[0].patterns[0]).toMatchObject({
    complexityScore: 0.9,
    policy: { maxCost: 7, productionSafe: null },
    extensions: { x_tier: 2 },
  })
})

test('a pattern keeps its place under another name', async () => {
  const tool = await aDraft()
  const where = { tool, capability: 'text_search', pattern: 'search_files' }
  const version = await edit('updatePattern', { ...where, changes: { name: 'grep_files' } })
  expect(names(version.capabilities[0].patterns)).toEqual(['grep_files', 'count_lines'])
  const cased = await edit('updatePattern', { ...where, pattern: 'grep_files', changes: { name: 'Grep_Files' } })
  expect(names(cased.capabilities[0].patterns)).toEqual(['Grep_Files', 'count_lines'])
})

test('a pattern goes, and the others stay', async () => {
  const tool = await aDraft()
  const version = await edit('removePattern', { tool, capability: 'text_search', pattern: 'Search_Files' })
  expect(names(version.capabilities[0].patterns)).toEqual(['count_lines'])
})

/** Each edit with what it needs beside tool and version. */
const EDITS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['addCapability', { capability: { name: 'new' } }],
  ['updateCapability', { capability: 'text_search', changes: { name: 'new' } }],
  ['removeCapability', { capability: 'text_search' }],
  ['addPattern', { capability: 'text_search', pattern: { name: 'new' } }],
  ['updatePattern', { capability: 'text_search', pattern: 'search_files', changes: { name: 'new' } }],
  ['removePattern', { capability: 'text_search', pattern: 'search_files' }],
]

test.each(EDITS)('%s refuses what is published, and names what is not there', async (name, rest) => {
  const tool = await aDraft()
  const before = await contents(catalog.config)
  const published = { tool, version: '1.0.0', ...rest }
  expect(await catalog.refused(name, published, 'VersionPublishedError', 'version status')).toMatchObject({
    version: '1.0.0',
    status: 'ACTIVE',
  })
  const noTool = { tool: 'nobody', version: '2.0.0', ...rest }
  expect((await catalog.refused(name, noTool, 'ToolNotFoundError', 'tool')).tool).toBe('nobody')
  const noVersion = { tool, version: '3.0.0', ...rest }
  expect((await catalog.refused(name, noVersion, 'VersionNotFoundError', 'version')).version).toBe('3.0.0')
  expect(await contents(catalog.config)).toEqual(before)
})

test.each(EDITS.filter(([name]) => name !== 'addCapability'))(
  '%s names a capability that is not there',
  async (name, rest) => {
    const tool = await aDraft()
    const input = { tool, version: '2.0.0', ...rest, capability: 'nothing' }
    const error = await catalog.refused(name, input, 'CapabilityNotFoundError', 'tool version capability')
    expect(error).toMatchObject({ code: 'CAPABILITY_NOT_FOUND', tool, version: '2.0.0', capability: 'nothing' })
  },
)

test.each(['updatePattern', 'removePattern'])('%s names a pattern that is not there', async (name) => {
  const tool = await aDraft()
  const changes = name === 'updatePattern' ? { changes: { description: 'x' } } : {}
  const input = { tool, version: '2.0.0', capability: 'text_search', pattern: 'nothing', ...changes }
  const error = await catalog.refused(name, input, 'PatternNotFoundError', 'tool version pattern')
  expect(error).toMatchObject({ code: 'PATTERN_NOT_FOUND', tool, version: '2.0.0', pattern: 'nothing' })
})

test.each([
  ['addCapability', { capability: { name: 'Text_Search' } }, 'capability', 'text_search'],
  ['updateCapability', { capability: 'other', changes: { name: 'TEXT_search' } }, 'capability', 'text_search'],
  ['addPattern', { capability: 'text_search', pattern: { name: 'Count_Lines' } }, 'pattern', 'count_lines'],
  [
    'updatePattern',
    { capability: 'text_search', pattern: 'search_files', changes: { name: 'COUNT_lines' } },
    'pattern',
    'count_lines',
  ],
])('%s refuses a name that is there in any case of its letters', async (mutation, rest, kind, name) => {
  const tool = await aDraft()
  await edit('addCapability', { tool, capability: { name: 'other' } })
  const error = await catalog.refused(mutation, { tool, version: '2.0.0', ...rest }, 'NameTakenError', 'kind name')
  expect(error).toMatchObject({ code: 'NAME_TAKEN', kind, name })
})

test.each([
  ['addCapability', { capability: { name: 'no name' } }],
  ['addCapability', { capability: { name: 'x', patterns: [{ name: 'b' }, { name: 'b' }] } }],
  ['updateCapability', { capability: 'text_search', changes: { name: '' } }],
  ['updateCapability', { capability: 'text_search', changes: { extensions: 'text' } }],
  ['removeCapability', { capability: 'a\u0000' }],
  ['addPattern', { capability: 'text_search', pattern: { name: 'x', timeEstimateMs: 'rm -rf /' } }],
  ['updatePattern', { capability: 'text_search', pattern: 'search_files', changes: { complexityScore: 2 } }],
  ['updatePattern', { capability: 'text_search', pattern: 'search_files', changes: { policy: { maxCost: -1 } } }],
  ['removePattern', { capability: 'text_search', pattern: 'a\u0000' }],
])('%s refuses what would not be valid', async (name, rest) => {
  const tool = await aDraft()
  const before = await contents(catalog.config)
  await catalog.refused(name, { tool, version: '2.0.0', ...rest }, 'InvalidInputError')
  expect(await contents(catalog.config)).toEqual(before)
})
