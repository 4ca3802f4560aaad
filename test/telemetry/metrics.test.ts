import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { METRICS } from '../../src/metrics.ts'
import { execute } from '../support/client.ts'
import { aDefinition } from '../support/fixtures.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { growth, type Scrape, scrape } from './scrape.ts'

let catalog: TestCatalog
let metricsUrl: string
const now = () => scrape(metricsUrl, TOKEN)
const json = async () => (await fetch(`${metricsUrl}.json`, { headers: TOKEN })).json()
const TOKEN = { authorization: 'Bearer a-token-for-metrics' }

beforeAll(async () => {
  catalog = await startTestCatalog({ METRICS_TOKEN: 'a-token-for-metrics' })
  metricsUrl = catalog.url.replace('/graphql', '/metrics')
  await catalog.create({ tool_name: 'grep' })
})

/** What has grown by the time that it has grown at all: an answer is counted when its caller has it. */
async function grown(before: Scrape, series: string): Promise<Scrape> {
  let after = before
  await expect
    .poll(
      async () => {
        after = await now()
        return growth(before, after, series)
      },
      { message: series },
    )
    .toBeGreaterThan(0)
  return after
}

describe('what there is', () => {
  test('every metric of the list has its help and type, and nothing else has the prefix', async () => {
    const { text } = await now()
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      expect(text).toContain(`# HELP tool_catalog_${name} ${help}\n`)
      expect(text).toContain(`# TYPE tool_catalog_${name} ${type}\n`)
    }
    expect(text.match(/^# TYPE tool_catalog_/gm)).toHaveLength(Object.keys(METRICS).length)
  })

  test('the process and Node.js have theirs, without gauges that are named as counters or look at each socket', async () => {
    const { text } = await now()
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toContain(`# TYPE ${name} `)
    for (const [, name, type] of text.matchAll(/^# TYPE (\S+_total) (\S+)$/gm)) expect(type, name).toBe('counter')
    expect(text).not.toContain('nodejs_active_')
  })

  test('promtool has nothing to complain of', async ({ skip }) => {
    const { text } = await now()
    const { status, error, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    if (error) skip(`promtool is not there (Debian: apt-get install prometheus): ${error.message}`)
    expect(stdout + stderr).toBe('')
    expect(status).toBe(0)
  })

  test('OpenMetrics is written for who prefers it, and does not change what others get', async () => {
    const ask = (accept: string) => fetch(metricsUrl, { headers: { ...TOKEN, accept } })
    const open = await ask('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3')
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    const text = await open.text()
    expect(text).toMatch(/\n# EOF\n$/)
    expect(text).toContain('# TYPE tool_catalog_http_requests counter\n')
    expect(text).toMatch(/^tool_catalog_http_requests_total\{route="graphql",status="200"\} /m)
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    const plain = await ask('text/plain;version=0.0.4, application/openmetrics-text;q=0.1')
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await plain.text()).toMatch(/^tool_catalog_http_requests_total\{route="graphql",status="200"\} /m)
  })

  test('the build is told', async () => {
    const { series } = await now()
    expect(series('build_info')).toEqual([
      expect.stringMatching(/\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+",database="(?:embedded|server)"\}$/),
    ])
  })
})

describe('requests and operations', () => {
  const LIST = 'query MetricsList { tools { nodes { name } } }'

  test('are counted on the short way and from the cache of answers, with their time', async () => {
    const before = await now()
    for (let index = 0; index < 5; index++) await catalog.read(LIST)
    await expect
      .poll(async () =>
        growth(before, await now(), 'operations_total{operation="MetricsList",type="query",outcome="ok"}'),
      )
      .toBe(5)
    const after = await now()
    expect(growth(before, after, 'http_requests_total{route="graphql",status="200"}')).toBe(5)
    expect(growth(before, after, 'http_request_duration_seconds_count{route="graphql"}')).toBe(5)
    expect(growth(before, after, 'cache_hits_total{cache="responses"}')).toBe(3)
    const took = (part: string) => after.value(`operation_duration_seconds_${part}`) ?? 0
    const of = 'operation="MetricsList",type="query"'
    expect(took(`count{${of}}`)).toBe(5)
    expect(took(`bucket{${of},le="+Inf"}`)).toBe(5)
    expect(took(`bucket{${of},le="5"}`)).toBe(5)
    expect(took(`bucket{${of},le="0.0005"}`)).toBeLessThanOrEqual(took(`bucket{${of},le="0.01"}`))
    expect(took(`sum{${of}}`)).toBeGreaterThan(0.0001)
  })

  test('are counted on the long way, too: mutations, and what is refused', async () => {
    const before = await now()
    await catalog.create({ tool_name: 'sed' })
    await catalog.refused(
      'createTool',
      { definition: { text: JSON.stringify(aDefinition({ tool_name: 'sed' })) } },
      'NameTakenError',
    )
    const key = 'mutation { revokeApiKey(input: { key: "nobody" }) { __typename } }'
    await execute(catalog.url, key, {}, catalog.roles.admin)
    await execute(catalog.url, '{ noSuchField }', {}, catalog.roles.editor)
    await execute(catalog.url, '{ tools { nodes { name } } }', {}, { authorization: 'Bearer nonsense' })
    const after = await grown(before, 'operation_errors_total{code="UNAUTHENTICATED"}')
    const grew = (series: string) => growth(before, after, series)
    expect(grew('operations_total{operation="anonymous",type="mutation",outcome="ok"}')).toBe(3)
    expect(grew('mutation_rejections_total{mutation="revokeApiKey",code="API_KEY_NOT_FOUND"}')).toBe(1)
    expect(grew('mutation_rejections_total{mutation="createTool",code="NAME_TAKEN"}')).toBe(1)
    expect(grew('operation_errors_total{code="GRAPHQL_VALIDATION_FAILED"}')).toBe(1)
    expect(grew('operations_total{operation="anonymous",type="unknown",outcome="error"}')).toBe(2)
    expect(grew('http_requests_total{route="graphql",status="401"}')).toBe(1)
    expect(grew('auth_failures_total{reason="bad_credential"}')).toBe(1)
  })

  test('of other paths are told apart, whatever the path', async () => {
    const before = await now()
    for (const path of ['/health', '/ready', '/nothing', '/nothing/else']) await fetch(new URL(path, catalog.url))
    const after = await grown(before, 'http_requests_total{route="other",status="404"}')
    expect(growth(before, after, 'http_requests_total{route="other",status="404"}')).toBe(2)
    expect(growth(before, after, 'http_requests_total{route="health",status="200"}')).toBe(1)
    expect(growth(before, after, 'http_requests_total{route="ready",status="200"}')).toBe(1)
    expect((await now()).value('http_requests_total{route="metrics",status="200"}')).toBeGreaterThan(0)
  })

  test('that are forbidden are failures of authorisation', async () => {
    const before = await now()
    await execute(catalog.url, '{ performanceStatistics { at } }', {}, catalog.roles.reader)
    await grown(before, 'auth_failures_total{reason="forbidden"}')
  })
})

test('/metrics, /metrics.json and performanceStatistics agree', async () => {
  for (let index = 0; index < 20; index++) await catalog.read('query Agreed { tools { nodes { name } } }')
  const count = async () => (await now()).value('operations_total{operation="Agreed",type="query",outcome="ok"}')
  await expect.poll(count).toBe(20)
  const fields = `operations { name count errors p50Ms p95Ms p99Ms } caches { name hits misses evictions entries bytes mostBytes }
    pool { total idle waiting most }`
  const asked = await catalog.read(`query Figures { performanceStatistics { ${fields} } }`, {}, catalog.roles.admin)
  const { operations, caches, pool } = asked.performanceStatistics
  const text = await now()
  const told = await json()

  const agreed = operations.find(({ name }: { name: string }) => name === 'Agreed')
  const ofJson = told.operation_duration_seconds.find(({ operation }: { operation: string }) => operation === 'Agreed')
  expect(agreed).toMatchObject({ count: 20, errors: 0 })
  expect(text.value('operation_duration_seconds_count{operation="Agreed",type="query"}')).toBe(20)
  expect(ofJson.count).toBe(20)
  for (const percentile of ['p50', 'p95', 'p99']) {
    expect(ofJson[percentile]).toBeGreaterThan(0)
    expect(agreed[`${percentile}Ms`] / 1_000).toBeCloseTo(ofJson[percentile], 9)
  }
  expect(text.value('operation_duration_seconds_sum{operation="Agreed",type="query"}')).toBeCloseTo(ofJson.sum, 9)
  for (const { name, hits, misses, evictions, mostBytes } of caches) {
    const of = (metric: string) => told[metric].find(({ cache }: { cache: string }) => cache === name).value
    expect([of('cache_hits_total'), of('cache_misses_total'), of('cache_evictions_total')], name).toEqual([
      hits,
      misses,
      evictions,
    ])
    expect(text.value(`cache_hits_total{cache="${name}"}`)).toBe(hits)
    expect(text.value(`cache_misses_total{cache="${name}"}`)).toBe(misses)
    expect(text.value(`cache_limit_bytes{cache="${name}"}`)).toBe(mostBytes)
    expect(of('cache_limit_bytes')).toBe(mostBytes)
  }
  expect(text.value('database_pool_limit')).toBe(pool.most)
  expect(told.database_pool_limit).toBe(pool.most)
})

test('10,000 names of operations are 201 at most, and those that metrics use are taken', {
  timeout: 300_000,
}, async () => {
  const count = 10_000
  let sent = 0
  const send = async () => {
    while (sent < count) {
      const body = JSON.stringify({ query: `query Hostile${sent++} { __typename }` })
      const headers = { 'content-type': 'application/json', ...catalog.roles.editor }
      await (await fetch(catalog.url, { method: 'POST', headers, body })).arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: 10 }, send))
  const before = await now()
  const ok = before.series('operations_total').filter((series) => series.endsWith('outcome="ok"}'))
  expect(ok.length).toBeGreaterThan(150)
  expect(ok.length).toBeLessThanOrEqual(204)
  expect(before.value('operations_total{operation="other",type="query",outcome="ok"}')).toBeGreaterThan(count - 250)
  const odd = JSON.stringify({ query: '{ __typename }', operationName: 'odd"\nname\\' })
  await fetch(catalog.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...catalog.roles.editor },
    body: odd,
  })
  await catalog.read('query other { __typename }')
  await catalog.read('query anonymous { __typename }')
  // Read without a series that is there twice.
  const after = await grown(before, 'operations_total{operation="anonymous",type="query",outcome="ok"}')
  expect(growth(before, after, 'operations_total{operation="other",type="query",outcome="ok"}')).toBe(1)
  expect(growth(before, after, 'operations_total{operation="other",type="unknown",outcome="error"}')).toBe(1)
  expect(after.text).not.toContain('odd')
})
