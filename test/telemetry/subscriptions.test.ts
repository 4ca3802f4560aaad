import { beforeAll, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { isServer } from '../support/database.ts'
import { revokeKey } from '../support/keys.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { connect, subscription } from '../support/websocket.ts'
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
    await is('subscribers{transport="websocket"}').toBe(3)
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

test.runIf(isServer())('subscriptions of a server that stops are drained', async () => {
  const app = await startTestApp({ ...METRICS, ANONYMOUS_ROLE: 'reader', DRAIN_DELAY_MS: '0', DRAIN_MS: '3000' })
  const clients = await Promise.all(Array.from({ length: 40 }, () => connect(app.url)))
  for (const client of clients) {
    client.send(subscription('a'))
    await client.next()
  }
  const stopping = app.stop()
  const drained = 'subscriptions_closed_total{reason="draining"}'
  await expect.poll(async () => (await scrape(app.metricsUrl)).value(drained), { interval: 20 }).toBeGreaterThan(5)
  const { value } = await scrape(app.metricsUrl)
  expect(value('subscriptions_closed_total{reason="disconnected"}')).toBe(0)
  expect(value('subscribers{transport="websocket"}')).toBe(40 - (value(drained) ?? 0))
  await stopping
})
