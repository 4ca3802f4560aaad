import { beforeAll, expect, test } from 'vitest'
import { aDefinition } from '../../support/fixtures.ts'
import { asText, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const LATEST = 'query ($tool: String!) { tool(name: $tool) { description latest { version } } }'

/** The version that readers get. */
async function latest(tool: string): Promise<string | null> {
  const data = await catalog.read(LATEST, { tool }, catalog.roles.reader)
  return data.tool.latest?.version ?? null
}

/** A tool with these versions, published in this order; each says its own name. */
async function published(tool: string, ...versions: string[]): Promise<void> {
  const [first = '1.0.0', ...rest] = versions
  await catalog.create({ tool_name: tool, version: first, description: `Version ${first}.` })
  for (const version of rest) await catalog.publish({ tool_name: tool, version, description: `Version ${version}.` })
}

const rollback = (tool: string, toVersion: string) => catalog.done('rollbackTool', { tool, toVersion })
const setStatus = (tool: string, version: string, status: string) =>
  catalog.done('setVersionStatus', { tool, version, status })

test('the latest is the highest semantic version, not the last letter by letter', async () => {
  await published('semver', '1.9.0', '1.10.0', '1.10.0-rc.1')
  expect(await latest('semver')).toBe('1.10.0')
})

test('a version that arrives late does not move latest down', async () => {
  await published('late', '2.0.0', '1.5.0')
  expect(await latest('late')).toBe('2.0.0')
  expect((await catalog.read(LATEST, { tool: 'late' })).tool.description).toBe('Version 2.0.0.')
})

test('a draft is not the latest, however high', async () => {
  await published('with-draft', '1.0.0')
  await catalog.done('updateDraft', { tool: 'with-draft', copyOf: '1.0.0', version: '9.0.0' })
  expect(await latest('with-draft')).toBe('1.0.0')
})

test('a publish that is told not to move latest does not', async () => {
  await published('staged', '1.0.0')
  const answer = await catalog.publish({ tool_name: 'staged', version: '2.0.0' }, { moveLatest: false })
  expect(answer.changes).toMatchObject([{ version: '2.0.0', latest: '1.0.0' }])
  expect(await latest('staged')).toBe('1.0.0')
  await rollback('staged', '2.0.0')
  expect(await latest('staged')).toBe('2.0.0')
})

test('the first publish of a tool may be told not to serve it yet', async () => {
  await catalog.create({ tool_name: 'staged-first', status: 'draft' })
  const publication = { tool: 'staged-first', version: '1.0.0', moveLatest: false }
  const answer = await catalog.done('publishVersion', publication)
  expect(answer.changes).toMatchObject([{ kind: 'TOOL_CREATED', version: '1.0.0', latest: null }])
  expect(await latest('staged-first')).toBeNull()
  await rollback('staged-first', '1.0.0')
  expect(await latest('staged-first')).toBe('1.0.0')
})

test('an overwritten version does not undo a rollback', async () => {
  await published('overwritten', '1.0.0', '2.0.0')
  await rollback('overwritten', '1.0.0')
  const definition = asText(aDefinition({ tool_name: 'overwritten', version: '2.0.0', description: 'Over.' }))
  await catalog.done('overwriteVersion', { tool: 'overwritten', definition }, '', catalog.roles.admin)
  expect(await latest('overwritten')).toBe('1.0.0')
})

test('a rollback serves the version before, and rolling back to the other undoes it', async () => {
  await published('rolled', '1.0.0', '2.0.0')
  const answer = await catalog.done(
    'rollbackTool',
    { tool: 'ROLLED', toVersion: '1.0.0' },
    '... on RollbackToolSuccess { tool { description latest { version } } version { version } }',
  )
  expect(answer).toMatchObject({
    tool: { description: 'Version 1.0.0.', latest: { version: '1.0.0' } },
    version: { version: '1.0.0' },
    changes: [{ kind: 'LATEST_MOVED', version: '1.0.0', before: { latest: '2.0.0' }, after: { latest: '1.0.0' } }],
  })
  await rollback('rolled', '2.0.0')
  expect(await latest('rolled')).toBe('2.0.0')
})

test('after a rollback only something higher than its target moves latest again', async () => {
  await published('after', '1.0.0', '1.5.0', '2.0.0')
  await rollback('after', '1.5.0')
  await catalog.publish({ tool_name: 'after', version: '1.2.0' })
  expect(await latest('after')).toBe('1.5.0')
  await catalog.publish({ tool_name: 'after', version: '1.6.0' })
  expect(await latest('after')).toBe('1.6.0')
})

test('when the latest is disabled the highest of the others is served', async () => {
  await published('disabled', '1.9.0', '1.10.0', '2.0.0')
  const answer = await setStatus('disabled', '2.0.0', 'DISABLED')
  expect(answer.changes).toMatchObject([{ kind: 'VERSION_STATUS_CHANGED', version: '2.0.0', latest: '1.10.0' }])
  expect(await latest('disabled')).toBe('1.10.0')
})

test('a version that is served again is the latest again when it is the highest', async () => {
  await published('again', '1.0.0', '2.0.0')
  await setStatus('again', '2.0.0', 'DISABLED')
  await setStatus('again', '1.0.0', 'DISABLED')
  expect(await latest('again')).toBeNull()
  await setStatus('again', '1.0.0', 'ACTIVE')
  expect(await latest('again')).toBe('1.0.0')
  await setStatus('again', '2.0.0', 'TESTING')
  expect(await latest('again')).toBe('2.0.0')
})

test('a deprecated version is still served', async () => {
  await published('deprecated', '1.0.0', '2.0.0')
  await setStatus('deprecated', '2.0.0', 'DEPRECATED')
  expect(await latest('deprecated')).toBe('2.0.0')
})

test('a change of stage that keeps a version served does not undo a rollback', async () => {
  await published('kept', '1.0.0', '2.0.0')
  await rollback('kept', '1.0.0')
  await setStatus('kept', '2.0.0', 'DEPRECATED')
  await setStatus('kept', '2.0.0', 'ACTIVE')
  expect(await latest('kept')).toBe('1.0.0')
})

test('what is said of a tool is what its latest version says', async () => {
  await published('says', '1.0.0', '2.0.0')
  const said = async () => (await catalog.read(LATEST, { tool: 'says' })).tool.description
  expect(await said()).toBe('Version 2.0.0.')
  await setStatus('says', '2.0.0', 'DISABLED')
  expect(await said()).toBe('Version 1.0.0.')
})

test('a version that is not served cannot be rolled back to', async () => {
  await published('unserved', '1.0.0', '2.0.0')
  await setStatus('unserved', '1.0.0', 'DISABLED')
  await catalog.done('updateDraft', { tool: 'unserved', copyOf: '2.0.0', version: '3.0.0' })
  for (const [toVersion, status] of [
    ['1.0.0', 'DISABLED'],
    ['3.0.0', 'DRAFT'],
  ]) {
    const input = { tool: 'unserved', toVersion }
    const error = await catalog.refused('rollbackTool', input, 'VersionNotPublishedError', 'tool version status')
    expect(error).toMatchObject({ code: 'VERSION_NOT_PUBLISHED', tool: 'unserved', version: toVersion, status })
  }
})

test('a published version changes its stage, but never back to draft, and a draft is published first', async () => {
  await published('stages', '1.0.0')
  const answer = await catalog.done(
    'setVersionStatus',
    { tool: 'stages', version: '1.0.0', status: 'DEPRECATED' },
    '... on SetVersionStatusSuccess { tool { status } version { status } }',
  )
  expect(answer).toMatchObject({ tool: { status: 'DEPRECATED' }, version: { status: 'DEPRECATED' } })
  const back = { tool: 'stages', version: '1.0.0', status: 'DRAFT' }
  await catalog.refused('setVersionStatus', back, 'InvalidInputError')
  await catalog.done('updateDraft', { tool: 'stages', copyOf: '1.0.0', version: '2.0.0' })
  const draft = { tool: 'stages', version: '2.0.0', status: 'ACTIVE' }
  const error = await catalog.refused('setVersionStatus', draft, 'VersionNotPublishedError', 'version status')
  expect(error).toMatchObject({ version: '2.0.0', status: 'DRAFT' })
})

test.each([
  ['rollbackTool', (version: string) => ({ toVersion: version })],
  ['setVersionStatus', (version: string) => ({ version, status: 'ACTIVE' })],
] as const)('%s names the tool or the version that is not there', async (name, rest) => {
  await published(`absent-${name.toLowerCase()}`, '1.0.0')
  const tool = `absent-${name.toLowerCase()}`
  expect(await catalog.refused(name, { tool: 'nobody', ...rest('1') }, 'ToolNotFoundError', 'tool')).toMatchObject({
    tool: 'nobody',
  })
  const error = await catalog.refused(name, { tool, ...rest('1.0') }, 'VersionNotFoundError', 'tool version')
  expect(error).toMatchObject({ tool, version: '1.0' })
  await catalog.refused(name, { tool: 'a\u0000', ...rest('1') }, 'InvalidInputError')
})
