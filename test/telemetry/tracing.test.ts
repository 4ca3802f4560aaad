import { createRequire } from 'node:module'
import { beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { execute } from '../support/client.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { connect, subscription } from '../support/websocket.ts'
import { pathTo, startCollector } from './collector.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const DOCUMENT = 'query Traced { tools { nodes { name latest { version capabilities { name } } } } }'

const isLoaded = (name: string) => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes(name))

let collector: Awaited<ReturnType<typeof startCollector>>
let catalog: TestCatalog
beforeAll(async () => {
  const plain = await startTestApp()
  await fetch(plain.url.replace('/graphql', '/health'))
  await plain.stop()
  // Nothing of it, but the interface that prom-client asks for.
  expect(isLoaded('@opentelemetry/sdk-trace')).toBe(false)
  expect(isLoaded('@opentelemetry/exporter')).toBe(false)
  collector = await startCollector()
  // The exporter reads this one by itself.
  process.env.OTEL_EXPORTER_OTLP_HEADERS = 'x-collector-key=abc'
  catalog = await startTestCatalog({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, CACHE_MAX_ENTRIES: '0' })
  await catalog.create({ tool_name: 'grep' })
  await catalog.create({ tool_name: 'sed' })
})

test('OpenTelemetry is loaded when it is wanted, and only then', () => {
  expect(isLoaded('@opentelemetry/sdk-trace')).toBe(true)
})

test('a query is a trace: request, operation, batch of a loader, statement', async () => {
  const headers = { ...catalog.roles.reader, 'x-request-id': 'a-query', traceparent: `00-${TRACE}-${SPAN}-01` }
  await execute(catalog.url, DOCUMENT, {}, headers)
  const spans = await collector.traceOf('a-query')
  const [http, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === SPAN)
  expect(others).toEqual([])
  expect(http?.traceId).toBe(TRACE)
  expect(http?.attributes).toMatchObject({ 'http.route': '/graphql', 'http.response.status_code': 200 })
  const operation = spans.find(({ name }) => name === 'graphql')
  expect(operation?.attributes).toMatchObject({
    'graphql.operation.name': 'Traced',
    'graphql.operation.type': 'query',
    'tool_catalog.request_id': 'a-query',
  })
  const batches = spans.filter(({ name }) => name.startsWith('load '))
  expect(batches.length).toBeGreaterThan(0)
  // Two tools, one batch.
  expect(batches.map(({ attributes }) => Number(attributes['tool_catalog.loader.keys']))).toContain(2)
  const statements = spans.filter(({ name }) => name.startsWith('SQL '))
  const paths = statements.map((statement) => pathTo(statement, spans).join(' > '))
  for (const { name } of batches)
    expect(paths).toContain(`POST /graphql > graphql > ${name} > SQL ${name.slice('load '.length)}`)
  // The list itself is of no loader.
  expect(
    paths.some((path) => /^POST \/graphql > graphql > SQL \w+$/.test(path)),
    paths.join('\n'),
  ).toBe(true)
  for (const { attributes } of statements) {
    expect(attributes['db.system.name']).toBe('postgresql')
    expect(attributes['db.query.text']).toEqual(expect.any(String))
  }
  for (const span of spans) expect(span.ms, span.name).toBeLessThanOrEqual((http?.ms ?? 0) + 1)
})

test('a mutation, and what is refused, are traces too', async () => {
  const headers = { ...catalog.roles.editor, 'x-request-id': 'a-mutation' }
  await execute(
    catalog.url,
    'mutation Enable { setToolEnabled(input: { tool: "grep", enabled: false }) { __typename } }',
    {},
    headers,
  )
  const spans = await collector.traceOf('a-mutation')
  const statements = spans.filter(({ name }) => name.startsWith('SQL '))
  expect(statements.map(({ name }) => name)).toEqual(expect.arrayContaining(['SQL BEGIN', 'SQL COMMIT', 'SQL WITH']))
  // Before the operation there may be the look-up of the API key.
  const paths = statements.map((statement) => pathTo(statement, spans))
  for (const path of paths) expect(path[0], path.join(' > ')).toBe('POST /graphql')
  for (const path of paths.filter(([, , ...rest]) => rest.length > 0)) expect(path[1]).toBe('graphql')

  await execute(catalog.url, '{ nothing }', {}, { ...catalog.roles.editor, 'x-request-id': 'a-mistake' })
  const refused = await collector.traceOf('a-mistake')
  const own = refused.filter(({ name }) => !name.startsWith('SQL '))
  expect(own.map(({ name }) => name).sort()).toEqual(['POST /graphql', 'graphql'])
  expect(refused.find(({ name }) => name === 'graphql')).toMatchObject({
    hasFailed: true,
    attributes: { 'tool_catalog.error.code': 'GRAPHQL_VALIDATION_FAILED' },
  })
})

test('whoever asks at the same moment has a trace of its own, whatever waits for a connection', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => `at-once-${index}`)
  const ask = (id: string) =>
    execute(
      catalog.url,
      `query Q${id.replaceAll('-', '_')} { tools { nodes { name history { nodes { revision } } } } }`,
      {},
      { ...catalog.roles.editor, 'x-request-id': id },
    )
  await Promise.all(ids.map(ask))
  const counts = []
  for (const id of ids) {
    const spans = await collector.traceOf(id)
    expect(
      spans.filter(({ name }) => name === 'POST /graphql'),
      id,
    ).toHaveLength(1)
    const statements = spans.filter(({ name }) => name.startsWith('SQL '))
    expect(statements.length, id).toBeGreaterThan(0)
    for (const statement of statements) expect(pathTo(statement, spans)[0], id).toBe('POST /graphql')
    // A new connection has a statement more, and before the operation there may be the look-up of the API key.
    const own = statements.filter(
      (statement) => pathTo(statement, spans)[1] === 'graphql' && statement.name !== 'SQL SET',
    )
    counts.push(own.length)
  }
  expect(new Set(counts).size, counts.join()).toBe(1)
})

test('the caller that does not want its request traced is heard', async () => {
  const headers = { ...catalog.roles.reader, traceparent: `00-${TRACE.replace('0a', '0b')}-${SPAN}-00` }
  await execute(catalog.url, DOCUMENT, {}, headers)
  await execute(catalog.url, DOCUMENT, {}, { ...catalog.roles.reader, 'x-request-id': 'behind-it' })
  await collector.traceOf('behind-it')
  expect(collector.spans.filter(({ traceId }) => traceId === TRACE.replace('0a', '0b'))).toEqual([])
})

test('a subscription over a websocket begins as a step of the trace that the websocket was opened in', async () => {
  const headers = {
    ...catalog.roles.editor,
    'x-request-id': 'a-socket',
    traceparent: `00-${TRACE.replace('0a', '0c')}-${SPAN}-01`,
  }
  const client = await connect(catalog.url, {}, { headers })
  client.send(subscription('a'))
  await client.next()
  // Before it there may be the look-up of the API key.
  const span = (await collector.traceOf('a-socket')).find(({ name }) => name === 'graphql subscription')
  expect(span).toMatchObject({ traceId: TRACE.replace('0a', '0c'), parentSpanId: SPAN })
})

test('probes and scrapes make no traces; the collector is told who sends, with the headers it asks for', async () => {
  for (const path of ['/health', '/ready', '/metrics']) await fetch(new URL(path, catalog.url))
  await execute(catalog.url, '{ __typename }', {}, { ...catalog.roles.reader, 'x-request-id': 'behind-probes' })
  await collector.traceOf('behind-probes')
  expect(
    collector.spans.filter(({ attributes }) => /health|ready|metrics/.test(String(attributes['http.route']))),
  ).toEqual([])
  expect([...collector.services]).toEqual(['tool-catalog'])
  for (const { path, headers } of collector.requests) {
    expect(path).toBe('/v1/traces')
    expect(headers['content-type']).toBe('application/json')
    expect(headers['x-collector-key']).toBe('abc')
  }
})

test('a collector that is away costs nobody but the traces, and does not hold up the stop', async () => {
  const app = await startTestApp({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
  for (let index = 0; index < 50; index++)
    expect((await fetch(new URL('/', app.url), { redirect: 'manual' })).status).toBe(302)
  const started = performance.now()
  await app.stop()
  expect(performance.now() - started).toBeLessThan(8_000)
})
