import { beforeAll, expect, test } from 'vitest'
import { expectError } from '../../support/client.ts'
import { aDefinition, aPattern } from '../../support/fixtures.ts'
import { asText, contents, mutationText, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const PUBLISHED = '... on PublishVersionSuccess { tool { latest { version } } version { version status definition } }'
const OVERWRITTEN =
  '... on OverwriteVersionSuccess { version { version status digest definition capabilities { name } } }'

test('a published draft is what it was, and the latest from now on', async () => {
  await catalog.create({ tool_name: 'drafted' })
  await catalog.done('updateDraft', { tool: 'drafted', copyOf: '1.0.0', version: '2.0.0' })
  const answer = await catalog.done('publishVersion', { tool: 'Drafted', version: '2.0.0' }, PUBLISHED)
  expect(answer).toMatchObject({
    tool: { latest: { version: '2.0.0' } },
    version: { version: '2.0.0', status: 'ACTIVE' },
    changes: [{ kind: 'VERSION_PUBLISHED', version: '2.0.0', latest: '2.0.0', before: null }],
  })
  expect(answer.version.definition).toEqual(aDefinition({ tool_name: 'drafted', version: '2.0.0', status: 'active' }))
})

test('a definition is published at once, in the stage that is asked for', async () => {
  await catalog.create({ tool_name: 'at-once' })
  const definition = asText(aDefinition({ tool_name: 'at-once', version: '2.0.0' }))
  const answer = await catalog.done('publishVersion', { tool: 'at-once', definition, status: 'TESTING' }, PUBLISHED)
  expect(answer).toMatchObject({ tool: { latest: { version: '2.0.0' } }, version: { status: 'TESTING' } })
})

test('a definition takes the place of the draft of its version', async () => {
  await catalog.create({ tool_name: 'replaced' })
  await catalog.done('updateDraft', { tool: 'replaced', copyOf: '1.0.0', version: '2.0.0' })
  const definition = asText(aDefinition({ tool_name: 'replaced', version: '2.0.0', description: 'At last.' }))
  const answer = await catalog.done('publishVersion', { tool: 'replaced', definition }, PUBLISHED)
  expect(answer.version).toMatchObject({ status: 'ACTIVE', definition: { description: 'At last.' } })
})

test('what is published is not published again', async () => {
  await catalog.create({ tool_name: 'once' })
  await catalog.done('setVersionStatus', { tool: 'once', version: '1.0.0', status: 'DEPRECATED' })
  const same = asText(aDefinition({ tool_name: 'once' }))
  for (const what of [{ version: '1.0.0' }, { definition: same }]) {
    const error = await catalog.refused(
      'publishVersion',
      { tool: 'once', ...what },
      'VersionPublishedError',
      'tool version status',
    )
    expect(error).toMatchObject({ code: 'VERSION_PUBLISHED', tool: 'once', version: '1.0.0', status: 'DEPRECATED' })
  }
})

test('a publish must say what of, and of the tool that it names', async () => {
  await catalog.create({ tool_name: 'named' })
  await catalog.refused('publishVersion', { tool: 'named' }, 'InvalidInputError')
  const other = asText(aDefinition({ tool_name: 'somebody-else', version: '2.0.0' }))
  const error = await catalog.refused('publishVersion', { tool: 'named', definition: other }, 'InvalidInputError')
  expect(error.message).toContain('updateTool renames')
  const broken = { text: 'tool_name: named\nversion: "3"\n' }
  await catalog.refused('publishVersion', { tool: 'named', definition: broken }, 'InvalidInputError')
})

test('a definition is written under the name that the tool is called by', async () => {
  await catalog.create({ tool_name: 'CamelCase' })
  const definition = asText(aDefinition({ tool_name: 'camelcase', version: '2.0.0' }))
  const answer = await catalog.done('publishVersion', { tool: 'camelcase', definition }, PUBLISHED)
  expect(answer.version.definition.tool_name).toBe('CamelCase')
})

test.each(['publishVersion', 'overwriteVersion'])(
  '%s names the tool or the version that is not there',
  async (name) => {
    const { admin } = catalog.roles
    await catalog.create({ tool_name: `no-${name.toLowerCase()}` })
    const input = (tool: string) =>
      name === 'publishVersion'
        ? { tool, version: '9.0.0' }
        : { tool, definition: asText(aDefinition({ tool_name: tool, version: '9.0.0' })) }
    const tool = await catalog.refused(name, input('nobody'), 'ToolNotFoundError', 'tool', admin)
    expect(tool.tool).toBe('nobody')
    const own = `no-${name.toLowerCase()}`
    const version = await catalog.refused(name, input(own), 'VersionNotFoundError', 'tool version', admin)
    expect(version).toMatchObject({ code: 'VERSION_NOT_FOUND', tool: own, version: '9.0.0' })
  },
)

test('an overwritten version has the new content, in its old stage, and the history says so', async () => {
  await catalog.create({ tool_name: 'over' })
  await catalog.publish({ tool_name: 'over', version: '2.0.0' })
  await catalog.done('setVersionStatus', { tool: 'over', version: '1.0.0', status: 'DEPRECATED' })
  const before = aDefinition({ tool_name: 'over' })
  const after = aDefinition({ tool_name: 'over', capabilities: { other: { patterns: { one: aPattern() } } } })
  const { admin } = catalog.roles
  const answer = await catalog.done('overwriteVersion', { tool: 'over', definition: asText(after) }, OVERWRITTEN, admin)
  expect(answer).toMatchObject({
    version: { version: '1.0.0', status: 'DEPRECATED', definition: after, capabilities: [{ name: 'other' }] },
    changes: [{ kind: 'VERSION_OVERWRITTEN', version: '1.0.0', latest: '2.0.0', before, after }],
  })
})

test('only a published version can be overwritten, and it stays published', async () => {
  const { admin } = catalog.roles
  await catalog.create({ tool_name: 'not-over' })
  await catalog.done('updateDraft', { tool: 'not-over', copyOf: '1.0.0', version: '2.0.0' })
  const draft = { tool: 'not-over', definition: asText(aDefinition({ tool_name: 'not-over', version: '2.0.0' })) }
  const error = await catalog.refused('overwriteVersion', draft, 'VersionNotPublishedError', 'version status', admin)
  expect(error).toMatchObject({ code: 'VERSION_NOT_PUBLISHED', version: '2.0.0', status: 'DRAFT' })
  const back = asText(aDefinition({ tool_name: 'not-over', status: 'draft' }))
  await catalog.refused('overwriteVersion', { tool: 'not-over', definition: back }, 'InvalidInputError', '', admin)
})

test('an editor can neither overwrite a version nor override compatibility', async () => {
  await catalog.create({ tool_name: 'editors' })
  const before = await contents(catalog.config)
  const definition = asText(aDefinition({ tool_name: 'editors', description: 'Over.' }))
  const next = asText(aDefinition({ tool_name: 'editors', version: '2.0.0' }))
  for (const [name, input] of [
    ['overwriteVersion', { tool: 'editors', definition }],
    ['publishVersion', { tool: 'editors', definition: next, overrideCompatibility: true }],
    ['importTools', { ...definition, onConflict: 'OVERWRITE' }],
    ['importTools', { ...next, overrideCompatibility: true }],
  ] as const) {
    await expectError(catalog.url, mutationText(name), 'FORBIDDEN', { input }, catalog.roles.editor)
  }
  expect(await contents(catalog.config)).toEqual(before)
})

test('a renamed tool’s draft is published under the new name', async () => {
  await catalog.create({ tool_name: 'was-called' })
  await catalog.done('updateDraft', { tool: 'was-called', copyOf: '1.0.0', version: '2.0.0' })
  await catalog.done('updateTool', { tool: 'was-called', name: 'is-called' })
  const answer = await catalog.done('publishVersion', { tool: 'is-called', version: '2.0.0' }, PUBLISHED)
  expect(answer.version.definition.tool_name).toBe('is-called')
})
