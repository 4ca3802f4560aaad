import { beforeAll, describe, expect, test } from 'vitest'
import { readEpoch } from '../../src/changes/epoch.ts'
import { openDatabase } from '../../src/db/database.ts'
import { closeLater } from '../support/database.ts'
import { startTestCatalog } from '../support/test-catalog.ts'
import { type Follow, followByEvents, followBySocket, type Item, revisionOf } from './stream-client.ts'
import { readTruth, type Truth } from './truth.ts'
import { createTools, writeMany } from './write-history.ts'

/** Before and while the subscribers follow. */
const REVISIONS = { before: 100, during: 200 }
const WRITERS = 16

interface Subscriber {
  readonly name: string
  readonly follow: Follow
  readonly role: 'reader' | 'editor'
  /** Undefined: from now on. */
  readonly after: number | undefined
  readonly filter: { tools?: string[]; platforms?: string[]; capabilities?: string[] }
  /** After how many items it leaves, and comes back: 0 means never. */
  readonly leavesEvery: number
}

/** What one subscriber got, with the revision that each of its connections began behind. */
interface Recorded extends Subscriber {
  readonly connections: { readonly after: number | undefined; readonly items: Item[] }[]
}

const FILTERS: Subscriber['filter'][] = [
  {},
  { tools: ['TOOL-0', 'tool-3'] },
  { platforms: ['linux'] },
  { capabilities: ['capability_2'], platforms: ['darwin'] },
  { tools: ['tool-1'], capabilities: ['capability_0'] },
]

function subscribers(head: number): Subscriber[] {
  return Array.from({ length: 24 }, (_, index) => {
    const follow = index % 3 === 2 ? followByEvents : followBySocket
    const after = index % 6 === 5 ? undefined : Math.floor(Math.random() * (head + 1))
    const filter = FILTERS[index % FILTERS.length] ?? {}
    const role = index % 2 ? 'reader' : 'editor'
    const leavesEvery = index % 4 === 0 ? 0 : 8 + Math.floor(Math.random() * 40)
    const how = `${follow === followByEvents ? 'SSE' : 'websocket'}, ${role}, after ${after}, ${JSON.stringify(filter)}`
    return { name: `${index}: ${how}, leaves every ${leavesEvery}`, follow, role, after, filter, leavesEvery }
  })
}

let truth: Truth
let epoch: string
let records: Recorded[]
beforeAll(async () => {
  const { url, config, roles } = await startTestCatalog({
    MAX_SOCKETS_PER_KEY: '1000',
    MAX_SOCKETS_PER_ADDRESS: '1000',
    MAX_SUBSCRIPTIONS_PER_SOCKET: '1000',
  })
  const database = await openDatabase(config, { mayAttach: true })
  closeLater(() => database.close())
  const tools = await createTools(database)
  await writeMany(database, tools, { writers: WRITERS, revisions: REVISIONS.before })
  const last = 1 + REVISIONS.before + REVISIONS.during
  const record = async (subscriber: Subscriber): Promise<Recorded> => {
    const { follow, role, filter, leavesEvery } = subscriber
    const connections: Recorded['connections'] = []
    for (let { after } = subscriber, isDone = false; !isDone; ) {
      const following = await follow(url, roles[role], { after: after?.toString(), filter })
      const items: Item[] = []
      connections.push({ after, items })
      while (!isDone && !(leavesEvery > 0 && items.length >= leavesEvery)) {
        const item = await following.next()
        if (!item) break
        items.push(item)
        after = revisionOf(item)
        isDone = after >= last
      }
      following.leave()
    }
    return { ...subscriber, connections }
  }
  const all = subscribers(1 + REVISIONS.before).map(record)
  await writeMany(database, tools, { writers: WRITERS, revisions: REVISIONS.during })
  records = await Promise.all(all)
  truth = await readTruth(database)
  epoch = await readEpoch(database)
  expect(truth.head).toBe(last)
})

const itemsOf = ({ connections }: Recorded) => connections.flatMap(({ items }) => items)
const changeSetsOf = (record: Recorded) => itemsOf(record).filter(({ __typename }) => __typename === 'ChangeSet')
const each = (check: (record: Recorded) => void) => {
  expect(records).toHaveLength(24)
  for (const record of records) check(record)
}

describe('under sixteen writers, for readers and editors, with and without a filter, over websockets and SSE', () => {
  test('ordered: revisions increase', () => {
    each((record) => {
      const revisions = changeSetsOf(record).map(revisionOf)
      expect(revisions, record.name).toEqual([...revisions].sort((one, other) => one - other))
    })
  })

  test('unique: none comes twice, not even across connections', () => {
    each((record) => {
      const revisions = changeSetsOf(record).map(revisionOf)
      expect(new Set(revisions).size, record.name).toBe(revisions.length)
    })
  })

  test('reliable: none is skipped that is for the subscriber, and none comes that is not', () => {
    let drafts = 0
    each((record) => {
      const [first] = record.connections
      const start = record.after ?? Number(first?.items[0]?.revision)
      const expected = truth.expected(record).filter((revision) => revision > start)
      expect(changeSetsOf(record).map(revisionOf), record.name).toEqual(expected)
      drafts += truth.expected({ ...record, role: 'editor' }).length - truth.expected(record).length
    })
    // Otherwise the roles were not tried.
    expect(drafts).toBeGreaterThan(0)
  })

  test('atomic: a revision comes whole, in one item, with what the filter and the role let through', () => {
    each((record) => {
      for (const { revision, events, eventCount } of changeSetsOf(record)) {
        const expected = truth.events(Number(revision), record)
        expect(events, `${record.name} ${revision}`).toEqual(expected)
        expect(eventCount).toBe(expected.length)
      }
    })
  })

  test('resumable: each connection goes on behind the last revision of the one before', () => {
    let reconnections = 0
    each(({ connections, name }) => {
      for (const { after, items } of connections)
        for (const item of items) expect(revisionOf(item), name).toBeGreaterThanOrEqual(after ?? 0)
      for (const { after, items } of connections)
        for (const item of items.filter(({ __typename }) => __typename === 'ChangeSet'))
          expect(revisionOf(item), name).toBeGreaterThan(after ?? 0)
      reconnections += connections.length - 1
    })
    expect(reconnections).toBeGreaterThan(20)
  })

  test('bookmarkable: behind a bookmark nothing comes that it says was delivered', () => {
    let bookmarks = 0
    each(({ connections, name }) => {
      for (const { items } of connections) {
        for (const [index, item] of items.entries()) {
          if (item.__typename !== 'Bookmark') continue
          bookmarks++
          expect(item.epoch).toBe(epoch)
          for (const earlier of items.slice(0, index))
            expect(revisionOf(earlier), name).toBeLessThanOrEqual(revisionOf(item))
          for (const later of items.slice(index + 1)) {
            if (later.__typename === 'ChangeSet') expect(revisionOf(later), name).toBeGreaterThan(revisionOf(item))
          }
        }
      }
    })
    expect(bookmarks).toBeGreaterThan(24)
  })
})

test('who follows from now on first gets a bookmark of where that is', () => {
  const fromNow = records.filter(({ after }) => after === undefined)
  expect(fromNow.length).toBeGreaterThan(2)
  for (const { connections } of fromNow) expect(connections[0]?.items[0]).toMatchObject({ __typename: 'Bookmark' })
})
