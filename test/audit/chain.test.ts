import { createHash } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setToolEnabled } from '../../src/catalog/tool-state.ts'
import { chainHash } from '../../src/changes/chain.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { asSuperuser, keepHistory } from './tampering.ts'
import { writeContext, writeEverything } from './written.ts'

let database: Database
let revisions: number
let headHash: string
let restore: () => Promise<void>
beforeAll(async () => {
  database = await openTestDatabase()
  revisions = await writeEverything(database)
  headHash = (await verifyChain(database)).headHash
  restore = await keepHistory(database)
})
beforeEach(() => restore())

const tamper = (...statements: string[]) => asSuperuser(database, ...statements)

/** The revision that is named, and why. */
async function firstBad(): Promise<string> {
  const { firstBad: bad } = await verifyChain(database)
  return bad ? `${bad.revision}: ${bad.reason}` : 'none'
}

const OTHER = `encode(sha256('other'), 'hex')`
const SAYS = 'it does not say what was written'
const FOLLOWS = 'its hash does not follow from the one before'
const MISSING = 'it is missing'
const UNHASHED = 'it has no hash, and the one before it has'
const HEAD = 'its hash is not the one that the catalog ends with'
const BEYOND = 'the catalog has no such revision'

test('the chain verifies after every kind of write, dry runs, failed and retried ones included', async () => {
  const reached: number[][] = []
  const report = await verifyChain(database, (done, total) => reached.push([done, total]))
  expect(report).toEqual({
    verified: revisions,
    unchained: 0,
    compacted: 0,
    headHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    firstBad: undefined,
  })
  expect(reached).toEqual([
    [10, revisions],
    [revisions, revisions],
  ])
  const { rows } = await database.pool.query('SELECT DISTINCT kind FROM change_events ORDER BY kind')
  expect(rows.map(({ kind }) => kind)).toEqual([
    'CompatibilityOverridden',
    'DraftCreated',
    'DraftUpdated',
    'LatestMoved',
    'ToolCreated',
    'ToolDeleted',
    'ToolDisabled',
    'ToolRenamed',
    'ToolRestored',
    'ToolUpdated',
    'VersionOverwritten',
    'VersionPublished',
    'VersionStatusChanged',
  ])
})

test('the chain goes on behind what was verified', async () => {
  await setToolEnabled(writeContext(database), { tool: 'sed', enabled: false }, {})
  const report = await verifyChain(database)
  expect(report).toMatchObject({ verified: revisions + 1, firstBad: undefined })
  expect(report.headHash).not.toBe(headHash)
})

/** Canonical JSON (RFC 8785), written once more from its description. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

test('whoever recomputes the chain from its description comes to the same hashes', async () => {
  const { rows: sets } = await database.pool.query('SELECT * FROM change_sets ORDER BY revision')
  const { rows: events } = await database.pool.query('SELECT * FROM change_events ORDER BY revision, position')
  let hash = ''
  for (const { revision, at, actor, source, message, request_id: requestId, draft, ...chained } of sets) {
    const own = events.filter((event) => event.revision === revision)
    const said = own.map(({ kind, tool_id: toolId, tool_name: toolName, version, latest, draft, before, after }) => {
      return { kind, toolId, toolName, version, latest, draft, before, after }
    })
    const eventsDigest = sha256(canonical(said))
    const digest = sha256(canonical({ actor, source, message, requestId, draft, events: eventsDigest }))
    hash = sha256([hash, revision, at.toISOString(), digest].join('\n'))
    expect(chained, revision).toEqual({ digest, events_digest: eventsDigest, hash })
    expect(draft, revision).toBe(own.every((event) => event.draft))
  }
  expect(sets).toHaveLength(revisions)
  expect(hash).toBe(headHash)
})

/** For each column something else that it could say, in revision 6, which has two events; and what is said of it. */
const COLUMNS: Record<string, readonly [value: string, bad: string]> = {
  'change_sets.revision': ['revision + 1000', `6: ${MISSING}`],
  'change_sets.at': [`at + interval '1 millisecond'`, `6: ${FOLLOWS}`],
  'change_sets.actor': [`'key:other'`, `6: ${SAYS}`],
  'change_sets.source': [`'startup'`, `6: ${SAYS}`],
  'change_sets.message': [`''`, `6: ${SAYS}`],
  'change_sets.request_id': ['NULL', `6: ${SAYS}`],
  'change_sets.draft': ['NOT draft', `6: ${SAYS}`],
  'change_sets.digest': [OTHER, `6: ${SAYS}`],
  'change_sets.events_digest': [OTHER, `6: ${SAYS}`],
  'change_sets.hash': [OTHER, `6: ${FOLLOWS}`],
  'change_events.revision': ['5', `5: ${SAYS}`],
  'change_events.position': ['position + 1', `6: ${SAYS}`],
  'change_events.kind': [`'VersionOverwritten'`, `6: ${SAYS}`],
  'change_events.tool_id': ['gen_random_uuid()', `6: ${SAYS}`],
  'change_events.tool_name': [`'Sed'`, `6: ${SAYS}`],
  'change_events.version': ['NULL', `6: ${SAYS}`],
  'change_events.latest': [`'1.0.0'`, `6: ${SAYS}`],
  'change_events.draft': ['NOT draft', `6: ${SAYS}`],
  'change_events.before': [`'{}'`, `6: ${SAYS}`],
  'change_events.after': [`(after::jsonb || '{"description":"Else."}')::json`, `6: ${SAYS}`],
}

/**
 * Where an event is sent to, as its tool stood when it was written: not part of what happened, so the digest leaves it
 * out. Whoever changes it hides an event from filtered streams, and cannot make it say anything else.
 */
const ROUTING = ['change_events.platforms', 'change_events.capabilities']

describe('a row of the history that was changed by hand is named', () => {
  test('whichever column it was: each is in the table, but for those that only route events', async () => {
    const { rows } = await database.pool.query(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_name IN ('change_sets', 'change_events') ORDER BY 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual([...Object.keys(COLUMNS), ...ROUTING].sort())
  })

  test.each(ROUTING)('%s is no part of the chain', async (name) => {
    await tamper(`UPDATE change_events SET ${name.split('.')[1]} = '{other}' WHERE revision = 6`)
    expect(await firstBad()).toBe('none')
  })

  test.each(Object.entries(COLUMNS))('%s', async (name, [value, bad]) => {
    const [table, column] = name.split('.')
    const which = table === 'change_events' ? 'revision = 6 AND position = 1' : 'revision = 6'
    await tamper(`UPDATE ${table} SET ${column} = ${value} WHERE ${which}`)
    expect(await firstBad()).toBe(bad)
  })
})

/** Give rows of both tables another revision: by way of large ones, because no two may have the same. */
const renumber = (which: string, as: string) =>
  ['change_sets', 'change_events'].flatMap((table) => [
    `UPDATE ${table} SET revision = 1000 + ${as} WHERE ${which}`,
    `UPDATE ${table} SET revision = revision - 1000 WHERE revision > 1000`,
  ])
const unhash = (which: string) => `UPDATE change_sets SET digest = NULL, hash = NULL WHERE ${which}`
/** A copy of a row of revision 7 under other values. */
const copy = (table: string, values: object) =>
  `INSERT INTO ${table} SELECT copy.* FROM ${table} AS own,
     json_populate_record(own, '${JSON.stringify(values)}') AS copy WHERE own.revision = 7`
const insert = (revision: number, values: object = {}) => copy('change_sets', { revision, ...values })
const insertEvent = (revision: number, position: number) => copy('change_events', { revision, position })

describe('a history that was changed by hand is found at its first bad revision', () => {
  test.each<[string, string[], string]>([
    ['a row is deleted', ['DELETE FROM change_sets WHERE revision = 5'], `5: ${MISSING}`],
    ['the first row is deleted', ['DELETE FROM change_sets WHERE revision = 1'], `1: ${MISSING}`],
    ['the newest row is deleted', ['DELETE FROM change_sets WHERE revision = 15'], `15: ${MISSING}`],
    ['the newest rows are deleted', ['DELETE FROM change_sets WHERE revision > 12'], `13: ${MISSING}`],
    ['every row is deleted', ['DELETE FROM change_sets'], `1: ${MISSING}`],
    ['all that a row says is deleted', ['DELETE FROM change_events WHERE revision = 5'], `5: ${SAYS}`],
    ['one of its changes is deleted', ['DELETE FROM change_events WHERE revision = 6 AND position = 1'], `6: ${SAYS}`],
    [
      'two of its changes are swapped',
      [
        'UPDATE change_events SET position = position - 10 WHERE revision = 6',
        'UPDATE change_events SET position = -9 - position WHERE revision = 6',
      ],
      `6: ${SAYS}`,
    ],
    ['two rows are swapped', renumber('revision IN (5, 9)', '14 - revision'), `5: ${FOLLOWS}`],
    ['a row is copied behind the end', [insert(16), insertEvent(16, 0)], `16: ${BEYOND}`],
    ['a row without a hash is behind the end', [insert(16, { digest: null, hash: null })], `16: ${BEYOND}`],
    ['a row is far behind the end', [insert(99)], `99: ${BEYOND}`],
    [
      'a row is put between others',
      [...renumber('revision > 5', 'revision + 1'), insert(6), 'UPDATE catalog_state SET revision = revision + 1'],
      `6: ${SAYS}`,
    ],
    ['a change is added to a row', [insertEvent(5, 1)], `5: ${SAYS}`],
    ['a change is added to a row that has none', [insertEvent(0, 0)], `0: ${BEYOND}`],
    ['a change waits for a row to come', [insertEvent(16, 0)], `16: ${BEYOND}`],
    ['a row has lost its hashes', [unhash('revision = 7')], `7: ${UNHASHED}`],
    ['the newest rows have lost their hashes', [unhash('revision > 6')], `7: ${UNHASHED}`],
    // The first ones might be older than the chain: that they are not shows in the one behind them.
    ['the first rows have lost their hashes', [unhash('revision < 7')], `7: ${FOLLOWS}`],
    ['all rows have lost their hashes', [unhash('true')], `15: ${HEAD}`],
    ['the head is another', [`UPDATE catalog_state SET head_hash = ${OTHER}`], `15: ${HEAD}`],
    ['the head is gone', [`UPDATE catalog_state SET head_hash = ''`], `15: ${HEAD}`],
    ['the counter was set back', ['UPDATE catalog_state SET revision = 10'], `11: ${BEYOND}`],
    ['the counter was set forward', ['UPDATE catalog_state SET revision = 17'], `16: ${MISSING}`],
    ['the counter is gone', ['DELETE FROM catalog_state'], `1: ${BEYOND}`],
  ])('%s', async (_, statements, bad) => {
    await tamper(...statements)
    expect(await firstBad()).toBe(bad)
  })
})

/** Make a chain that fits, as whoever reads chain.ts can, from a revision on whose time was changed. */
async function rewriteFrom(first: number): Promise<string> {
  await tamper(`UPDATE change_sets SET at = at - interval '1 day' WHERE revision = ${first}`)
  const { rows } = await database.pool.query('SELECT revision, at, digest, hash FROM change_sets ORDER BY revision')
  let hash: string = rows[first - 2].hash
  for (const { revision, at, digest } of rows.slice(first - 1)) {
    hash = chainHash(hash, revision, at.toISOString(), digest)
    await tamper(`UPDATE change_sets SET hash = '${hash}' WHERE revision = ${revision}`)
  }
  return hash
}

test('a tail that was rewritten with hashes that fit is found by the head of the chain', async () => {
  await rewriteFrom(9)
  expect(await firstBad()).toBe(`15: ${HEAD}`)
})

test('a tail that was rewritten together with the head shows in a head that was kept elsewhere', async () => {
  const hash = await rewriteFrom(9)
  await tamper(`UPDATE catalog_state SET head_hash = '${hash}'`)
  const report = await verifyChain(database)
  expect(report.firstBad).toBeUndefined()
  expect(report.headHash).not.toBe(headHash)
})
