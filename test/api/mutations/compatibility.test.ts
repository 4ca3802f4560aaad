import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/definition/json.ts'
import { aDefinition, aPattern } from '../../support/fixtures.ts'
import { asText, contents, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
/** A server on which every tool is held to BACKWARD, unless it says otherwise. */
let strict: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
  strict = await startTestCatalog({ COMPATIBILITY: 'backward' })
})

const withPatterns = (patterns: JsonObject) => ({ capabilities: { text_search: { description: 'Find.', patterns } } })
const two = withPatterns({ one: aPattern(), two: aPattern() })
/** Breaks those who use the pattern that is gone. */
const one = withPatterns({ one: aPattern() })
/** Breaks nobody who uses the version before; but who uses the new one does not find the pattern in the old one. */
const three = withPatterns({ one: aPattern(), two: aPattern(), three: aPattern() })

async function publish(to: TestCatalog, tool: string, version: string, fields: JsonObject, extra = {}, headers = {}) {
  const definition = asText(aDefinition({ tool_name: tool, version, ...fields }))
  return to.mutate(
    'publishVersion',
    { tool, definition, ...extra },
    '... on CompatibilityError { compatibility against differences { path kind breaking reason } }',
    { ...to.roles.editor, ...headers },
  )
}

test.each([
  ['NONE', 'PublishVersionSuccess', 'PublishVersionSuccess'],
  ['BACKWARD', 'CompatibilityError', 'PublishVersionSuccess'],
  ['FULL', 'CompatibilityError', 'CompatibilityError'],
])('%s: a pattern less is %s, a pattern more is %s', async (compatibility, less, more) => {
  const tool = `held-${compatibility.toLowerCase()}`
  await catalog.create({ tool_name: tool, ...two }, { compatibility })
  expect((await publish(catalog, tool, '1.1.0', three)).__typename).toBe(more)
  expect((await publish(catalog, tool, '1.2.0', one)).__typename).toBe(less)
})

test('the error says against what, and what breaks whom and why; and nothing is stored', async () => {
  await catalog.create({ tool_name: 'told', ...two }, { compatibility: 'BACKWARD' })
  const before = await contents(catalog.config)
  const error = await publish(catalog, 'told', '2.0.0', one)
  expect(error).toMatchObject({
    code: 'COMPATIBILITY',
    compatibility: 'BACKWARD',
    against: '1.0.0',
    differences: [
      { path: 'capabilities.text_search.patterns.two', kind: 'SPEC', breaking: 'YES', reason: expect.any(String) },
    ],
  })
  expect(await contents(catalog.config)).toEqual(before)
})

test('a draft may break what it likes until it is published', async () => {
  await catalog.create({ tool_name: 'drafted', ...two }, { compatibility: 'BACKWARD' })
  const definition = asText(aDefinition({ tool_name: 'drafted', version: '2.0.0', ...one }))
  await catalog.done('updateDraft', { tool: 'drafted', definition })
  await catalog.refused('publishVersion', { tool: 'drafted', version: '2.0.0' }, 'CompatibilityError', 'against')
})

test('a late version is held against the one it follows, not against the latest', async () => {
  await catalog.create({ tool_name: 'late', ...one })
  await catalog.publish({ tool_name: 'late', version: '2.0.0', ...three })
  await catalog.done('updateTool', { tool: 'late', compatibility: 'BACKWARD' })
  expect((await publish(catalog, 'late', '1.1.0', two)).__typename).toBe('PublishVersionSuccess')
  expect(await publish(catalog, 'late', '2.1.0', two)).toMatchObject({ against: '2.0.0' })
})

test('after a rollback a version is held against what callers use now', async () => {
  await catalog.create({ tool_name: 'back', ...two })
  await catalog.publish({ tool_name: 'back', version: '2.0.0', ...three })
  await catalog.done('updateTool', { tool: 'back', compatibility: 'BACKWARD' })
  await catalog.done('rollbackTool', { tool: 'back', toVersion: '1.0.0' })
  expect((await publish(catalog, 'back', '2.1.0', two)).__typename).toBe('PublishVersionSuccess')
})

test('an overwritten version is held against itself', async () => {
  await catalog.create({ tool_name: 'itself', ...two }, { compatibility: 'BACKWARD' })
  const definition = asText(aDefinition({ tool_name: 'itself', ...one }))
  const { admin } = catalog.roles
  const error = await catalog.refused(
    'overwriteVersion',
    { tool: 'itself', definition },
    'CompatibilityError',
    'against',
    admin,
  )
  expect(error.against).toBe('1.0.0')
  const forced = { tool: 'itself', definition, overrideCompatibility: true }
  const answer = await catalog.done('overwriteVersion', forced, '', admin)
  expect(answer.changes).toMatchObject([{ kind: 'COMPATIBILITY_OVERRIDDEN' }, { kind: 'VERSION_OVERWRITTEN' }])
})

test('an admin publishes it all the same, and the history says what was broken', async () => {
  await catalog.create({ tool_name: 'forced', ...two }, { compatibility: 'BACKWARD' })
  const forced = { overrideCompatibility: true }
  const answer = await publish(catalog, 'forced', '2.0.0', one, forced, catalog.roles.admin)
  expect(answer.changes).toMatchObject([
    {
      kind: 'COMPATIBILITY_OVERRIDDEN',
      version: '2.0.0',
      before: null,
      after: { against: '1.0.0', broken: [{ path: 'capabilities.text_search.patterns.two', kind: 'spec' }] },
    },
    { kind: 'VERSION_PUBLISHED', version: '2.0.0' },
  ])
  const harmless = await publish(catalog, 'forced', '2.1.0', one, forced, catalog.roles.admin)
  expect(harmless.changes).toMatchObject([{ kind: 'VERSION_PUBLISHED' }])
})

test('a rename breaks nobody', async () => {
  await catalog.create({ tool_name: 'called', ...two }, { compatibility: 'FULL' })
  await catalog.done('updateTool', { tool: 'called', name: 'called-otherwise' })
  expect((await publish(catalog, 'called-otherwise', '1.1.0', two)).__typename).toBe('PublishVersionSuccess')
})

test('COMPATIBILITY holds for every tool that does not say itself', async () => {
  await strict.create({ tool_name: 'silent', ...two })
  expect(await publish(strict, 'silent', '2.0.0', one)).toMatchObject({ compatibility: 'BACKWARD' })
  await strict.create({ tool_name: 'says-none', ...two }, { compatibility: 'NONE' })
  expect((await publish(strict, 'says-none', '2.0.0', one)).__typename).toBe('PublishVersionSuccess')
  await strict.create({ tool_name: 'says-full', ...two }, { compatibility: 'FULL' })
  expect(await publish(strict, 'says-full', '2.0.0', three)).toMatchObject({ compatibility: 'FULL' })
})

const REJECTED = 'results { tool version outcome detail }'

test('an import is held to it, too, and imports nothing of the rest either', async () => {
  await strict.create({ tool_name: 'imported', ...two })
  await strict.create({ tool_name: 'overwritten', ...two })
  const before = await contents(strict.config)
  const breaking = aDefinition({ tool_name: 'imported', version: '2.0.0', ...one })
  const text = [breaking, aDefinition({ tool_name: 'harmless' })].map((item) => JSON.stringify(item)).join('\n')
  const error = await strict.refused('importTools', { text }, 'ImportRejectedError', REJECTED)
  expect(error).toMatchObject({
    code: 'IMPORT_REJECTED',
    results: [
      { tool: 'imported', version: '2.0.0', outcome: 'REJECTED', detail: expect.stringContaining('1.0.0') },
      { tool: 'harmless', outcome: 'CREATED' },
    ],
  })
  const over = asText(aDefinition({ tool_name: 'overwritten', ...one }))
  const { admin } = strict.roles
  for (const onConflict of ['OVERWRITE', 'NEW_VERSION'])
    await strict.refused('importTools', { ...over, onConflict }, 'ImportRejectedError', REJECTED, admin)
  expect(await contents(strict.config)).toEqual(before)
})

test('an import by an admin may override it, and the history says so', async () => {
  await strict.create({ tool_name: 'import-forced', ...two })
  const text = asText(aDefinition({ tool_name: 'import-forced', version: '2.0.0', ...one }))
  await strict.done('importTools', { ...text, overrideCompatibility: true }, '', strict.roles.admin)
  const { tool } = await strict.read(
    '{ tool(name: "import-forced") { latest { version } history(first: 1) { nodes { events { kind } } } } }',
  )
  expect(tool.latest.version).toBe('2.0.0')
  expect(tool.history.nodes[0].events).toContainEqual({ kind: 'COMPATIBILITY_OVERRIDDEN' })
})
