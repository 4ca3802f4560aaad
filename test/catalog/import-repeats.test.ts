import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { currentRevision, eventsAfter, everything, toolNamed } from './stored.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

test('the same definition twice in one import comes in once, and says where it was before', async () => {
  const { results } = await importAll(database, [
    aDefinition({ tool_name: 'echo' }),
    aDefinition({ tool_name: 'echo' }),
  ])
  expect(results).toMatchObject([{ outcome: 'created' }, { outcome: 'unchanged', detail: 'the same as item 0' }])
})

test('one tool and version with two contents in one import is rejected under every strategy', async () => {
  const before = await everything(database)
  for (const onConflict of ['fail', 'skip', 'overwrite', 'new-version'] as const) {
    const documents = [aDefinition({ tool_name: 'torn' }), aDefinition({ tool_name: 'torn', description: 'Not that.' })]
    const { results } = await importAll(database, documents, { onConflict })
    expect(results[1]).toMatchObject({
      outcome: 'rejected',
      detail: 'torn 1.0.0 is also in item 0, with other content',
    })
  }
  expect(await everything(database)).toEqual(before)
})

test('two versions of a new tool in one import create it once and add to it once', async () => {
  const start = await currentRevision(database)
  const { results } = await importAll(database, [
    aDefinition({ tool_name: 'pair' }),
    aDefinition({ tool_name: 'pair', version: '2.0.0' }),
  ])
  expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'updated'])
  expect((await eventsAfter(database, start)).map(({ kind }) => kind)).toEqual(['ToolCreated', 'VersionPublished'])
  expect(await toolNamed(database, 'pair')).toMatchObject({ latest: '2.0.0', versions: ['1.0.0', '2.0.0'] })
})

test('names that differ in case are one tool, which keeps its first spelling', async () => {
  await importAll(database, [aDefinition({ tool_name: 'Get-Item' })])
  const { results } = await importAll(database, [aDefinition({ tool_name: 'GET-ITEM', version: '2.0.0' })])
  expect(results[0]?.outcome).toBe('updated')
  expect(await toolNamed(database, 'get-item')).toMatchObject({ name: 'Get-Item', versions: ['1.0.0', '2.0.0'] })
})

test('names that differ in case are one tool inside one import too', async () => {
  const documents = [aDefinition({ tool_name: 'Set-Item' }), aDefinition({ tool_name: 'set-item', version: '1.1.0' })]
  const { results } = await importAll(database, documents)
  expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'updated'])
  expect(await toolNamed(database, 'SET-ITEM')).toMatchObject({ name: 'Set-Item', versions: ['1.0.0', '1.1.0'] })
})

test('two imports of one new tool at the same moment create it once', async () => {
  const imports = Array.from({ length: 6 }, () => importAll(database, [aDefinition({ tool_name: 'racing' })]))
  const outcomes = (await Promise.all(imports)).map(({ results }) => results[0]?.outcome)
  expect(outcomes.toSorted((a, b) => a?.localeCompare(b ?? '') ?? 0)).toEqual([
    'created',
    ...Array.from({ length: 5 }, () => 'unchanged'),
  ])
})
