import { type ExecutionArgs, type ExecutionResult, parse } from 'graphql'
import { beforeEach, describe, expect, test } from 'vitest'
import { CatalogCache } from '../../src/catalog/catalog-cache.ts'
import { compactHistory } from '../../src/changes/compact.ts'
import { ChangeFeed } from '../../src/changes/feed.ts'
import { ChangeHub } from '../../src/changes/hub.ts'
import type { Database } from '../../src/db/database.ts'
import { createContext } from '../../src/graphql/context.ts'
import { schema } from '../../src/graphql/schema.ts'
import { CredentialWatch } from '../../src/http/credential-watch.ts'
import { SharedStream } from '../../src/http/shared-stream.ts'
import { createSubscribe } from '../../src/http/subscribe.ts'
import { createLogger } from '../../src/logger.ts'
import { anEvent, createTools, type HistoryTool, write } from '../changes/write-history.ts'
import { openTestDatabase } from '../support/database.ts'

const logger = createLogger({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json' })
/** A plain one, and one that reads the documents from the database: a snapshot for each execution. */
const HEAD = '__typename ... on Bookmark { revision } ... on ResyncRequired { reason compactedRevision }'
const documentOf = (events: string) =>
  parse(`subscription ($after: Revision, $filter: CatalogChangesFilter) {
    catalogChanges(afterRevision: $after, filter: $filter) { ${HEAD} ... on ChangeSet { revision events { ${events} } } } }`)
const PLAIN = documentOf('toolName')
const WITH_DOCUMENTS = documentOf('toolName after')

let database: Database
let tools: HistoryTool[]
let feed: ChangeFeed
let hub: ChangeHub
/** Executions that have read documents, and reads of the log's older history. */
let counts: { executions: number; pages: number }
let isAway: boolean
let isRevoked: boolean
let subscribe: ReturnType<typeof createSubscribe>
beforeEach(async () => {
  database ??= await openTestDatabase()
  tools ??= await createTools(database)
  counts = { executions: 0, pages: 0 }
  isAway = isRevoked = false
  const recorded = record(database)
  feed = new ChangeFeed(() => database, logger)
  hub = new ChangeHub(feed, () => recorded)
  await feed.start()
  subscribe = createSubscribe({ watch: new CredentialWatch(async () => !isRevoked, logger), logger })
  return async () => {
    hub.stop()
    await feed.stop()
  }
})

function record(real: Database): Database {
  const pool = new Proxy(real.pool, {
    get: (target, name) => {
      if (name === 'connect') {
        counts.executions++
        if (isAway)
          return () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      }
      if (name === 'query') counts.pages++
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...real, pool }
}

interface Asking {
  readonly document?: typeof PLAIN
  readonly role?: 'reader' | 'editor'
  readonly variables?: object
}

async function follow({ document = PLAIN, role = 'editor', variables = {} }: Asking): Promise<SharedStream> {
  const viewer = { actor: 'key:a', role, via: 'api-key', keyId: 'a', expiresAt: undefined } as const
  const cache = new CatalogCache(feed, { tools: 0, bytes: 0 })
  const call = { database: record(database), viewer, requestId: 'r', compatibility: 'none', hub, cache } as const
  // What else the context has, subscriptions to changes do not look at.
  const contextValue = createContext(call as unknown as Parameters<typeof createContext>[0])
  const args = { schema, document, variableValues: variables, contextValue } as ExecutionArgs
  const stream: SharedStream | ExecutionResult = await subscribe(args)
  if (stream instanceof SharedStream) return stream
  throw stream.errors?.[0] ?? new Error('no stream')
}

/** The next item in short: the revision, `bookmark`, why to resync, or `end`; and what is in it. */
async function take(stream: SharedStream) {
  const { done, value } = await stream.next()
  if (done) return { item: 'end', events: [], json: '' }
  const { __typename, revision, reason, events = [] } = JSON.parse(value.json).data.catalogChanges
  return { item: reason ?? (__typename === 'Bookmark' ? 'bookmark' : revision), events, json: value.json as string }
}

const firstTool = (): HistoryTool => {
  const [tool] = tools
  if (!tool) throw new Error('no tool')
  return tool
}
const change = (...more: Parameters<typeof anEvent>[1][]) =>
  write(database, ...(more.length ? more : [{}]).map((fields) => anEvent(firstTool(), fields)))

describe('subscribers that ask the same share each answer', () => {
  test('two hundred, each from another revision on, cost one execution an item and one read of the log', async () => {
    const start = feed.state.revision
    for (let i = 0; i < 20; i++) await change()
    // A replica that has not seen these in its memory: they are history.
    feed = new ChangeFeed(() => database, logger)
    hub = new ChangeHub(feed, () => record(database))
    await feed.start()
    const streams = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        follow({ document: WITH_DOCUMENTS, variables: { after: String(start + (index % 20)) } }),
      ),
    )
    counts = { executions: 0, pages: 0 }
    const texts = new Map<string, Set<string>>()
    await Promise.all(
      streams.map(async (stream, index) => {
        for (let expected = start + (index % 20) + 1; expected <= start + 20; expected++) {
          const { item, json } = await take(stream)
          expect(item).toBe(String(expected))
          texts.set(item, (texts.get(item) ?? new Set()).add(json))
        }
      }),
    )
    expect(counts.executions).toBe(20)
    expect(counts.pages).toBeLessThanOrEqual(2)
    for (const [item, ways] of texts) expect(ways.size, item).toBe(1)
    // And what comes live, too.
    const revision = String(await change())
    const live = streams.map(async (stream) => {
      for (let item = ''; item !== revision; ) ({ item } = await take(stream))
    })
    await Promise.all(live)
    expect(counts.executions).toBe(21)
  })

  test('those of another role, filter or document share nothing', async () => {
    const after = String(await change())
    await change({ draft: true, after: { secret: true } }, { after: { secret: false } })
    const filter = { tools: [tools[0]?.name] }
    const asking: Asking[] = [
      { document: WITH_DOCUMENTS, role: 'editor', variables: { after } },
      { document: WITH_DOCUMENTS, role: 'reader', variables: { after } },
      { document: WITH_DOCUMENTS, role: 'reader', variables: { after, filter } },
      { document: documentOf('toolName before after'), role: 'reader', variables: { after } },
    ]
    const streams = await Promise.all(asking.map(follow))
    counts.executions = 0
    const taken = await Promise.all(streams.map(take))
    expect(counts.executions).toBe(4)
    expect(taken.map(({ events }) => events.length)).toEqual([2, 1, 1, 1])
    for (const { json } of taken.slice(1)) expect(json).not.toContain('"secret":true')
  })

  test('whoever may see no more is sent nothing, though the answer is there', async () => {
    const after = String(await change())
    await change()
    const streams = [await follow({ variables: { after } }), await follow({ variables: { after } })] as const
    expect((await take(streams[0])).item).toMatch(/^\d+$/)
    isRevoked = true
    await expect(take(streams[1])).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
    expect(await take(streams[1])).toMatchObject({ item: 'end' })
  })
})

describe('a database that is away while documents are read', () => {
  test('ends the stream, and leaves no bad answer to those who resume', async () => {
    const after = String(await change())
    const revision = String(await change())
    const asking = { document: WITH_DOCUMENTS, variables: { after } }
    const stream = await follow(asking)
    isAway = true
    await expect(take(stream)).rejects.toMatchObject({ extensions: { code: 'DATABASE_UNAVAILABLE' } })
    expect(hub.size).toBe(0)
    isAway = false
    expect(await take(await follow(asking))).toMatchObject({
      item: revision,
      events: [{ after: { description: 'New.' } }],
    })
  })
})

describe('what cannot be sent is said', () => {
  const ends = async (stream: SharedStream, reason: string) => {
    expect([(await take(stream)).item, (await take(stream)).item]).toEqual([reason, 'end'])
    expect(hub.size).toBe(0)
  }

  test('a revision whose message is over 256 KiB, to those who asked for what is so large', async () => {
    const after = String(await change())
    const revision = String(await change({ after: { text: 'x'.repeat(256 * 1024) } }))
    await ends(await follow({ document: WITH_DOCUMENTS, variables: { after } }), 'TOO_LARGE')
    expect(await take(await follow({ variables: { after } }))).toMatchObject({ item: revision })
  })

  test('a revision just below 256 KiB is sent', async () => {
    const after = String(await change())
    const revision = String(await change({ after: { text: 'x'.repeat(256 * 1024 - 300) } }))
    expect((await take(await follow({ document: WITH_DOCUMENTS, variables: { after } }))).item).toBe(revision)
  })

  test.each([
    [1_000, false],
    [1_001, true],
  ])('a revision of %i changes (too large: %s)', async (count, isTooLarge) => {
    const after = String(await change())
    const revision = String(await change(...Array.from({ length: count }, () => ({ after: null }))))
    const stream = await follow({ document: documentOf('position'), variables: { after } })
    if (isTooLarge) await ends(stream, 'TOO_LARGE')
    else expect(await take(stream)).toMatchObject({ item: revision, events: { length: 1_000 } })
  })

  test('changes that were compacted, to those who ask for their documents', async () => {
    const after = String(await change())
    const first = String(await change())
    await change()
    const withDocuments = await follow({ document: WITH_DOCUMENTS, variables: { after } })
    const plain = await follow({ variables: { after } })
    // Both have begun before the compaction; only the second one gets on without the database.
    expect((await take(plain)).item).toBe(first)
    expect((await take(withDocuments)).item).toBe(first)
    await database.pool.query('SELECT pg_sleep(0.01)')
    const { compactedRevision } = await compactHistory(database, { revisions: 0, hours: 0 })
    expect((await take(plain)).item).toBe(compactedRevision)
    await plain.return()
    await ends(withDocuments, 'COMPACTED')
  })
})
