import { beforeAll, describe, expect, test } from 'vitest'
import { CONFLICT_STRATEGIES } from '../../src/catalog/import.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { currentRevision, eventsAfter, everything, partsOf, toolNamed } from './stored.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

const other = (name: string) =>
  aDefinition({ tool_name: name, description: 'Changed.', capabilities: { replaced: { patterns: { anew: {} } } } })

test('importing the same definitions twice makes no second revision', async () => {
  const first = await importAll(database, [aDefinition({ tool_name: 'twice' })])
  const second = await importAll(database, [aDefinition({ tool_name: 'twice' })])
  expect(first.results[0]?.outcome).toBe('created')
  expect(first.revisions).toHaveLength(1)
  expect(second.results[0]?.outcome).toBe('unchanged')
  expect(second.revisions).toEqual([])
})

test.each(CONFLICT_STRATEGIES)(
  '--on-conflict %s creates, adds versions and leaves the unchanged alone',
  async (onConflict) => {
    await importAll(database, [aDefinition({ tool_name: `plain-${onConflict}` })])
    const documents = [
      aDefinition({ tool_name: `plain-${onConflict}` }),
      aDefinition({ tool_name: `plain-${onConflict}`, version: '1.1.0' }),
      aDefinition({ tool_name: `fresh-${onConflict}` }),
    ]
    const { results, revisions } = await importAll(database, documents, { onConflict })
    expect(results.map(({ outcome, version }) => `${outcome} ${version}`)).toEqual([
      'unchanged 1.0.0',
      'updated 1.1.0',
      'created 1.0.0',
    ])
    expect(revisions).toHaveLength(1)
  },
)

describe('when a published version has other content', () => {
  test('fail rejects it, says why, and imports nothing else either', async () => {
    await importAll(database, [aDefinition({ tool_name: 'failing' })])
    const before = await everything(database)
    const { results, revisions } = await importAll(
      database,
      [aDefinition({ tool_name: 'innocent' }), other('failing')],
      { onConflict: 'fail' },
    )
    expect(results[1]).toMatchObject({ outcome: 'rejected', label: 'item 1', tool: 'failing', version: '1.0.0' })
    expect(results[1]?.detail).toMatch(/published with other content/)
    expect(revisions).toEqual([])
    expect(await everything(database)).toEqual(before)
  })

  test('skip leaves it, and imports the others', async () => {
    await importAll(database, [aDefinition({ tool_name: 'skipping' })])
    const { results } = await importAll(database, [other('skipping'), aDefinition({ tool_name: 'beside-skipped' })], {
      onConflict: 'skip',
    })
    expect(results.map(({ outcome }) => outcome)).toEqual(['skipped', 'created'])
    expect(await toolNamed(database, 'skipping')).toMatchObject({
      description: 'Print lines that match a pattern.',
      versions: ['1.0.0'],
    })
  })

  test('overwrite replaces content, capabilities and patterns, and logs both sides', async () => {
    const original = aDefinition({ tool_name: 'overwritten' })
    await importAll(database, [original])
    const start = await currentRevision(database)
    const { results } = await importAll(database, [other('overwritten')], { onConflict: 'overwrite' })
    expect(results[0]).toMatchObject({ outcome: 'updated', version: '1.0.0' })
    expect(await toolNamed(database, 'overwritten')).toMatchObject({
      description: 'Changed.',
      capabilities: ['replaced'],
      versions: ['1.0.0'],
    })
    expect(await partsOf(database, 'overwritten', '1.0.0')).toEqual(['replaced/anew'])
    const events = await eventsAfter(database, start)
    expect(events).toMatchObject([
      { kind: 'VersionOverwritten', version: '1.0.0', before: original, after: other('overwritten') },
    ])
  })

  test('new-version stores it under the next version that is free, wrapped or not', async () => {
    await importAll(database, [
      aDefinition({ tool_name: 'renewed' }),
      aDefinition({ tool_name: 'renewed', version: '1.0.1' }),
    ])
    const wrapped = { tool: { ...other('renewed'), description: 'Wrapped.' } }
    const first = await importAll(database, [other('renewed')], { onConflict: 'new-version' })
    const second = await importAll(database, [wrapped], { onConflict: 'new-version' })
    expect(first.results[0]).toMatchObject({ outcome: 'updated', version: '1.0.2' })
    expect(second.results[0]).toMatchObject({ outcome: 'updated', version: '1.0.3' })
    expect(await toolNamed(database, 'renewed')).toMatchObject({ latest: '1.0.3', description: 'Wrapped.' })
    const events = await eventsAfter(database, (await currentRevision(database)) - 1)
    expect(events).toMatchObject([{ kind: 'VersionPublished', before: null, after: { tool: { version: '1.0.3' } } }])
  })

  test('new-version does not take a version that another definition of the same import has', async () => {
    await importAll(database, [aDefinition({ tool_name: 'claimed' })])
    const documents = [other('claimed'), aDefinition({ tool_name: 'claimed', version: '1.0.1' })]
    const { results } = await importAll(database, documents, { onConflict: 'new-version' })
    expect(results.map(({ outcome, version }) => `${outcome} ${version}`)).toEqual(['updated 1.0.2', 'updated 1.0.1'])
    expect((await toolNamed(database, 'claimed')).versions).toEqual(['1.0.0', '1.0.1', '1.0.2'])
  })

  test('new-version makes no second new version of the same content', async () => {
    await importAll(database, [aDefinition({ tool_name: 'again' })])
    await importAll(database, [other('again')], { onConflict: 'new-version' })
    const { results, revisions } = await importAll(database, [other('again')], { onConflict: 'new-version' })
    expect(results[0]).toMatchObject({ outcome: 'unchanged', version: '1.0.1', detail: 'the same as version 1.0.1' })
    expect(revisions).toEqual([])
  })
})
