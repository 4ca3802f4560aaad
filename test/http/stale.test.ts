import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { execute } from '../support/client.ts'
import { cloneDatabase, isServer } from '../support/database.ts'
import { revokeKey } from '../support/keys.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { connect, subscription, tryToOpen } from '../support/websocket.ts'

// The embedded database goes away only with its server.
const onServer = test.skipIf(!isServer())

/** What an answer without the database may take, on a machine that tests share. */
const AT_ONCE_MS = 1_000
/** How long an answer about a key counts, and a little. */
const KEY_ASKED_AGAIN_MS = 2_200
const TOOL = 'query ($name: String! = "grep") { tool(name: $name) { name description } }'

let proxy: TcpProxy
let catalog: TestCatalog
let isAway = false

beforeAll(async () => {
  if (!isServer()) return
  const own = await cloneDatabase()
  proxy = await startTcpProxy(own.DATABASE_URL ?? '')
  catalog = await startTestCatalog({ ...own, DATABASE_URL: proxy.url })
  await catalog.create({ tool_name: 'grep' })
})
afterEach(async () => {
  if (isAway) await comeBack()
})

async function isReady(): Promise<boolean> {
  return (await fetch(new URL('/ready', catalog.url))).ok
}

async function goAway(): Promise<void> {
  await proxy.refuse()
  isAway = true
  // Until it is noticed, answers from memory are what they were a moment before.
  await expect.poll(isReady, { timeout: 2_000 }).toBe(false)
}

async function comeBack(): Promise<void> {
  await letThrough()
  await untilReady()
}

async function letThrough(): Promise<void> {
  await proxy.letThrough()
  isAway = false
}

async function untilReady(): Promise<void> {
  await expect.poll(isReady, { timeout: 2_000 }).toBe(true)
}

const ask = (query: string, variables: object = {}, headers: Record<string, string> = {}) =>
  execute(catalog.url, query, variables, headers)

onServer('a query is answered as it was last while the database is away, and says that it is stale', async () => {
  const before = await ask(TOOL)
  expect(before.extensions).toEqual({ revision: expect.stringMatching(/^\d+$/) })
  await goAway()
  const started = performance.now()
  const { status, data, errors, extensions, headers } = await ask(TOOL)
  expect(performance.now() - started).toBeLessThan(AT_ONCE_MS)
  expect({ status, data, errors }).toEqual({ status: 200, data: before.data, errors: undefined })
  expect(extensions).toEqual({ revision: before.extensions?.revision, stale: true })
  expect(headers.get('x-catalog-revision')).toBe(before.extensions?.revision)
})

onServer('once the database is back, answers are fresh again', async () => {
  await ask(TOOL)
  await goAway()
  await ask(TOOL)
  await comeBack()
  await catalog.create({ tool_name: 'back' })
  const { extensions } = await ask(TOOL)
  expect(extensions).toEqual({ revision: expect.stringMatching(/^\d+$/) })
})

onServer('the last answer is the one that is kept', async () => {
  await catalog.create({ tool_name: 'moving', description: 'First.' })
  const query = '{ tool(name: "moving") { description latest { version } } }'
  await ask(query)
  await catalog.publish({ tool_name: 'moving', version: '2.0.0', description: 'Second.' })
  const { data } = await ask(query)
  await goAway()
  expect((await ask(query)).data).toEqual(data)
})

onServer('a query that was not asked before, or with other variables, is refused with 503', async () => {
  await ask(TOOL)
  await goAway()
  for (const variables of [{ name: 'sed' }, { name: 'other' }]) {
    const { status, data, errors, headers } = await ask(TOOL, variables)
    expect({ status, data, code: errors?.[0]?.extensions?.code }).toEqual({
      status: 503,
      data: undefined,
      code: 'DATABASE_UNAVAILABLE',
    })
    expect(headers.get('retry-after')).toBe('1')
  }
})

onServer('a mutation is refused with 503 while the database is away, and is written when it is back', async () => {
  const query = 'mutation ($input: SetToolEnabledInput!) { setToolEnabled(input: $input) { __typename } }'
  const variables = { input: { tool: 'grep', enabled: true } }
  await goAway()
  const started = performance.now()
  const { status, errors } = await ask(query, variables, catalog.roles.editor)
  expect(performance.now() - started).toBeLessThan(5_000)
  expect([status, errors?.[0]?.extensions?.code]).toEqual([503, 'DATABASE_UNAVAILABLE'])
  await comeBack()
  await expect
    .poll(async () => (await ask(query, variables, catalog.roles.editor)).data, { timeout: 2_000 })
    .toEqual({ setToolEnabled: { __typename: 'SetToolEnabledSuccess' } })
})

onServer('a revision that the kept answer does not have is not promised', async () => {
  const { extensions } = await ask(TOOL)
  const kept = BigInt(extensions?.revision ?? '0')
  await catalog.create({ tool_name: 'newer' })
  await goAway()
  const minimum = (revision: bigint) => ask(TOOL, {}, { 'x-catalog-min-revision': String(revision) })
  expect((await minimum(kept)).extensions).toMatchObject({ stale: true })
  expect((await minimum(kept + 1n)).status).toBe(503)
})

onServer('an answer is kept for who got it: nobody else is given it', async () => {
  const { editor, reader, admin } = catalog.roles
  const query = '{ viewer { actor role } tools(first: 1) { totalCount } }'
  await ask(query, {}, editor)
  await ask(query, {}, reader)
  await goAway()
  expect((await ask(query, {}, editor)).data.viewer).toEqual({ actor: 'key:the editor', role: 'EDITOR' })
  expect((await ask(query, {}, reader)).data.viewer).toEqual({ actor: 'key:the reader', role: 'READER' })
  for (const headers of [admin, {}])
    expect((await ask(query, {}, headers)).errors?.[0]?.extensions?.code).toBe('DATABASE_UNAVAILABLE')
})

onServer('a key that was good gets what it got before, also when nobody can ask about it', async () => {
  const { editor } = catalog.roles
  // Right behind an outage nobody has confirmed the key yet.
  await expect.poll(async () => (await ask(TOOL, {}, editor)).data, { timeout: 5_000 }).toBeDefined()
  const { data } = await ask(TOOL, {}, editor)
  await goAway()
  await sleep(KEY_ASKED_AGAIN_MS)
  const stale = await ask(TOOL, {}, editor)
  expect({ data: stale.data, extensions: stale.extensions }).toMatchObject({ data, extensions: { stale: true } })
  const unknown = await ask(TOOL, {}, { authorization: 'Bearer tcat_nobody' })
  expect(unknown.status).toBe(401)
})

onServer('a key that nobody can ask about opens no stream', async () => {
  const { editor } = catalog.roles
  await ask(TOOL, {}, editor)
  await goAway()
  await sleep(KEY_ASKED_AGAIN_MS)
  expect(await tryToOpen(catalog.url, { headers: editor })).toMatchObject({ status: 503 })
  await expect(connect(catalog.url, editor)).rejects.toThrow('closed with 1013')
  await ask(TOOL, {}, editor)
  await letThrough()
  // Nobody has asked again yet: half a second after the last try somebody would, and to be ready may take the server longer.
  const { status } = await fetch(catalog.url, {
    method: 'POST',
    headers: { ...editor, accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'subscription { catalogChanges { __typename } }' }),
    signal: AbortSignal.timeout(5_000),
  })
  await untilReady()
  expect(status).toBe(503)
})

onServer('a key that was revoked meanwhile is refused as soon as somebody can be asked about it', async () => {
  const { admin } = catalog.roles
  await ask(TOOL, {}, admin)
  await revokeKey(catalog.config, 'the admin')
  await goAway()
  await sleep(KEY_ASKED_AGAIN_MS)
  // It reads what it had read, and that alone.
  expect((await ask(TOOL, {}, admin)).extensions).toMatchObject({ stale: true })
  await comeBack()
  const states: number[] = []
  while (states.at(-1) !== 401) states.push((await ask('{ tools(first: 1) { totalCount } }', {}, admin)).status)
  // Never 200: while nobody has confirmed the key, nothing is read for it.
  expect(new Set(states)).toEqual(new Set(states.length > 1 ? [503, 401] : [401]))
})

onServer('a stream that is open stays open while the database is away, and goes on where it was', async () => {
  const client = await connect(catalog.url)
  client.send(subscription('a', 'subscription { catalogChanges { ... on ChangeSet { events { toolName } } } }'))
  expect((await client.next()).payload.data.catalogChanges).toEqual({})
  await goAway()
  await sleep(1_000)
  await comeBack()
  await catalog.create({ tool_name: 'after-the-outage' })
  const { payload } = await client.next()
  expect(payload.data.catalogChanges).toEqual({ events: [{ toolName: 'after-the-outage' }] })
})
