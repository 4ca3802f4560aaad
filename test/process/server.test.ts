import { mkdtempSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { execute, expectData } from '../support/client.ts'
import { cloneDatabase, closeLater, isServer } from '../support/database.ts'
import { startServer } from '../support/process.ts'

const READY = /"url":"([^"]+)","tools":(\d+),"revision":"(\d+)"/

test('the first start migrates, imports the starter catalog, says where it is, and stops cleanly at SIGTERM', async () => {
  const environment = isServer()
    ? await cloneDatabase()
    : { DATA_DIR: mkdtempSync(join(tmpdir(), 'tool-catalog-first-')) }
  const server = startServer(environment)
  await server.printed(READY)
  const [, url = '', tools = '', revision = ''] = READY.exec(server.output()) ?? []
  expect(Number(tools)).toBeGreaterThanOrEqual(60)
  expect(revision).toBe('1')
  expect(server.output()).toMatch(/GraphiQL at http:.* tools at revision 1\. Stop with Ctrl-C\./)
  expect(server.output()).toMatch(/Importing the starter catalog: \d+\/\d+/)
  const data = await expectData(url, '{ tool(name: "grep") { name } }')
  expect(data.tool).toEqual({ name: 'grep' })
  const stopping = performance.now()
  server.child.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(performance.now() - stopping).toBeLessThan(10_000)

  const again = startServer(environment)
  await again.printed(READY)
  expect(READY.exec(again.output())?.[3]).toBe('1')
  expect(again.output()).not.toContain('Importing')
  again.child.kill('SIGINT')
  expect(await again.exited).toBe(0)
})

test.skipIf(isServer())('the first start shows an admin key, once, on standard output alone', async () => {
  const environment = { DATA_DIR: mkdtempSync(join(tmpdir(), 'tool-catalog-key-')), STARTER_CATALOG: 'false' }
  const server = startServer(environment)
  let stdout = ''
  server.child.stdout?.on('data', (chunk: string) => {
    stdout += chunk
  })
  await server.printed(READY)
  const [, key = ''] = /^Admin key, shown this once: (tcat_\w+)\n.*authorization: Bearer/.exec(stdout) ?? []
  expect(server.output().split(key)).toHaveLength(2)
  const [, url = ''] = READY.exec(server.output()) ?? []
  const { data } = await execute(url, '{ viewer { role } }', {}, { authorization: `Bearer ${key}` })
  expect(data).toEqual({ viewer: { role: 'ADMIN' } })
  server.child.kill('SIGTERM')
  await server.exited
  const again = startServer(environment)
  await again.printed(READY)
  expect(again.output()).not.toContain('Admin key')
})

test('a server that others can reach does not start before somebody can sign in', async () => {
  const environment = { ...(await cloneDatabase()), HOST: '0.0.0.0', ANONYMOUS_ROLE: 'none', STARTER_CATALOG: 'false' }
  const server = startServer(environment)
  expect(await server.exited).toBe(78)
  expect(server.output()).toContain('there is no usable API key yet')
})

test('SIGTERM lets a request that is under way finish, and takes no new ones', async () => {
  const drain = { DRAIN_DELAY_MS: '0', DRAIN_MS: '0' }
  const server = startServer({ ...(await cloneDatabase()), STARTER_CATALOG: 'false', ...drain })
  await server.printed(READY)
  const { port } = new URL(READY.exec(server.output())?.[1] ?? '')
  const body = JSON.stringify({ query: '{ catalogStatistics { tools } }' })
  const slow = connect(Number(port), '127.0.0.1')
  slow.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  )
  // The server has the half request once it has answered one that was sent later.
  await fetch(`http://127.0.0.1:${port}/health`)
  server.child.kill('SIGTERM')
  await server.printed(/SIGTERM: finishing what is running/)
  const isOpen = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    )
  await expect.poll(isOpen, { timeout: 5_000 }).toBe(false)
  slow.write(body.slice(10))
  expect(await text(slow)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"catalogStatistics":\{"tools":0\}/)
  expect(await server.exited).toBe(0)
})

test('a request is logged in one line with its id, operation, time and error code, and without its query', async () => {
  const server = startServer({ ...(await cloneDatabase()), STARTER_CATALOG: 'false' })
  await server.printed(READY)
  const [, url = ''] = READY.exec(server.output()) ?? []
  await fetch(`${url}?note=secret`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'req-7' },
    body: JSON.stringify({
      query: 'query Listing($name: String!) { tools(first: 0) { totalCount } tool(name: $name) { name } }',
      variables: { name: 'hunter2\n{"fake":"line"}' },
    }),
  })
  await server.printed(/"requestId":"req-7".*\n/)
  const line = JSON.parse(
    server
      .output()
      .split('\n')
      .find((text) => text.includes('req-7')) ?? '{}',
  )
  expect(line).toMatchObject({
    requestId: 'req-7',
    method: 'POST',
    path: '/graphql',
    status: 200,
    actor: 'anonymous',
    operation: 'Listing',
    code: 'BAD_USER_INPUT',
    msg: 'request',
  })
  expect(line.ms).toBeGreaterThan(0)
  expect(server.output()).not.toMatch(/secret|hunter2|fake/)
})

test('a wrong configuration is reported whole, by name, with exit code 78', async () => {
  const server = startServer({
    PORT: 'abc',
    DATABASE_URL: 'mysql://root:hunter2@x',
    LOG_LEVEL: 'loud',
    DATABASE_POOL_MIN: '9',
    DATABASE_POOL_MAX: '3',
  })
  expect(await server.exited).toBe(78)
  expect(server.output()).toBe(
    [
      'The configuration is wrong:',
      '  PORT: must be a whole number, not "abc"',
      '  DATABASE_URL: must look like postgresql://user:password@host:5432/database',
      '  LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent, not "loud"',
      '  DATABASE_POOL_MIN: 9 is above DATABASE_POOL_MAX (3)',
      '',
    ].join('\n'),
  )
})

test('a port that is taken is named', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  closeLater(() => blocker.close())
  const address = blocker.address()
  const port = String(typeof address === 'object' && address?.port)
  const server = startServer({ ...(await cloneDatabase()), PORT: port })
  expect(await server.exited).toBe(1)
  expect(server.output()).toContain(`Port ${port} is taken.`)
})

test('a database server that is not there is a clear error at once, and is tried again until it is', async () => {
  const server = startServer({
    DATABASE_URL: 'postgresql://someone:hunter2@127.0.0.1:1/catalog',
    ANONYMOUS_ROLE: 'none',
  })
  await server.printed(
    /Cannot reach the database at 127\.0\.0\.1:1\/catalog: connect ECONNREFUSED.*Trying again in 1 s/,
  )
  await server.printed(/Trying again in 2 s/)
  expect(server.output()).not.toContain('hunter2')
  server.child.kill('SIGTERM')
  expect(await server.exited).toBe(0)
})

test.runIf(isServer())('a wrong database name is not waited for', async () => {
  const { DATABASE_URL = '' } = await cloneDatabase()
  const server = startServer({ DATABASE_URL: `${DATABASE_URL}_missing`, ANONYMOUS_ROLE: 'none' })
  expect(await server.exited).toBe(69)
  expect(server.output()).toMatch(/Cannot reach the database at .*_missing: database ".*" does not exist/)
})

test.skipIf(isServer())(
  'a second process on the same data directory is refused within 2 s, naming the first',
  async () => {
    const environment = await cloneDatabase()
    const first = startServer({ ...environment, STARTER_CATALOG: 'false' })
    await first.printed(READY)
    let fastest = Number.POSITIVE_INFINITY
    // 2 s is the promise on a quiet machine; tests share theirs with other tests.
    for (let i = 0; i < 3 && fastest >= 5_000; i++) {
      const started = performance.now()
      const second = startServer(environment)
      expect(await second.exited).toBe(75)
      expect(second.output()).toContain(`in use by process ${first.child.pid}`)
      fastest = Math.min(fastest, performance.now() - started)
    }
    expect(fastest).toBeLessThan(5_000)
  },
)

test.skipIf(isServer())('the lock of a killed process is taken over, and nothing is lost', async () => {
  const environment = await cloneDatabase()
  const first = startServer(environment)
  await first.printed(READY)
  first.child.kill('SIGKILL')
  await first.exited
  const second = startServer(environment)
  await second.printed(READY)
  expect(READY.exec(second.output())?.slice(2)).toEqual(READY.exec(first.output())?.slice(2))
})
