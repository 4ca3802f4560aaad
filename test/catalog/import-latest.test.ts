import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { currentRevision, eventsAfter, partsOf, toolNamed } from './stored.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

const version = (tool_name: string, number: string, fields: JsonObject = {}) =>
  aDefinition({ tool_name, version: number, description: `${tool_name} ${number}`, ...fields })
const overwrite = (document: JsonObject) => importAll(database, [document], { onConflict: 'overwrite' })

describe('latest', () => {
  test('follows the highest version, compared by number', async () => {
    await importAll(database, [version('counted', '1.9.0'), version('counted', '1.10.0')])
    expect(await toolNamed(database, 'counted')).toMatchObject({ latest: '1.10.0', description: 'counted 1.10.0' })
  })

  test('does not move down when an older version arrives late', async () => {
    await importAll(database, [version('late', '2.0.0')])
    await importAll(database, [version('late', '1.5.0')])
    expect(await toolNamed(database, 'late')).toMatchObject({
      latest: '2.0.0',
      description: 'late 2.0.0',
      versions: ['1.5.0', '2.0.0'],
    })
  })

  test.each(['draft', 'disabled'])(
    'never becomes a %s version, which is shown only while there is no other',
    async (status) => {
      const name = `hidden-${status}`
      await importAll(database, [version(name, '3.0.0', { status })])
      expect(await toolNamed(database, name)).toMatchObject({ latest: null, status, description: `${name} 3.0.0` })
      await importAll(database, [version(name, '1.0.0')])
      expect(await toolNamed(database, name)).toMatchObject({
        latest: '1.0.0',
        status: 'active',
        description: `${name} 1.0.0`,
      })
      await importAll(database, [version(name, '4.0.0', { status })])
      expect(await toolNamed(database, name)).toMatchObject({ latest: '1.0.0' })
    },
  )

  test('falls back to the next one served when its version is overwritten as disabled', async () => {
    await importAll(database, [
      version('falling', '1.0.0'),
      version('falling', '2.0.0'),
      version('falling', '1.5.0', { status: 'draft' }),
    ])
    await overwrite(version('falling', '2.0.0', { status: 'disabled' }))
    expect(await toolNamed(database, 'falling')).toMatchObject({
      latest: '1.0.0',
      description: 'falling 1.0.0',
      status: 'active',
    })
  })

  test('is none when the only version is overwritten as disabled', async () => {
    await importAll(database, [version('gone', '1.0.0')])
    await overwrite(version('gone', '1.0.0', { status: 'disabled' }))
    expect(await toolNamed(database, 'gone')).toMatchObject({ latest: null, status: 'disabled' })
  })
})

describe('a draft', () => {
  test('is replaced by an import of the same version, whatever the strategy', async () => {
    await importAll(database, [version('sketch', '1.0.0', { status: 'draft' })])
    const start = await currentRevision(database)
    const edited = version('sketch', '1.0.0', { status: 'draft', capabilities: { other: { patterns: { way: {} } } } })
    const { results } = await importAll(database, [edited], { onConflict: 'fail' })
    expect(results[0]).toMatchObject({ outcome: 'updated', detail: 'draft replaced' })
    expect(await partsOf(database, 'sketch', '1.0.0')).toEqual(['other/way'])
    expect(await eventsAfter(database, start)).toMatchObject([
      { kind: 'DraftUpdated', before: { status: 'draft' }, after: edited },
    ])
  })

  test('becomes latest when it is imported again as active', async () => {
    await importAll(database, [version('grown', '1.0.0', { status: 'draft' })])
    await importAll(database, [version('grown', '1.0.0')])
    expect(await toolNamed(database, 'grown')).toMatchObject({ latest: '1.0.0', status: 'active' })
  })

  test('of an existing tool is logged as a draft', async () => {
    await importAll(database, [version('drafted', '1.0.0')])
    await importAll(database, [version('drafted', '2.0.0', { status: 'draft' })])
    expect(await eventsAfter(database, (await currentRevision(database)) - 1)).toMatchObject([
      { kind: 'DraftCreated', before: null },
    ])
  })
})

describe('enabled', () => {
  test('is what the document says, and stays when a later one says nothing', async () => {
    await importAll(database, [version('switched', '1.0.0', { enabled: false })])
    expect((await toolNamed(database, 'switched')).enabled).toBe(false)
    await importAll(database, [version('switched', '1.1.0')])
    expect((await toolNamed(database, 'switched')).enabled).toBe(false)
    await importAll(database, [version('switched', '1.2.0', { enabled: true })])
    expect((await toolNamed(database, 'switched')).enabled).toBe(true)
  })

  test('is read under the tool: wrapper too', async () => {
    await importAll(database, [{ tool: version('wrapped', '1.0.0', { enabled: false }) }])
    expect((await toolNamed(database, 'wrapped')).enabled).toBe(false)
  })

  test('is the last word of those that say something, in one import as in two', async () => {
    await importAll(database, [version('stated', '1.0.0', { enabled: false }), version('stated', '1.1.0')])
    expect((await toolNamed(database, 'stated')).enabled).toBe(false)
  })

  test('is true for a new tool whose document says nothing', async () => {
    await importAll(database, [version('silent', '1.0.0')])
    expect((await toolNamed(database, 'silent')).enabled).toBe(true)
  })
})
