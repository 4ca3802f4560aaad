import { beforeAll, expect, test } from 'vitest'
import { rollbackTool, setToolEnabled } from '../../src/catalog/tool-state.ts'
import type { Database } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

const editor = () =>
  ({ database, viewer: { actor: 'key:editor', role: 'editor' }, requestId: 'r', compatibility: 'none' }) as const

async function latestOf(tool: string): Promise<string | undefined> {
  const { rows } = await database.pool.query(
    'SELECT v.version FROM tools t JOIN tool_versions v ON v.id = t.latest_version_id WHERE t.name = $1',
    [tool],
  )
  return rows[0]?.version
}

async function lastEvents(): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    'SELECT kind, version, latest, draft, before, after FROM change_events WHERE revision = (SELECT revision FROM catalog_state) ORDER BY position',
  )
  return rows
}

test('a rollback stays when the version that it left is overwritten or says another status', async () => {
  const version = (name: string, fields: JsonObject = {}) =>
    aDefinition({ tool_name: 'rolled', version: name, ...fields })
  await importAll(database, [version('1.0.0'), version('2.0.0')])
  await rollbackTool(editor(), { tool: 'rolled', toVersion: '1.0.0' }, {})
  await importAll(database, [version('2.0.0', { description: 'Other.' })], { onConflict: 'overwrite' })
  expect(await latestOf('rolled')).toBe('1.0.0')
  await importAll(database, [version('2.0.0', { description: 'Other.', status: 'deprecated' })])
  expect(await latestOf('rolled')).toBe('1.0.0')
  await importAll(database, [version('2.0.1')])
  expect(await latestOf('rolled')).toBe('2.0.1')
})

test('an import that enables a tool says so in the history, as the API does', async () => {
  await importAll(database, [aDefinition({ tool_name: 'flagged' })])
  await setToolEnabled(editor(), { tool: 'flagged', enabled: false }, {})
  const next = aDefinition({ tool_name: 'flagged', version: '1.1.0', enabled: true })
  await importAll(database, [next])
  expect(await lastEvents()).toEqual([
    { kind: 'VersionPublished', version: '1.1.0', latest: '1.1.0', draft: false, before: null, after: next },
    {
      kind: 'ToolEnabled',
      version: null,
      latest: '1.1.0',
      draft: false,
      before: { enabled: false },
      after: { enabled: true },
    },
  ])
})

test('a tool that began as a draft is created, for those who read, with its first published version', async () => {
  const draft = aDefinition({ tool_name: 'born-as-draft', status: 'draft' })
  await importAll(database, [draft])
  expect(await lastEvents()).toMatchObject([{ kind: 'DraftCreated', draft: true, latest: null }])
  const published = aDefinition({ tool_name: 'born-as-draft', description: 'Done.' })
  await importAll(database, [published])
  expect(await lastEvents()).toMatchObject([
    { kind: 'ToolCreated', draft: false, latest: '1.0.0', before: null, after: published },
  ])
  // The author's file still says what it was.
  const again = await importAll(database, [{ ...published, status: 'draft' }])
  expect(again).toMatchObject({ results: [{ outcome: 'unchanged' }], revisions: [] })
})

test('a disabled draft is said to be disabled once, and again when readers first see the tool', async () => {
  const draft = (description: string) =>
    aDefinition({ tool_name: 'hidden', status: 'draft', enabled: false, description })
  await importAll(database, [draft('One.')])
  expect(await lastEvents()).toMatchObject([{ kind: 'DraftCreated' }, { kind: 'ToolDisabled', draft: true }])
  await importAll(database, [draft('Two.')])
  expect(await lastEvents()).toMatchObject([{ kind: 'DraftUpdated' }])
  await importAll(database, [aDefinition({ tool_name: 'hidden' })])
  expect(await lastEvents()).toMatchObject([{ kind: 'ToolCreated' }, { kind: 'ToolDisabled', draft: false }])
})

test('what one import brings may follow each other in any way, also from batch to batch', async () => {
  const two = (name: string): JsonObject[] => [
    aDefinition({ tool_name: name }),
    aDefinition({ tool_name: name, version: '2.0.0', capabilities: { other: { patterns: { p: aPattern() } } } }),
  ]
  const fill = (prefix: string) =>
    Array.from({ length: 1_000 }, (_, index) => aDefinition({ tool_name: `${prefix}-${index}`, capabilities: {} }))
  const [first, breaking] = two('in-two-batches') as [JsonObject, JsonObject]
  const answer = await importAll(database, [first, ...fill('between'), breaking], { compatibility: 'backward' })
  expect(answer.revisions).toHaveLength(2)
  expect(await latestOf('in-two-batches')).toBe('2.0.0')
  const [base, later] = two('one-after-the-other') as [JsonObject, JsonObject]
  await importAll(database, [base], { compatibility: 'backward' })
  const refused = await importAll(database, [later], { compatibility: 'backward' })
  expect(refused).toMatchObject({ results: [{ outcome: 'rejected' }], revisions: [] })
})
