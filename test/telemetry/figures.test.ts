import { beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, tool } from '../reload/folder.ts'
import { execute } from '../support/client.ts'
import { isServer } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { revokeKey } from '../support/keys.ts'
import { besideApp, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { connect, subscription, tryToOpen } from '../support/websocket.ts'
import { growth, type Scrape, scrape } from './scrape.ts'

const METRICS = { METRICS_PORT: '0' }
let catalog: TestCatalog
const now = () => scrape(catalog.metricsUrl)
const grew = (before: Scrape, series: string) =>
  expect.poll(async () => growth(before, await now(), series), { message: series, timeout: 10_000 })
const is = (series: string) =>
  expect.poll(async () => (await now()).value(series), { message: series, timeout: 10_000 })

beforeAll(async () => {
  catalog = await startTestCatalog({ ...METRICS, MAX_SUBSCRIPTIONS_PER_SOCKET: '3' })
  await catalog.create({ tool_name: 'grep' })
})

describe('the database', () => {
  test('has its statements by kind, and its pool', async () => {
    const before = await now()
    await catalog.create({ tool_name: 'awk' })
    await catalog.read('{ tools { totalCount } }')
    const after = await now()
    for (const kind of ['read', 'write', 'other'])
      expect(growth(before, after, `database_query_duration_seconds_count{kind="${kind}"}`), kind).toBeGreaterThan(0)
    const { series, value } = after
    expect(value('database_query_duration_seconds_sum{kind="write"}')).toBeGreaterThan(0.000_1)
    expect(value('database_pool_limit')).toBe(isServer() ? catalog.config.DATABASE_POOL_MAX : 4)
    expect(value('database_pool_waiting')).toBe(0)
    expect(value('database_pool_connections{state="in_use"}')).toBeGreaterThanOrEqual(0)
    expect(value('database_pool_connections{state="idle"}')).toBeGreaterThan(0)
    expect(growth(before, after, 'database_pool_wait_seconds_count')).toBeGreaterThan(0)
    expect(series('database_errors_total')).toEqual(['tool_catalog_database_errors_total{code="connection"}'])
  })

  test('has its errors by class', async () => {
    const before = await now()
    await besideApp(catalog.config, async ({ pool, queries }) => {
      await expect(pool.query('SELECT 1 / 0')).rejects.toThrow('division by zero')
      await expect(pool.query('SELECT nonsense FROM nowhere')).rejects.toThrow('nowhere')
      expect(Array.from(queries.errors.entries())).toEqual([
        ['connection', '', 0],
        ['22', '', 1],
        ['42', '', 1],
      ])
      const durations = Object.fromEntries(queries.durations.entries())
      expect([durations.read?.count, durations.write?.count]).toEqual([2, 0])
      // SET, of each new connection.
      expect(durations.other?.count).toBeGreaterThanOrEqual(1)
    })
    // That was another process of the same database.
    expect((await now()).series('database_errors_total')).toEqual(before.series('database_errors_total'))
  })
})

test('tools, the revision and the feed', async () => {
  const before = await now()
  await catalog.create({ tool_name: 'ipconfig', platform: 'windows' })
  await is('tools{platform="windows",status="active"}').toBe(1)
  const { value } = await now()
  expect(value('tools{platform="linux",status="active"}')).toBe(before.value('tools{platform="linux",status="active"}'))
  expect(value('revision')).toBe((before.value('revision') ?? 0) + 1)
  expect(value('feed_following')).toBe(1)
  expect(value('ready')).toBe(1)
  expect(value('feed_lag_revisions')).toBe(0)
  expect(value('feed_lag_seconds')).toBeLessThan(1)
  await catalog.done('deleteTool', { tool: 'ipconfig' })
  await is('tools{platform="windows",status="active"}').toBeUndefined()
})

test('platforms beyond the first 50 are told together', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `p${String(index).padStart(2, '0')}`)
  const documents = names.map((name) => JSON.stringify(aDefinition({ tool_name: `tool-${name}`, platform: name })))
  const before = await now()
  await catalog.done('importTools', { text: documents.join('\n') })
  await is('tools{platform="other",status="active"}').toBe(11)
  const after = await now()
  expect(after.series('tools')).toHaveLength(51)
  expect(growth(before, after, 'imports_total{outcome="succeeded"}')).toBe(1)
  expect(growth(before, after, 'imported_tools_total')).toBe(60)
})

test('imports by what came of them', async () => {
  const text = JSON.stringify(aDefinition({ tool_name: 'imported' }))
  const before = await now()
  await catalog.done('importTools', { text, dryRun: true })
  await catalog.done('importTools', { text })
  await catalog.done('importTools', { text })
  await catalog.refused('importTools', { text: '{}' }, 'InvalidInputError')
  const after = await now()
  const of = (outcome: string) => growth(before, after, `imports_total{outcome="${outcome}"}`)
  expect(['succeeded', 'unchanged', 'rejected', 'failed'].map(of)).toEqual([1, 1, 1, 0])
  expect(growth(before, after, 'imported_tools_total')).toBe(1)
})

test('limits and credentials', async () => {
  const strict = await startTestCatalog({
    ...METRICS,
    RATE_LIMIT_PER_KEY: '2',
    MAX_SOCKETS_PER_ADDRESS: '1',
    ANONYMOUS_ROLE: 'none',
    AUTH_FAILURES_PER_MINUTE: '5',
  })
  const statuses = []
  for (let index = 0; index < 4; index++)
    statuses.push((await execute(strict.url, '{ __typename }', {}, strict.roles.reader)).status)
  expect(statuses).toEqual([200, 200, 429, 429])
  expect((await execute(strict.url, '{ __typename }')).status).toBe(401)
  const first = await tryToOpen(strict.url)
  expect(first).toHaveProperty('socket')
  expect(await tryToOpen(strict.url)).toMatchObject({ status: 429 })
  const wrong = { authorization: 'Bearer nonsense' }
  for (let index = 0; index < 6; index++) await execute(strict.url, '{ __typename }', {}, wrong)
  const { value } = await scrape(strict.metricsUrl)
  expect(value('auth_failures_total{reason="bad_credential"}')).toBe(5)
  expect(value('rate_limited_total{limit="credentials"}')).toBe(1)
  expect(value('rate_limited_total{limit="key"}')).toBe(2)
  expect(value('rate_limited_total{limit="sockets"}')).toBe(1)
  expect(value('auth_failures_total{reason="no_credential"}')).toBe(1)
  expect(value('http_requests_total{route="websocket",status="101"}')).toBe(1)
  expect(value('http_requests_total{route="websocket",status="429"}')).toBe(1)
})

describe('subscriptions', () => {
  const NAMED = 'subscription Named { catalogChanges { __typename ... on ChangeSet { revision } } }'

  test('are counted while they are open, with what is delivered and how late', async () => {
    const before = await now()
    const client = await connect(catalog.url, {}, { headers: catalog.roles.editor })
    client.send(subscription('a', NAMED))
    expect((await client.next()).payload.data.catalogChanges.__typename).toBe('Bookmark')
    await is('subscribers{transport="websocket"}').toBe(1)
    expect(growth(before, await now(), 'delivery_lag_seconds_count')).toBe(0)
    await catalog.create({ tool_name: 'delivered' })
    expect((await client.next()).payload.data.catalogChanges.__typename).toBe('ChangeSet')
    await grew(before, 'deliveries_total').toBe(2)
    const after = await now()
    expect(growth(before, after, 'delivery_lag_seconds_count')).toBe(1)
    expect(growth(before, after, 'delivery_lag_seconds_sum')).toBeLessThan(5)
    expect(growth(before, after, 'operations_total{operation="Named",type="subscription",outcome="ok"}')).toBe(1)
    expect(after.value('subscriber_behind_max_revisions')).toBe(0)
    client.send({ type: 'complete', id: 'a' })
    await grew(before, 'subscriptions_closed_total{reason="complete"}').toBe(1)
    await is('subscribers{transport="websocket"}').toBe(0)
    // The end of the websocket is not another end of the subscription.
    client.socket.close()
    await client.closed
    expect(growth(before, await now(), 'subscriptions_closed_total{reason="disconnected"}')).toBe(0)
  })

  test('that are refused are operations with an error', async () => {
    const before = await now()
    const client = await connect(catalog.url, {}, { headers: catalog.roles.editor })
    client.send(subscription('a', 'subscription { noSuchField }'))
    expect((await client.next()).type).toBe('error')
    client.send(subscription('b', 'subscription { catalogChanges(afterRevision: "999999") { __typename } }'))
    expect((await client.next()).type).toBe('error')
    await grew(before, 'operation_errors_total{code="GRAPHQL_VALIDATION_FAILED"}').toBe(1)
    await grew(before, 'operation_errors_total{code="FUTURE_REVISION"}').toBe(1)
    await grew(before, 'operations_total{operation="anonymous",type="subscription",outcome="error"}').toBe(1)
    for (const id of ['1', '2', '3', '4']) client.send(subscription(id))
    await grew(before, 'rate_limited_total{limit="subscriptions"}').toBe(1)
    client.socket.terminate()
    await grew(before, 'subscriptions_closed_total{reason="disconnected"}').toBe(3)
  })

  test('over server-sent events are counted, too', async () => {
    const before = await now()
    const leaving = new AbortController()
    const response = await fetch(catalog.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...catalog.roles.editor },
      body: JSON.stringify({ query: NAMED }),
      signal: leaving.signal,
    })
    const reader = response.body?.getReader()
    await reader?.read()
    await is('subscribers{transport="sse"}').toBe(1)
    leaving.abort()
    await grew(before, 'subscriptions_closed_total{reason="disconnected"}').toBe(1)
    await is('subscribers{transport="sse"}').toBe(0)
    await grew(before, 'http_requests_total{route="graphql",status="200"}').toBe(1)
    expect(growth(before, await now(), 'http_request_duration_seconds_count{route="graphql"}')).toBe(0)
    expect(growth(before, await now(), 'operations_total{operation="Named",type="subscription",outcome="ok"}')).toBe(1)
  })

  test('that cannot go on, or whose credential is revoked, say so', async () => {
    const before = await now()
    const client = await connect(catalog.url, {}, { headers: catalog.roles.reader })
    client.send(
      subscription('a', 'subscription { catalogChanges(epoch: "another", afterRevision: "1") { __typename } }'),
    )
    expect((await client.next()).payload.data.catalogChanges.__typename).toBe('ResyncRequired')
    await grew(before, 'subscriptions_closed_total{reason="resync"}').toBe(1)
    client.send(subscription('b'))
    await client.next()
    await client.next()
    await revokeKey(catalog.config, 'the reader')
    expect((await client.closed).code).toBe(4403)
    await grew(before, 'subscriptions_closed_total{reason="credential"}').toBe(1)
  })
})

test('reloads by trigger and outcome', async () => {
  const folder = makeFolder()
  await folder.save('one.json', tool('one'))
  const { metricsUrl, roles, url } = await startTestCatalog({ ...METRICS, WATCH_DIR: folder.path })
  const after = await scrape(metricsUrl)
  const since = Date.now() / 1_000 - 600
  expect(after.value('reloads_total{trigger="startup",outcome="succeeded"}')).toBe(1)
  expect(after.value('reload_duration_seconds_count{trigger="startup"}')).toBe(1)
  expect(after.value('reload_last_success_timestamp_seconds')).toBeGreaterThan(since)
  expect(after.value('reload_last_failure_timestamp_seconds')).toBe(0)
  expect(after.value('reload_pending_since_timestamp_seconds')).toBe(0)
  const value = (series: string) =>
    expect.poll(async () => (await scrape(metricsUrl)).value(series), { message: series, timeout: 10_000 })
  await folder.save('two.json', '{ this is nothing')
  await value('reloads_total{trigger="file_watch",outcome="failed"}').toBeGreaterThanOrEqual(1)
  await value('reload_last_failure_timestamp_seconds').toBeGreaterThan(since)
  await value('reload_pending_since_timestamp_seconds').toBeGreaterThan(since)
  await folder.save('two.json', tool('two'))
  await value('reloads_total{trigger="file_watch",outcome="succeeded"}').toBe(1)
  await value('reload_pending_since_timestamp_seconds').toBe(0)
  await execute(url, 'mutation { reloadCatalog(input: {}) { __typename } }', {}, roles.editor)
  await value('reloads_total{trigger="manual",outcome="unchanged"}').toBe(1)
  await execute(
    url,
    'mutation { setToolEnabled(input: { tool: "one", enabled: false }) { __typename } }',
    {},
    roles.editor,
  )
  await value('reloads_total{trigger="api",outcome="succeeded"}').toBe(1)
})
