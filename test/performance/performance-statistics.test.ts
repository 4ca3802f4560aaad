import { isEnumType, parse, execute as run } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { Measurements } from '../../src/performance/measurements.ts'
import { execute, expectError, type GraphqlAnswer } from '../support/client.ts'
import { isServer } from '../support/database.ts'
import { besideApp, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
  await catalog.create({ tool_name: 'grep' })
})

async function ask(fields: string): Promise<GraphqlAnswer['data']> {
  return (await catalog.read(`query Figures { performanceStatistics { ${fields} } }`, {}, catalog.roles.admin))
    .performanceStatistics
}

/** A request is recorded when its connection has taken all of the answer. */
async function operation(name: string) {
  const { operations } = await ask('operations { name count errors p50Ms p95Ms p99Ms }')
  return operations.find((figures: { name: string }) => figures.name === name)
}

test('takes the role admin', async () => {
  const query = '{ performanceStatistics { at } }'
  for (const role of ['reader', 'editor'] as const)
    await expectError(catalog.url, query, 'FORBIDDEN', {}, catalog.roles[role])
  await expectError(catalog.url, query, 'UNAUTHENTICATED')
  expect((await execute(catalog.url, query, {}, catalog.roles.admin)).errors).toBeUndefined()
})

describe('the process', () => {
  test('tells what it uses', async () => {
    const {
      at,
      uptimeSeconds,
      process: figures,
    } = await ask('at uptimeSeconds process { rssBytes heapUsedBytes cpuUserSeconds cpuSystemSeconds }')
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(5_000)
    // The server is in the process of this test.
    expect(Math.abs(uptimeSeconds - process.uptime())).toBeLessThan(5)
    expect(figures.rssBytes / process.memoryUsage().rss).toBeGreaterThan(0.5)
    expect(figures.heapUsedBytes).toBeLessThan(figures.rssBytes)
    expect(figures.heapUsedBytes).toBeGreaterThan(1_000_000)
    expect(figures.cpuUserSeconds).toBeGreaterThan(figures.cpuSystemSeconds / 10)
  })

  test('tells how late its event loop is', async () => {
    const before = (await ask('process { eventLoopLagP50Ms }')).process.eventLoopLagP50Ms
    expect(before).toBeGreaterThanOrEqual(0)
    const lateAgain = async () => {
      for (let index = 0; index < 20; index++) {
        const ends = performance.now() + 100
        while (performance.now() < ends);
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return (await ask('process { eventLoopLagP99Ms }')).process.eventLoopLagP99Ms
    }
    // Until more than every hundredth sample is late: how many there are, says how long the server took to start.
    await expect.poll(lateAgain, { timeout: 60_000 }).toBeGreaterThan(Math.max(50, before))
  })

  test('tells of its garbage collections', async () => {
    const before = (await ask('process { gcSeconds gcCount }')).process
    for (let index = 0; index < 50; index++)
      JSON.parse(JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ n }))))
    await expect.poll(async () => (await ask('process { gcCount }')).process.gcCount).toBeGreaterThan(before.gcCount)
    expect((await ask('process { gcSeconds }')).process.gcSeconds).toBeGreaterThan(before.gcSeconds)
  })

  test('tells of its connections', async () => {
    const { pool } = await ask('pool { total idle waiting most }')
    expect(pool.total).toBeGreaterThanOrEqual(1)
    expect(pool.idle).toBeLessThanOrEqual(pool.total)
    expect(pool.waiting).toBe(0)
    expect(pool.most).toBe(isServer() ? catalog.config.DATABASE_POOL_MAX : 4)
  })

  test('tells of its caches', async () => {
    const fields = 'name hits misses evictions entries bytes mostBytes'
    const figures = { name: 'tools', hits: 9, misses: 1, evictions: 2, entries: 3, bytes: 4e9, mostBytes: 5e9 }
    const performance = new Measurements(() => [figures])
    const { data, errors } = await run({
      schema,
      document: parse(`{ performanceStatistics { caches { ${fields} } } }`),
      contextValue: { viewer: { actor: 'tester', role: 'admin', via: 'key' }, performance },
    })
    performance.stop()
    expect(errors).toBeUndefined()
    expect(data).toEqual({ performanceStatistics: { caches: [figures] } })
    // Those of the server itself keep to their bounds.
    const { caches } = await ask(`caches { ${fields} }`)
    for (const cache of caches) expect(cache.bytes, cache.name).toBeLessThanOrEqual(cache.mostBytes)
  })
})

describe('operations', () => {
  const LIST = 'query ListTools { tools { nodes { name } } }'
  const WRONG = 'query Wrong { noSuchField }'

  test('are told by name: how many, how many with an error, and how long they took', async () => {
    for (let index = 0; index < 10; index++) await catalog.read(LIST)
    for (let index = 0; index < 3; index++) await execute(catalog.url, WRONG, {}, catalog.roles.editor)
    await expect.poll(async () => (await operation('ListTools'))?.count).toBe(10)
    const list = await operation('ListTools')
    expect(list.errors).toBe(0)
    expect(list.p50Ms).toBeGreaterThan(0.01)
    expect(list.p95Ms).toBeGreaterThanOrEqual(list.p50Ms)
    expect(list.p99Ms).toBeGreaterThanOrEqual(list.p95Ms)
    expect(list.p99Ms).toBeLessThan(60_000)
  })

  test('without a name are told together, and so are requests that are refused', async () => {
    const before = await operation('(unnamed)')
    await catalog.read('{ __typename }')
    await expectError(catalog.url, '{ tools { nodes { name } } }', 'UNAUTHENTICATED', {}, { authorization: 'Bearer x' })
    await expect.poll(async () => (await operation('(unnamed)')).count).toBeGreaterThanOrEqual(before.count + 2)
    expect((await operation('(unnamed)')).errors).toBeGreaterThan(before.errors)
  })

  test('that go on are not among them: how long a stream is listened to says nothing', async () => {
    const stopping = new AbortController()
    const response = await fetch(catalog.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...catalog.roles.reader },
      body: JSON.stringify({ query: 'subscription Follow { catalogChanges { __typename } }', operationName: 'Follow' }),
      signal: stopping.signal,
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    stopping.abort()
    await expect(response.text()).rejects.toThrow()
    await catalog.read('query Behind { __typename }')
    await expect.poll(async () => (await operation('Behind'))?.count).toBe(1)
    expect(await operation('Follow')).toBeUndefined()
  })

  test('of 10,000 names are no more than 201, whatever they are', { timeout: 300_000 }, async () => {
    const count = 10_000
    let sent = 0
    const send = async () => {
      while (sent < count) {
        const body = JSON.stringify({ query: `query Hostile${sent++}${'x'.repeat(sent % 150)} { __typename }` })
        const headers = { 'content-type': 'application/json', ...catalog.roles.editor }
        const response = await fetch(catalog.url, { method: 'POST', headers, body })
        expect(response.status).toBe(200)
        await response.arrayBuffer()
      }
    }
    await Promise.all(Array.from({ length: 10 }, send))
    const { operations } = await ask('operations { name count }')
    // A name with queries and mutations takes two places.
    expect(operations.length).toBeLessThanOrEqual(201)
    expect(operations.length).toBeGreaterThan(190)
    expect(operations[0].name).toBe('(other)')
    expect(operations[0].count).toBeGreaterThan(count - 200)
    expect(Math.max(...operations.map(({ name }: { name: string }) => name.length))).toBeLessThanOrEqual(100)
    // Whoever came before them is still told apart.
    expect((await operation('ListTools'))?.count).toBe(10)
  })
})

describe('the database', () => {
  test('tells which indexes are used', async () => {
    for (let index = 0; index < 5; index++) await catalog.create({ tool_name: `tool-${index}` })
    // PostgreSQL reports what a session did up to 10 s later.
    const used = async () => {
      const { indexes } = await ask('indexes(first: 100) { table name scans rowsRead bytes }')
      return indexes.find(({ name }: { name: string }) => name === 'tools_live_name_key')
    }
    await expect.poll(async () => (await used())?.scans, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(await used()).toMatchObject({ table: 'tools', bytes: expect.any(Number) })
    expect((await used()).bytes).toBeGreaterThanOrEqual(8_192)
    const { indexes } = await ask('indexes(first: 3) { scans }')
    expect(indexes).toHaveLength(3)
    const scans = indexes.map((index: { scans: number }) => index.scans)
    expect(scans).toEqual([...scans].sort((a, b) => b - a))
  })

  test('tells how large its tables are', async () => {
    const tablesByName = async () => {
      await besideApp(catalog.config, ({ pool }) => pool.query('ANALYZE'))
      const { tables } = await ask('tables { name rows bytes indexBytes deadRows }')
      return new Map<string, Record<string, number>>(tables.map((table: { name: string }) => [table.name, table]))
    }
    // Counted by ANALYZE; but a session that has not reported what it inserted, adds it when it does, up to 10 s later.
    await expect.poll(async () => (await tablesByName()).get('tools')?.rows, { timeout: 20_000 }).toBe(6)
    const byName = await tablesByName()
    expect(byName.get('tools')).toMatchObject({ deadRows: expect.any(Number) })
    const { bytes, indexBytes } = byName.get('tools') ?? {}
    expect(bytes).toBeGreaterThanOrEqual(8_192)
    expect(indexBytes).toBeGreaterThanOrEqual(8_192)
    expect([...byName.keys()]).toEqual(expect.arrayContaining(['catalog_statistics', 'change_events', 'patterns']))
  })

  test('gives no list of slow statements where it has none, and no values where it has', async () => {
    const asked = 'slowestStatements(first: 5) { statement calls meanMs totalMs }'
    const isLoaded = await besideApp(catalog.config, async ({ pool }) => {
      const { rows } = await pool.query("SELECT current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded")
      return rows[0].loaded
    })
    expect((await ask(asked)).slowestStatements).toBeNull()
    if (!isServer()) return
    await besideApp(catalog.config, ({ pool }) =>
      pool.query('CREATE SCHEMA "odd Name"; CREATE EXTENSION pg_stat_statements SCHEMA "odd Name"'),
    )
    await catalog.read('{ tool(name: "a-value-of-a-caller") { name } }')
    const { slowestStatements } = await ask(asked)
    // Created but not loaded, every use of it is an error.
    if (!isLoaded) return expect(slowestStatements).toBeNull()
    expect(slowestStatements.length).toBeGreaterThan(0)
    for (const { statement, calls, meanMs, totalMs } of slowestStatements) {
      expect(statement).toMatch(/^\s*(select|insert|update|delete|merge|with)\b/i)
      expect(statement).not.toContain('a-value-of-a-caller')
      expect(totalMs).toBeCloseTo(calls * meanMs, 0)
    }
  })

  const type = schema.getType('PlannedList')
  const lists = isEnumType(type) ? type.getValues().map(({ name }) => name) : ['no such type']
  test.each(lists)('tells the plan of %s', async (list) => {
    const { planOf } = await ask(`planOf(list: ${list})`)
    expect(planOf).toMatch(/^-- [\w.]+\n/)
    expect(planOf).toMatch(/\(cost=[\d.]+ rows=\d+ width=\d+\)/)
    expect(planOf).toMatch(/Scan/)
  })

  test.each(['indexes(first: 0) { name }', 'indexes(first: 101) { name }', 'slowestStatements(first: -1) { calls }'])(
    'is not asked for %s',
    async (fields) => {
      const query = `{ performanceStatistics { ${fields} } }`
      await expectError(catalog.url, query, 'BAD_USER_INPUT', {}, catalog.roles.admin)
    },
  )

  test('answers beside the rest of a query, in one snapshot', async () => {
    const all = `{ catalogStatistics(exact: true) { tools } tools { totalCount } performanceStatistics {
      indexes { name } tables { name } slowestStatements { calls } planOf(list: TOOLS_BY_NAME) } }`
    const { data, errors } = await execute(catalog.url, all, {}, catalog.roles.admin)
    expect(errors).toBeUndefined()
    expect(data.tools.totalCount).toBe(data.catalogStatistics.tools)
  })
})
