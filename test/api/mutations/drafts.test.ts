import { beforeAll, expect, test } from 'vitest'
import { aDefinition } from '../../support/fixtures.ts'
import { asText, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const DRAFT =
  '... on UpdateDraftSuccess { tool { latest { version } } version { version status definition capabilities { name } } }'

test('a draft is a copy of another version, and nobody is served it', async () => {
  await catalog.create({ tool_name: 'copied', owner: { team: 'ops' } })
  const answer = await catalog.done('updateDraft', { tool: 'copied', copyOf: '1.0.0', version: '2.0.0' }, DRAFT)
  expect(answer).toMatchObject({
    tool: { latest: { version: '1.0.0' } },
    version: { version: '2.0.0', status: 'DRAFT', capabilities: [{ name: 'text_search' }] },
    changes: [{ kind: 'DRAFT_CREATED', version: '2.0.0', latest: '1.0.0', before: null }],
  })
  expect(answer.version.definition).toEqual(
    aDefinition({ tool_name: 'copied', version: '2.0.0', status: 'draft', owner: { team: 'ops' } }),
  )
  const query = '{ tool(name: "copied", version: "2.0.0") { name } }'
  expect(await catalog.read(query, {}, catalog.roles.reader)).toEqual({ tool: null })
})

test('a draft is made from a definition, and its whole content is replaced by another', async () => {
  await catalog.create({ tool_name: 'written' })
  const draft = (description: string) => ({
    tool: 'written',
    definition: asText(aDefinition({ tool_name: 'written', version: '2.0.0', description, capabilities: {} })),
  })
  const made = await catalog.done('updateDraft', draft('One.'), DRAFT)
  expect(made.version).toMatchObject({ status: 'DRAFT', definition: { description: 'One.', status: 'draft' } })
  const changed = await catalog.done('updateDraft', draft('Two.'), DRAFT)
  expect(changed.changes).toMatchObject([
    { kind: 'DRAFT_UPDATED', before: { description: 'One.' }, after: { description: 'Two.' } },
  ])
  expect(changed.version.definition.description).toBe('Two.')
})

test('a copy over another draft replaces it', async () => {
  await catalog.create({ tool_name: 'over-draft' })
  const other = asText(aDefinition({ tool_name: 'over-draft', version: '2.0.0', description: 'Other.' }))
  await catalog.done('updateDraft', { tool: 'over-draft', definition: other })
  const answer = await catalog.done('updateDraft', { tool: 'over-draft', copyOf: '1.0.0', version: '2.0.0' }, DRAFT)
  expect(answer.version.definition.description).toBe('Print lines that match a pattern.')
  expect(answer.changes).toMatchObject([{ kind: 'DRAFT_UPDATED' }])
})

test('a draft of a disabled version is one all the same', async () => {
  await catalog.create({ tool_name: 'from-disabled', status: 'disabled' })
  const answer = await catalog.done('updateDraft', { tool: 'from-disabled', copyOf: '1.0.0', version: '2.0.0' }, DRAFT)
  expect(answer.version).toMatchObject({ status: 'DRAFT', definition: { status: 'draft' } })
})

test('published versions are never edited as drafts', async () => {
  await catalog.create({ tool_name: 'public' })
  const definition = asText(aDefinition({ tool_name: 'public', description: 'Changed.' }))
  for (const what of [{ definition }, { copyOf: '1.0.0', version: '1.0.0' }]) {
    const error = await catalog.refused(
      'updateDraft',
      { tool: 'public', ...what },
      'VersionPublishedError',
      'tool version status',
    )
    expect(error).toMatchObject({ code: 'VERSION_PUBLISHED', tool: 'public', version: '1.0.0', status: 'ACTIVE' })
  }
})

test('a draft must say what is in it, and be one of its tool', async () => {
  await catalog.create({ tool_name: 'whose' })
  for (const what of [
    {},
    { copyOf: '1.0.0' },
    { version: '2.0.0' },
    { copyOf: '1.0.0', version: 'latest' },
    { copyOf: '1.0.0', version: ' ' },
    { definition: asText(aDefinition({ tool_name: 'other', version: '2.0.0' })) },
    { definition: { text: 'tool_name: whose\n' } },
  ]) {
    await catalog.refused('updateDraft', { tool: 'whose', ...what }, 'InvalidInputError')
  }
})

test('a tool or a version to copy that is not there is named', async () => {
  await catalog.create({ tool_name: 'there' })
  const copy = { copyOf: '7.0.0', version: '8.0.0' }
  const tool = await catalog.refused('updateDraft', { tool: 'nobody', ...copy }, 'ToolNotFoundError', 'tool')
  expect(tool.tool).toBe('nobody')
  const version = await catalog.refused('updateDraft', { tool: 'there', ...copy }, 'VersionNotFoundError', 'version')
  expect(version.version).toBe('7.0.0')
})
