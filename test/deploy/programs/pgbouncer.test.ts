import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { createLogger } from '../../../src/logger.ts'
import { followBySocket } from '../../changes/stream-client.ts'
import { freePort } from '../../faults/cluster.ts'
import { ROOT } from '../../faults/replica.ts'
import { eventually } from '../../faults/wait.ts'
import { execute, expectData } from '../../support/client.ts'
import { closeLater, testConfig } from '../../support/database.ts'
import { aDefinition, importAll } from '../../support/fixtures.ts'
import { administer, databaseUrl } from '../../support/global-setup.ts'
import { bearer, createKey } from '../../support/keys.ts'
import { areThere, run } from './program.ts'

const CONFIG = join(ROOT, 'deploy/pgbouncer/pgbouncer.ini')
/** Two letters of `grep` are swapped, which pg_trgm's own threshold does not find. Each is asked of the database by itself. */
const misspelt = Array.from(
  { length: 60 },
  (_, index) => `{ searchTools(query: "grpe", first: ${index + 1}) { nodes { tool { name } } } }`,
)

const isThere = areThere({ pgbouncer: 'pgbouncer' })

describe.runIf(isThere)('servers behind PgBouncer', () => {
  let environment: Record<string, string>
  let direct: string

  beforeAll(async () => {
    const name = `tool_catalog_test_${randomUUID().replaceAll('-', '')}`
    const template = inject('template')
    if (template.kind !== 'server') throw new Error('needs DATABASE_URL')
    direct = databaseUrl(template.url, name)
    await administer(template.url, `CREATE DATABASE ${name}`)
    closeLater(() => administer(template.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    const port = await startPooler(new URL(direct))
    environment = {
      ANONYMOUS_ROLE: 'reader',
      DATABASE_URL: `postgresql://tester@127.0.0.1:${port}/tool_catalog`,
      DATABASE_DIRECT_URL: `postgresql://tester@127.0.0.1:${port}/tool_catalog_session`,
      DATABASE_PREPARED_STATEMENTS: 'false',
    }
  })

  const startServer = async (more: Record<string, string> = {}) => {
    const config = testConfig({ ...environment, ...more })
    const app = await createApp({ config, logger: createLogger(config) })
    closeLater(() => app.stop())
    return app
  }

  test('every session of the pooler is set as the servers set theirs, whoever uses it first', async () => {
    const sql = `SELECT current_setting('pg_trgm.similarity_threshold') AS similarity, current_setting('statement_timeout') AS statement,
      current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle`
    const settings = await ask(environment.DATABASE_URL ?? '', sql)
    expect(settings).toEqual([{ similarity: '0.2', statement: '15s', lock: '2s', idle: '30s' }])
  })

  test('servers that start together on an empty database migrate it once, and leave no lock behind', async () => {
    const apps = await Promise.all([startServer(), startServer(), startServer()])
    const applied = await ask(
      direct,
      'SELECT count(*)::int, count(DISTINCT migration_name)::int AS names FROM _prisma_migrations',
    )
    expect(applied[0]?.count).toBeGreaterThan(3)
    expect(applied[0]?.count).toBe(applied[0]?.names)
    for (const app of apps) await app.stop()
    expect(
      await ask(
        direct,
        `SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      ),
    ).toEqual([])
  })

  test('reads and writes that share a few sessions are right', async () => {
    const app = await startServer()
    const database = await openDatabase(testConfig(environment))
    await importAll(database, [aDefinition()])
    await database.close()
    const answers = await Promise.all(misspelt.map((query) => expectData(app.url, query)))
    expect(answers).toEqual(answers.map(() => ({ searchTools: { nodes: [{ tool: { name: 'grep' } }] } })))
    await expectWrites(app.url)
  })

  test('a change on one server is told at the other at once, not when it next looks', async () => {
    const [one, other] = [await startServer(), await startServer()]
    const editor = bearer(await createKey(testConfig(environment), 'editor', 'another editor'))
    const setEnabled = async (enabled: boolean) => {
      const query = `mutation { setToolEnabled(input: { tool: "grep", enabled: ${enabled} }) { ... on SetToolEnabledSuccess { revision } } }`
      const { setToolEnabled } = await expectData(one.url, query, {}, editor)
      return setToolEnabled.revision
    }
    const before = await setEnabled(true)
    const { next, leave } = await followBySocket(other.url, {}, { after: before })
    const waits: number[] = []
    for (let number = 0; number < 9; number++) {
      const revision = await setEnabled(number % 2 === 1)
      const committed = performance.now()
      for (let item = await next(); item?.revision !== revision; ) item = await next()
      waits.push(performance.now() - committed)
    }
    leave()
    // Without LISTEN it is found by looking once a second: after 500 ms in the middle.
    expect(waits.sort((a, b) => a - b)[4]).toBeLessThan(250)
  })

  test.runIf(isThere && isBefore121())(
    'an older PgBouncer breaks names of prepared statements: hence the variable',
    async () => {
      const app = await startServer({
        DATABASE_PREPARED_STATEMENTS: 'true',
        CACHE_MAX_ENTRIES: '0',
        CACHE_MAX_BYTES: '0',
      })
      const answers = await Promise.all(misspelt.map((query) => execute(app.url, query)))
      expect(answers.filter(({ errors }) => errors).length).toBeGreaterThan(0)
    },
  )

  const expectWrites = async (url: string) => {
    const editor = bearer(await createKey(testConfig(environment), 'editor'))
    const write = (id: number) =>
      `mutation { setToolEnabled(input: { tool: "grep", enabled: ${id % 2 === 0}, clientMutationId: "${id}" }) { __typename } }`
    // Each id is sent three times at once, which advisory locks put in order.
    const sent = await Promise.all(
      Array.from({ length: 30 }, (_, index) => execute(url, write(index % 10), {}, editor)),
    )
    expect(sent.map(({ data }) => data?.setToolEnabled.__typename)).toEqual(sent.map(() => 'SetToolEnabledSuccess'))
    const [{ receipts, revisions } = {}] = await ask(
      direct,
      'SELECT (SELECT count(*)::int FROM mutation_receipts) AS receipts, (SELECT revision::int FROM catalog_state) AS revisions',
    )
    expect(receipts).toBe(10)
    expect(revisions).toBeLessThanOrEqual(11)
  }
})

/** PgBouncer with the configuration that we ship, but for where the database is, and who may come in. @returns its port */
async function startPooler({ hostname, port: serverPort, pathname, username }: URL): Promise<number> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-pgbouncer-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  const place = `host=${hostname} port=${serverPort || '5432'} user=${username || 'postgres'} dbname=${pathname.slice(1)}`
  const text = readFileSync(CONFIG, 'utf8')
    .replaceAll('host=database port=5432 dbname=tool_catalog', place)
    .replace('pool_mode=transaction pool_size=20', 'pool_mode=transaction pool_size=4')
    .replace('listen_addr = *\nlisten_port = 6432', `listen_addr = 127.0.0.1\nlisten_port = ${port}`)
    .replace(/auth_type = .*\nauth_file = .*/, 'auth_type = any')
  writeFileSync(join(folder, 'pgbouncer.ini'), text)
  chmodSync(folder, 0o755)
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const pooler = run(['pgbouncer', ...user, join(folder, 'pgbouncer.ini')])
  const isUp = () =>
    ask(`postgresql://tester@127.0.0.1:${port}/tool_catalog`, 'SELECT 1').then(
      () => true,
      () => false,
    )
  if (!(await eventually(isUp, 10_000))) throw new Error(`PgBouncer does not answer:\n${pooler.output()}`)
  return port
}

/** `max_prepared_statements` came with 1.21 (https://www.pgbouncer.org/changelog.html). */
function isBefore121(): boolean {
  const [, minor] = /PgBouncer 1\.(\d+)/.exec(execFileSync('pgbouncer', ['--version'], { encoding: 'utf8' })) ?? []
  return Number(minor) < 21
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
