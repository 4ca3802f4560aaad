import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type EndedReload, NO_COUNTS, recordReloads } from '../../src/catalog/reload-log.ts'
import { createLogger } from '../../src/logger.ts'
import { startTestApp } from '../support/app.ts'
import { expectData } from '../support/client.ts'
import { closeLater, openTestDatabase } from '../support/database.ts'
import { importAll } from '../support/fixtures.ts'
import { besideApp, startTestCatalog } from '../support/test-catalog.ts'
import { makeFolder, startReloader, tool } from './folder.ts'
import { awaitReload, follow, reloadsOf } from './following.ts'

const AT = new Date('2026-05-01T12:00:00Z')
const ended = (fields: Partial<EndedReload> = {}): EndedReload => ({
  ...NO_COUNTS,
  trigger: 'schedule',
  outcome: 'unchanged',
  startedAt: AT,
  durationMs: 10,
  actor: 'system',
  ...fields,
})

test('a mutation is a reload, too, written within a second or two', async () => {
  const catalog = await startTestCatalog()
  const { revision } = await catalog.create({ tool_name: 'grep' }, { message: 'New' })
  await awaitReload(catalog.url, { trigger: 'API', revision }, catalog.roles.editor)
  const [newest] = await reloadsOf(catalog.url, catalog.roles.editor)
  expect(newest).toMatchObject({ outcome: 'SUCCEEDED', actor: 'key:the editor', message: 'New', error: null })
  expect(newest.durationMs).toBeGreaterThan(0)
})

test('readers do not hear of changes that concern nothing but drafts', async () => {
  const catalog = await startTestCatalog()
  const socket = await follow(catalog.url, 'subscription { reloads { revision } }', catalog.roles.reader)
  socket.send({ type: 'ping' })
  expect(await socket.next()).toMatchObject({ type: 'pong' })
  const draft = await catalog.create({ tool_name: 'secret', status: 'draft' })
  const seen = await catalog.create({ tool_name: 'seen' })
  await awaitReload(catalog.url, { revision: seen.revision }, catalog.roles.editor)
  const revisions = async (headers: Record<string, string>) =>
    (await reloadsOf(catalog.url, headers)).map(({ revision }) => revision)
  expect(await revisions(catalog.roles.editor)).toEqual([seen.revision, draft.revision])
  expect(await revisions(catalog.roles.reader)).toEqual([seen.revision])
  const counts = async (headers: Record<string, string>) =>
    (await catalog.read('{ reloadStatistics { total } }', {}, headers)).reloadStatistics.total
  expect(await counts(catalog.roles.reader)).toBe((await counts(catalog.roles.editor)) - 1)
  expect((await socket.next()).payload.data.reloads.revision).toBe(seen.revision)
})

test('the history can be narrowed, and is listed newest first in pages', async () => {
  const { url, config } = await startTestApp()
  await besideApp(config, (database) =>
    recordReloads(database, [
      ended({ trigger: 'manual', outcome: 'failed', tool: 'Grep', error: 'no' }),
      ended({ trigger: 'schedule', startedAt: new Date('2026-06-01T00:00:00Z') }),
      ended({ trigger: 'manual', startedAt: new Date('2026-07-01T00:00:00Z') }),
    ]),
  )
  const triggers = async (filter: string) => (await reloadsOf(url, {}, filter)).map(({ trigger }) => trigger)
  expect(await triggers('')).toEqual(['MANUAL', 'SCHEDULE', 'MANUAL'])
  expect(await triggers('trigger: SCHEDULE')).toEqual(['SCHEDULE'])
  expect(await triggers('outcome: FAILED')).toEqual(['MANUAL'])
  expect(await triggers('tool: "grep"')).toEqual(['MANUAL'])
  expect(await triggers('from: "2026-06-01T00:00:00Z"')).toEqual(['MANUAL', 'SCHEDULE'])
  const page = '{ reloads(first: 2) { totalCount nodes { trigger } pageInfo { hasNextPage endCursor } } }'
  const { reloads } = await expectData(url, page)
  expect(reloads).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
  const rest = `{ reloads(first: 2, after: "${reloads.pageInfo.endCursor}") { nodes { id outcome } } }`
  const [last] = (await expectData(url, rest)).reloads.nodes
  expect(last.outcome).toBe('FAILED')
  const { node } = await expectData(url, `{ node(id: "${last.id}") { ... on Reload { error tool } } }`)
  expect(node).toEqual({ error: 'no', tool: 'Grep' })
})

test('statistics count by trigger and outcome, and say how long reloads take', async () => {
  const { url, config } = await startTestApp()
  const rows = Array.from({ length: 100 }, (_, index) =>
    ended({
      durationMs: index + 1,
      trigger: index < 60 ? 'file_watch' : 'webhook',
      outcome: index < 10 ? 'failed' : index < 50 ? 'unchanged' : 'succeeded',
      startedAt: new Date(AT.getTime() + index * 1_000),
    }),
  )
  await besideApp(config, (database) => recordReloads(database, rows))
  const fields = 'total successRate p50Ms p95Ms p99Ms lastSuccessAt lastFailureAt counts { trigger outcome count }'
  const { reloadStatistics } = await expectData(url, `{ reloadStatistics { ${fields} } }`)
  expect(reloadStatistics).toMatchObject({ total: 100, successRate: 0.9, p50Ms: 50.5, p95Ms: 95.05, p99Ms: 99.01 })
  expect(reloadStatistics.lastSuccessAt).toBe(rows[99]?.startedAt.toISOString())
  expect(reloadStatistics.lastFailureAt).toBe(rows[9]?.startedAt.toISOString())
  expect(reloadStatistics.counts).toEqual([
    { trigger: 'FILE_WATCH', outcome: 'FAILED', count: 10 },
    { trigger: 'FILE_WATCH', outcome: 'SUCCEEDED', count: 10 },
    { trigger: 'FILE_WATCH', outcome: 'UNCHANGED', count: 40 },
    { trigger: 'WEBHOOK', outcome: 'SUCCEEDED', count: 40 },
  ])
  const since = `{ reloadStatistics(from: "${rows[98]?.startedAt.toISOString()}") { total p50Ms lastFailureAt } }`
  expect((await expectData(url, since)).reloadStatistics).toEqual({ total: 2, p50Ms: 99.5, lastFailureAt: null })
  const none = '{ reloadStatistics(from: "2030-01-01T00:00:00Z") { total successRate p50Ms counts { count } } }'
  const empty = { total: 0, successRate: null, p50Ms: null, counts: [] }
  expect((await expectData(url, none)).reloadStatistics).toEqual(empty)
})

test('a restart forgets neither the history nor the statistics', async () => {
  const folder = makeFolder()
  await folder.save('grep.yaml', tool('grep'))
  const app = await startTestApp({ WATCH_DIR: folder.path, ANONYMOUS_ROLE: 'reader' })
  await app.stop()
  const again = await createApp({ config: app.config, logger: createLogger(app.config) })
  closeLater(() => again.stop())
  const outcomes = (await reloadsOf(again.url)).map(({ trigger, outcome }) => `${trigger} ${outcome}`)
  expect(outcomes).toEqual(['STARTUP UNCHANGED', 'STARTUP SUCCEEDED'])
  const { reloadStatistics } = await expectData(again.url, '{ reloadStatistics { total successRate } }')
  expect(reloadStatistics).toEqual({ total: 2, successRate: 1 })
})

test('mutations that were not written yet are written when the server stops', async () => {
  const { database, recorder } = await startReloader()
  await importAll(database, [tool('grep')])
  expect((await database.pool.query('SELECT FROM reloads')).rowCount).toBe(0)
  await recorder.stop()
  expect((await database.pool.query('SELECT trigger FROM reloads')).rows).toEqual([{ trigger: 'api' }])
})

test('the fill of an empty catalog is a reload of the startup', async () => {
  const { url, tools } = await startTestApp({ STARTER_CATALOG: 'true' })
  const [filled] = await reloadsOf(url)
  expect(filled).toMatchObject({ trigger: 'STARTUP', outcome: 'SUCCEEDED', message: 'Starter catalog' })
  expect(filled.created).toBe(tools)
}, 120_000)

test('a subscriber gets reloads as they end, those of other processes too, and only those it asked for', async () => {
  const { url, config } = await startTestApp()
  const socket = await follow(url, 'subscription { reloads(filter: { outcome: FAILED }) { trigger error } }')
  socket.send({ type: 'ping' })
  await socket.next()
  await besideApp(config, async (database) => {
    // The subscription begins when it has looked where the history ends.
    for (let i = 0; i < 20; i++) {
      await recordReloads(database, [
        ended({ trigger: 'webhook' }),
        ended({ trigger: 'manual', outcome: 'failed', error: `no ${i}` }),
      ])
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })
  const first = (await socket.next()).payload.data.reloads
  expect(first.trigger).toBe('MANUAL')
  const start = Number(first.error.slice(3))
  for (let i = start + 1; i < 20; i++) expect((await socket.next()).payload.data.reloads.error).toBe(`no ${i}`)
})

test('the oldest rows are cleared away', async () => {
  const database = await openTestDatabase()
  await recordReloads(database, [ended()])
  await database.pool.query(`SELECT setval('reloads_id_seq', 100998)`)
  await recordReloads(database, [ended()])
  expect((await database.pool.query('SELECT FROM reloads')).rowCount).toBe(2)
  await recordReloads(database, [ended()])
  expect((await database.pool.query('SELECT id::text FROM reloads ORDER BY reloads.id')).rows).toEqual([
    { id: '100999' },
    { id: '101000' },
  ])
})
