import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openDatabase } from '../../../src/db/database.ts'
import { followByEvents, followBySocket } from '../../changes/stream-client.ts'
import { freePort } from '../../faults/cluster.ts'
import { Replica, ROOT } from '../../faults/replica.ts'
import { eventually, sleep } from '../../faults/wait.ts'
import { execute, expectData } from '../../support/client.ts'
import { cloneDatabase, closeLater, testConfig } from '../../support/database.ts'
import { aDefinition, importAll } from '../../support/fixtures.ts'
import { bearer, createKey } from '../../support/keys.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { areThere, type Program, run, runToEnd } from './program.ts'
import { Traffic } from './traffic.ts'

const CONFIG = join(ROOT, 'deploy/haproxy/haproxy.cfg')

describe.runIf(areThere({ haproxy: 'haproxy', openssl: 'openssl' }))('two servers behind HAProxy', () => {
  let replicas: readonly [Replica, Replica]
  let ports: { readonly http: number; readonly tls: number }
  let url: string
  let certificate: string
  let editor: Record<string, string>
  let proxy: Program
  let database: TcpProxy

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-haproxy-'))
    closeLater(() => rmSync(folder, { recursive: true, force: true }))
    const own = await cloneDatabase()
    database = await startTcpProxy(own.DATABASE_URL ?? '')
    const environment = { ...own, DATABASE_URL: database.url }
    editor = bearer(await createKey(testConfig(environment), 'editor'))
    await importGrep(environment)
    const start = async (name: string) => {
      // The proxy takes up to 2 s to see that a server is not ready any more.
      const settings = { ...environment, TRUST_PROXY: 'true', DRAIN_DELAY_MS: '3000', DRAIN_MS: '500' }
      const replica = await Replica.create(name, join(folder, `${name}.log`), settings)
      closeLater(() => replica.kill())
      await replica.start()
      return replica
    }
    replicas = [await start('one'), await start('two')]
    ports = { http: await freePort(), tls: await freePort() }
    certificate = await makeCertificate(folder)
    url = `http://127.0.0.1:${ports.http}/graphql`
    proxy = run(['haproxy', '-db', '-f', CONFIG], {
      env: {
        BIND: `127.0.0.1:${ports.http}`,
        BIND_TLS: `127.0.0.1:${ports.tls}`,
        CERTIFICATE: certificate,
        SERVER_1: `127.0.0.1:${replicas[0].port}`,
        SERVER_2: `127.0.0.1:${replicas[1].port}`,
      },
    })
    expect(await eventually(() => answers(url.replace('/graphql', '/ready')), 10_000), proxy.output()).toBe(true)
    await expectData(
      url,
      'mutation { setToolEnabled(input: { tool: "grep", enabled: true }) { __typename } }',
      {},
      editor,
    )
  })

  /** Until the proxy has left this server out, and has taken it in again, behind what it had printed then; 10 s at most. */
  const takesInAgain = (server: string, printedBefore: number) =>
    eventually(
      () => {
        const printed = proxy.output().slice(printedBefore)
        const down = printed.indexOf(`servers/${server} is DOWN`)
        return down !== -1 && printed.includes(`servers/${server} is UP`, down)
      },
      10_000,
      100,
    )

  test('queries, websockets and server-sent events come through', async () => {
    expect(await expectData(url, '{ tools(first: 1) { totalCount } }')).toEqual({ tools: { totalCount: 1 } })
    for (const follow of [followBySocket, followByEvents]) {
      const { next, leave } = await follow(url, {}, { after: '0' })
      expect(await next()).toMatchObject({ __typename: 'ChangeSet', revision: '1' })
      leave()
    }
  })

  test('the same over TLS, and not the figures of Prometheus', async () => {
    const ca = readFileSync(certificate)
    const { status, body } = await getTls(`https://localhost:${ports.tls}/health`, ca)
    expect({ status, body }).toEqual({ status: 200, body: '' })
    const socket = new WebSocket(`wss://localhost:${ports.tls}/graphql`, 'graphql-transport-ws', { ca })
    closeLater(() => socket.terminate())
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const hidden = await fetch(url.replace('/graphql', '/metrics'))
    expect(hidden.status).toBe(404)
    // HAProxy's own page: the request did not reach a server, which would answer in JSON.
    expect(hidden.headers.get('content-type')).toBe('text/html')
  })

  test('when a server is killed no read fails, a write is done once, and subscriptions go on', async () => {
    const traffic = new Traffic(url, editor)
    expect(await traffic.goesOn(200, 10)).toBe(true)
    const printed = proxy.output().length
    await replicas[0].kill()
    // Past the moment when the proxy has noticed by itself.
    await sleep(2_500)
    expect(await traffic.goesOn(200, 10)).toBe(true)
    await traffic.stop()
    expectGoodService(traffic)
    await replicas[0].start()
    await takesInAgain('tool-catalog-1', printed)
  })

  test('when servers are restarted one after the other nothing fails at all', async () => {
    const traffic = new Traffic(url, editor)
    expect(await traffic.goesOn(100, 5)).toBe(true)
    for (const [index, replica] of replicas.entries()) {
      const printed = proxy.output().length
      expect(await replica.terminate()).toMatchObject({ code: 0 })
      await replica.start()
      // However long that takes on a busy machine: the other one goes next.
      await takesInAgain(`tool-catalog-${index + 1}`, printed)
      expect(await traffic.goesOn(50, 5)).toBe(true)
    }
    await traffic.stop()
    expectGoodService(traffic)
    expect(traffic.failedWrites).toEqual([])
  })

  test('while the database is away, what was asked before is answered from memory, and /ready says what is wrong', async () => {
    const query = '{ tools(first: 1) { totalCount } }'
    for (const replica of replicas) await expectData(replica.url, query)
    const ready = url.replace('/graphql', '/ready')
    expect(await eventually(() => answers(ready), 10_000)).toBe(true)
    await database.refuse()
    // Until it has noticed, it asks the servers as before.
    const hasNoticed = () => /servers'? has no server available/.test(proxy.output())
    expect(await eventually(hasNoticed, 10_000), proxy.output()).toBe(true)
    const isStale = async () => 'stale' in ((await execute(url, query)).extensions ?? {})
    expect(await eventually(() => isStale().catch(() => false), 10_000), proxy.output()).toBe(true)
    const told = await fetch(ready)
    expect({ status: told.status, body: await told.json() }).toMatchObject({ status: 503, body: { ready: false } })
    await database.letThrough()
    expect(await eventually(() => answers(ready), 10_000)).toBe(true)
    await expectData(url, query)
  })
})

function expectGoodService({ failedReads, written, followed, connections }: Traffic): void {
  expect(failedReads).toEqual([])
  // Nobody else writes: each write has one revision, and none is missing.
  expect(written).toEqual(written.map((_, index) => String(Number(written[0]) + index)))
  for (const seen of followed) {
    // What this traffic wrote, without what was there before.
    expect(seen.slice(-written.length)).toEqual(written)
    expect(new Set(seen).size).toBe(seen.length)
  }
  // Who had followed a server that went away came back.
  expect(connections).toBeGreaterThan(followed.length)
}

async function importGrep(environment: Record<string, string>): Promise<void> {
  const database = await openDatabase(testConfig(environment))
  await importAll(database, [aDefinition()])
  await database.close()
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function makeCertificate(folder: string): Promise<string> {
  const [key, chain] = [join(folder, 'key.pem'), join(folder, 'chain.pem')]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  await runToEnd([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...name,
    '-keyout',
    key,
    '-out',
    chain,
  ])
  const both = join(folder, 'catalog.pem')
  writeFileSync(both, readFileSync(chain, 'utf8') + readFileSync(key, 'utf8'))
  return both
}

function getTls(url: string, ca: Buffer): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { ca }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.once('end', () => resolve({ status: response.statusCode, body }))
    }).once('error', reject)
  })
}
