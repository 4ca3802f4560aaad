import { beforeAll, expect, test } from 'vitest'
import { listChangeSets } from '../../src/catalog/change-sets.ts'
import { IMPORT_BATCH } from '../../src/catalog/import.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'
import { currentRevision, eventsAfter, everything } from './stored.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

const small = (name: string, fields: JsonObject = {}) => ({
  tool_name: name,
  version: '1.0',
  description: 'd',
  platform: 'linux',
  category: 'system',
  ...fields,
})
const many = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => small(`${prefix}-${index}`))

/** Valid as JSON, but no validator would let it through: the database's own check refuses it. */
const refused = (name: string) =>
  aDefinition({ tool_name: name, capabilities: { c: { patterns: { p: aPattern({ complexity_score: 7 }) } } } })

test('an import is one change set per batch of at most a thousand changes, without gaps', async () => {
  const start = await currentRevision(database)
  const progress: number[] = []
  const { revisions } = await importAll(database, many('bulk', IMPORT_BATCH.changes * 2 + 5), {
    onProgress: (done) => progress.push(done),
  })
  expect(revisions).toEqual([1, 2, 3].map((step) => String(start + step)))
  expect(progress).toEqual([1000, 2000, 2005])
  const { rows } = await database.pool.query(
    'SELECT revision::text, count(*)::int AS events FROM change_events WHERE revision > $1 GROUP BY revision ORDER BY revision',
    [start],
  )
  expect(rows.map(({ events }) => events)).toEqual([1000, 1000, 5])
})

test('a batch also ends before it would be too large for one message', async () => {
  const heavy = (name: string) => small(name, { blob: 'x'.repeat(IMPORT_BATCH.bytes / 4) })
  const { revisions } = await importAll(
    database,
    ['a', 'b', 'c', 'd', 'e'].map((letter) => heavy(`heavy-${letter}`)),
  )
  expect(revisions).toHaveLength(2)
})

test('events carry the whole definition, with the keys in the order they were written', async () => {
  const start = await currentRevision(database)
  const document = small('ordered', {
    zebra: 1,
    apple: { z: 1, a: [{ y: 1, b: 2 }] },
    '10': 'ten',
    '9': 'nine',
    enabled: true,
  })
  await importAll(database, [document])
  const { rows } = await database.pool.query('SELECT after::text FROM change_events WHERE revision > $1', [start])
  expect(rows[0].after).toBe(JSON.stringify(document))
  const stored = await database.pool.query(
    "SELECT definition::text FROM tool_versions v JOIN tools t ON t.id = v.tool_id WHERE t.name = 'ordered'",
  )
  expect(stored.rows[0].definition).toBe(JSON.stringify(document))
})

test('events of one change set keep the order of the import, and stamp their tools', async () => {
  const start = await currentRevision(database)
  await importAll(database, [small('zz'), small('aa'), small('mm', { version: '2.0' })])
  const events = await eventsAfter(database, start)
  expect(events.map(({ position, toolName, version }) => `${position} ${toolName} ${version}`)).toEqual([
    '0 zz 1.0',
    '1 aa 1.0',
    '2 mm 2.0',
  ])
  const { rows } = await database.pool.query(
    "SELECT DISTINCT revision::int FROM tools WHERE name IN ('zz', 'aa', 'mm')",
  )
  expect(rows).toEqual([{ revision: start + 1 }])
})

test('a batch that fails leaves nothing behind, and its revision goes to the next one', async () => {
  const before = await everything(database)
  await expect(importAll(database, [small('whole'), refused('broken'), small('rest')])).rejects.toThrow(
    /patterns_complexity_is_a_share/,
  )
  expect(await everything(database)).toEqual(before)
  const { revisions } = await importAll(database, [small('whole')])
  expect(revisions).toEqual([String(Number(before.revision) + 1)])
})

test('batches before the one that fails stay whole', async () => {
  const start = await currentRevision(database)
  await expect(
    importAll(database, [...many('kept', IMPORT_BATCH.changes), small('lost'), refused('culprit')]),
  ).rejects.toThrow()
  expect(await currentRevision(database)).toBe(start + 1)
  const { rows } = await database.pool.query(
    "SELECT count(*)::int AS kept, count(*) FILTER (WHERE name IN ('lost', 'culprit'))::int AS lost FROM tools WHERE revision > $1",
    [start],
  )
  expect(rows[0]).toEqual({ kept: 1000, lost: 0 })
})

test('change sets are listed newest first, and found by tool, actor, source and revision', async () => {
  await importAll(database, [small('history')])
  await importAll(database, [small('history', { version: '1.1' }), small('bystander')])
  const list = (filter: Parameters<typeof listChangeSets>[1]) =>
    withSnapshot(database, async (reader) =>
      (await listChangeSets(reader, filter, { first: 100 })).edges.map(({ node }) => Number(node)),
    )
  const head = await currentRevision(database)
  expect(await list({})).toEqual(Array.from({ length: head }, (_, index) => head - index))
  expect(await list({ tool: 'HISTORY' })).toEqual([head, head - 1])
  expect(await list({ tool: 'bystander', actor: 'tester', source: 'import' })).toEqual([head])
  expect(await list({ actor: 'somebody else' })).toEqual([])
  expect(await list({ source: 'startup' })).toEqual([])
  expect(await list({ afterRevision: String(head - 2) })).toEqual([head, head - 1])
})

test('a draft that becomes active is the tool, for those who read', async () => {
  await importAll(database, [aDefinition({ tool_name: 'growing', status: 'draft' })])
  const { revisions } = await importAll(database, [aDefinition({ tool_name: 'growing', status: 'active' })])
  const { rows } = await database.pool.query('SELECT kind FROM change_events WHERE revision = $1', [revisions[0]])
  expect(rows).toEqual([{ kind: 'ToolCreated' }])
})
