import { beforeAll, describe, expect, test } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { renewEpoch } from '../../src/changes/epoch.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { asSuperuser } from '../audit/tampering.ts'
import { closeLater } from '../support/database.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import {
  type Following,
  followByEvents,
  followBySocket,
  type Item,
  takeUntil,
  type Variables,
} from './stream-client.ts'
import { anEvent, createTools, type HistoryTool, write, writeMany } from './write-history.ts'

/**
 * The watch bugs that etcd found in itself (github.com/etcd-io/etcd, tests/robustness/README.md), as they would show here.
 */
let catalog: TestCatalog
let database: Database
let tools: HistoryTool[]
beforeAll(async () => {
  catalog = await startTestCatalog({
    MAX_SOCKETS_PER_KEY: '1000',
    MAX_SOCKETS_PER_ADDRESS: '1000',
    MAX_SUBSCRIPTIONS_PER_SOCKET: '1000',
  })
  database = await openDatabase(catalog.config, { mayAttach: true })
  closeLater(() => database.close())
  tools = await createTools(database)
})

const tool = (index: number): HistoryTool => {
  const found = tools[index]
  if (!found) throw new Error(`no tool ${index}`)
  return found
}
const watch = (variables?: Variables, by = followBySocket): Promise<Following> =>
  by(catalog.url, catalog.roles.editor, variables)
const inShort = ({ __typename, revision, reason }: Item) =>
  __typename === 'ChangeSet' ? Number(revision) : (reason ?? `bookmark ${revision}`)
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const head = async () => Number((await database.pool.query('SELECT revision FROM catalog_state')).rows[0].revision)
/** Keep so many revisions. @returns what is compacted by then */
const compact = async (revisions: number) => {
  await database.pool.query('SELECT pg_sleep(0.01)')
  return Number((await compactHistory(database, { revisions, hours: 0 })).compactedRevision)
}

describe.each([
  ['websocket', followBySocket],
  ['SSE', followByEvents],
])('by %s', (_, by) => {
  test('#17529: a slow watcher that is far behind while others are served loses nothing', async () => {
    const start = await head()
    const slow = await watch({ after: String(start) }, by)
    const fast = await watch({ after: String(start) }, by)
    const taken = [await slow.next()]
    for (let round = 0; round < 4; round++) {
      await writeMany(database, tools, { writers: 4, revisions: 15 })
      await takeUntil(fast, start + 15 * (round + 1))
      // One item, while sixty come.
      taken.push(await slow.next())
    }
    const rest = await takeUntil(slow, start + 60)
    const items = [...taken, ...rest].flatMap((item) =>
      item?.__typename === 'ChangeSet' ? [Number(item.revision)] : [],
    )
    expect(items).toEqual(upTo(start + 1, start + 60))
    slow.leave()
    fast.leave()
  })

  test('#18089: a watcher that a compaction overtakes is told so, and drops nothing silently', async () => {
    const start = await head()
    await writeMany(database, tools, { writers: 4, revisions: 30 })
    const compactions = setInterval(() => void compact(5).catch(() => {}), 20)
    closeLater(() => clearInterval(compactions))
    const outcomeOf = async (offset: number) => {
      const watcher = await watch({ after: String(start + offset) }, by)
      const items = (await takeUntil(watcher, start + 30)).map(inShort)
      watcher.leave()
      return { offset, items: items.filter((item) => !String(item).startsWith('bookmark')) }
    }
    const outcomes = await Promise.all(upTo(0, 29).map(outcomeOf))
    clearInterval(compactions)
    // They may all have been done before the first compaction was: this one is not.
    await compact(5)
    outcomes.push(await outcomeOf(0))
    for (const { offset, items } of outcomes) {
      const whole = upTo(start + offset + 1, start + 30)
      const last = items.at(-1)
      // What came before it was said is the beginning of what was to come, without a gap.
      if (last === 'COMPACTED') expect(items.slice(0, -1)).toEqual(whole.slice(0, items.length - 1))
      else expect(items, `after ${offset}`).toEqual(whole)
    }
    expect(outcomes.some(({ items }) => items.at(-1) === 'COMPACTED')).toBe(true)
    expect(outcomes.some(({ items }) => items.at(-1) !== 'COMPACTED')).toBe(true)
  })
})

test('#19179: a watcher that begins at the compacted revision gets the deletion behind it; one below is told', async () => {
  const deleted = await write(database, anEvent(tool(0), { kind: 'ToolDeleted', after: null }))
  const last = await write(database, anEvent(tool(1)))
  expect(await compact(2)).toBe(deleted - 1)
  const at = await watch({ after: String(deleted - 1) })
  expect((await takeUntil(at, last)).map(inShort).slice(0, 2)).toEqual([deleted, last])
  const below = await watch({ after: String(deleted - 2) })
  expect(await below.next()).toMatchObject({
    reason: 'COMPACTED',
    compactedRevision: String(deleted - 1),
    currentRevision: String(last),
  })
  expect(await below.next()).toBeUndefined()
  const above = await watch({ after: String(deleted) })
  expect((await takeUntil(above, last)).map(inShort)[0]).toBe(last)
  // And the deletion itself, once it is compacted, is not skipped by whoever has not seen it.
  expect(await compact(1)).toBe(deleted)
  expect(await (await watch({ after: String(deleted - 1) })).next()).toMatchObject({ reason: 'COMPACTED' })
})

test('#20221: a watch on a future revision is refused, also of one revision, and never gets old events', async () => {
  const current = await head()
  for (const ahead of [1, 2, 1_000, 1e15])
    await expect((await watch({ after: String(current + ahead) })).next()).rejects.toMatchObject({
      extensions: { code: 'FUTURE_REVISION', currentRevision: String(current) },
    })
  // What another replica has committed just now is no future, though nobody has told this one.
  for (let i = 0; i < 20; i++) {
    const revision = await write(database, anEvent(tool(2)))
    const watcher = await watch({ after: String(revision) })
    expect(inShort((await watcher.next()) ?? ({} as Item))).toBe(`bookmark ${revision}`)
    watcher.leave()
  }
})

test('#15220: what a bookmark says was delivered never comes behind it, and never had not come', async () => {
  const start = await head()
  const watchers = await Promise.all(
    upTo(0, 5).map((index) => watch({ after: String(start), filter: { tools: [tool(index).name] } })),
  )
  const taking = watchers.map((watcher) => takeUntil(watcher, start + 60))
  await writeMany(database, tools, { writers: 8, revisions: 60 })
  const { rows } = await database.pool.query<{ revision: number; name: string }>(
    'SELECT revision::int, tool_name AS name FROM change_events WHERE revision > $1 ORDER BY revision',
    [start],
  )
  for (const [index, items] of (await Promise.all(taking)).entries()) {
    let covered = start
    for (const item of items) {
      const own = rows.filter(({ name, revision }) => name === tool(index).name && revision > covered)
      const next = own[0]?.revision ?? Number.POSITIVE_INFINITY
      if (item.__typename === 'Bookmark') expect(next).toBeGreaterThan(Number(item.revision))
      else expect(Number(item.revision)).toBe(next)
      covered = Number(item.revision)
    }
    expect(covered).toBe(start + 60)
  }
  for (const watcher of watchers) watcher.leave()
})

test('#17247: a transaction that changes one tool several times is one item, with each change once', async () => {
  const watcher = await watch({ after: String(await head()) })
  const events = [0, 1, 0, 0, 1].map((index) => anEvent(tool(index)))
  const revision = await write(database, ...events)
  const items = await takeUntil(watcher, revision)
  expect(items.filter(({ __typename }) => __typename === 'ChangeSet')).toEqual([
    {
      __typename: 'ChangeSet',
      revision: String(revision),
      eventCount: 5,
      events: events.map(({ toolName }, position) => ({ position, toolName })),
    },
  ])
  const next = await write(database, anEvent(tool(0)))
  expect((await takeUntil(watcher, next)).map(inShort).filter((item) => item === revision)).toEqual([])
  watcher.leave()
})

// Last: it takes the history back.
test('#15271: a log that has gone back in time is said, with and without a new epoch, and no revision comes twice', async () => {
  const before = await head()
  await write(database, anEvent(tool(0)))
  const last = await write(database, anEvent(tool(1)))
  const { epoch } = (await (await watch()).next()) ?? {}
  const watcher = await watch({ after: String(before) })
  await takeUntil(watcher, last)
  await asSuperuser(
    database,
    `DELETE FROM change_events WHERE revision > ${before}`,
    `DELETE FROM change_sets WHERE revision > ${before}`,
    `UPDATE catalog_state SET revision = ${before}`,
  )
  expect((await takeUntil(watcher, Number.POSITIVE_INFINITY)).map(inShort).at(-1)).toBe('EPOCH_CHANGED')
  const renewed = await renewEpoch(database)
  const again = await write(database, anEvent(tool(2)))
  expect(await (await watch({ after: String(before), epoch: String(epoch) })).next()).toMatchObject({
    reason: 'EPOCH_CHANGED',
    currentRevision: String(again),
    epoch: renewed,
  })
  const [item] = await takeUntil(await watch({ after: String(before), epoch: renewed }), again)
  expect(item).toMatchObject({ revision: String(again), events: [{ toolName: tool(2).name }] })
})
