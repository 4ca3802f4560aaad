import { beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, tool } from '../reload/folder.ts'
import { startTestApp } from '../support/app.ts'
import { execute } from '../support/client.ts'
import { cloneDatabase, isServer } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { besideApp, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { tryToOpen } from '../support/websocket.ts'
import { growth, scrape } from './scrape.ts'

const METRICS = { METRICS_PORT: '0' }
let catalog: TestCatalog
const now = () => scrape(catalog.metricsUrl)
const is = (series: string) =>
  expect.poll(async () => (await now()).value(series), { message: series, timeout: 10_000 })

beforeAll(async () => {
  catalog = await startTestCatalog(METRICS)
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
    expect(growth(before, after, 'database_pool_wait_seconds_count')).toBeGreaterThan(0)
    expect(series('database_errors_total')).toEqual(['tool_catalog_database_errors_total{code="connection"}'])
    // A scrape after a change counts the tools, and has a connection for it.
    await is('database_pool_connections{state="idle"}').toBeGreaterThan(0)
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
  const { totalCount } = (await catalog.read('{ tools { totalCount } }')).tools
  // A scrape does not wait long for a new count: on a busy machine it may tell the last one.
  await is('tools{platform="linux",status="active"}').toBe(totalCount)
  const { revision } = await catalog.create({ tool_name: 'ipconfig', platform: 'windows' })
  await is('tools{platform="windows",status="active"}').toBe(1)
  await is('revision').toBe(Number(revision))
  const { value } = await now()
  expect(value('tools{platform="linux",status="active"}')).toBe(totalCount)
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

test.runIf(isServer())('while the database is away, a scrape is answered and says so', async () => {
  const { DATABASE_URL = '', ...rest } = await cloneDatabase()
  const proxy = await startTcpProxy(DATABASE_URL)
  const app = await startTestApp({ ...rest, ...METRICS, DATABASE_URL: proxy.url, DATABASE_CONNECT_TIMEOUT_MS: '500' })
  const value = (series: string, timeout = 10_000) =>
    expect.poll(async () => (await scrape(app.metricsUrl)).value(series), { message: series, timeout })
  await value('ready').toBe(1)
  await proxy.refuse()
  await value('feed_following').toBe(0)
  await value('ready').toBe(0)
  await value('feed_lag_seconds').toBeGreaterThan(0.5)
  await execute(app.url, '{ tools { totalCount } }')
  await value('database_errors_total{code="connection"}').toBeGreaterThan(0)
  await value('operation_errors_total{code="DATABASE_UNAVAILABLE"}').toBeGreaterThan(0)
  const started = performance.now()
  await scrape(app.metricsUrl)
  expect(performance.now() - started).toBeLessThan(2_000)
  await proxy.letThrough()
  await value('ready').toBe(1)
  await value('feed_lag_seconds').toBe(0)
})
