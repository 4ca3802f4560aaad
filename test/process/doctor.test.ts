import { beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { cloneDatabase, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { runCommand } from '../support/process.ts'
import { startTestCatalog } from '../support/test-catalog.ts'

let environment: Record<string, string>
beforeAll(async () => {
  environment = await cloneDatabase()
  const database = await openDatabase(testConfig(environment))
  await importAll(database, [aDefinition(), aDefinition({ tool_name: 'sed', platform: 'solaris' })])
  await database.close()
})

test('doctor of a sound catalog exits with 0 and says what it has looked at', async () => {
  const { code, stdout } = await runCommand(['doctor'], environment)
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok {7}configuration {2}every /) })
  expect(stdout).toMatch(/\nok {7}history {8}1 revisions are as they were written; head [0-9a-f]{64}\n/)
  expect(stdout).toMatch(/\n11 findings: \d+ ok, 0 warnings, 0 failed, \d skipped\n$/)
  const { stdout: json } = await runCommand(['doctor', '--json', '--no-history'], environment)
  expect(JSON.parse(json)).toMatchObject({ ok: true })
  expect(JSON.parse(json).findings.at(-1)).toEqual({ check: 'history', status: 'skipped', says: 'not asked for' })
})

test('doctor exits with 1 when something failed, and says what to do; warnings count when it is strict', async () => {
  const damaged = await cloneDatabase()
  const change = async (sql: string) => {
    const database = await openDatabase(testConfig(damaged))
    await database.pool.query(sql)
    await database.close()
  }
  await change(
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', '', 'later', now())",
  )
  expect((await runCommand(['doctor'], damaged)).code).toBe(0)
  expect((await runCommand(['doctor', '--strict'], damaged)).code).toBe(1)
  await change('DROP INDEX tools_platform_name_key_idx')
  const { code, stdout } = await runCommand(['doctor'], damaged)
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /failed {3}indexes {8}the index tools_platform_name_key_idx is missing.*\n +Run: CREATE INDEX CONCURRENTLY /,
  )
})

test('doctor names every variable that is wrong, and exits with 78', async () => {
  const { code, stdout } = await runCommand(['doctor', '--json'], { PORT: 'x', LOG_LEVEL: 'loud' })
  expect(code).toBe(78)
  expect(JSON.parse(stdout).findings).toEqual([
    expect.objectContaining({ check: 'configuration', status: 'failed', says: expect.stringContaining('PORT') }),
    expect.objectContaining({ check: 'configuration', status: 'failed', says: expect.stringContaining('LOG_LEVEL') }),
  ])
})

test('doctor says that the database cannot be reached, and exits with 69', async () => {
  const { code, stdout } = await runCommand(['doctor'], { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' })
  expect(code).toBe(69)
  expect(stdout).toMatch(/failed {3}database {7}Cannot reach the database at 127\.0\.0\.1:1\/none: .*\n +Look whether/)
})

test('stats are the same from the database and from the server, in words and as JSON', async () => {
  const catalog = await startTestCatalog()
  await catalog.create({ tool_name: 'one' })
  await catalog.create({ tool_name: 'two', platform: 'solaris' })
  const { DATABASE_URL, DATA_DIR } = catalog.config
  const database = DATABASE_URL === undefined ? { DATA_DIR } : { DATABASE_URL }
  const key = catalog.roles.editor.authorization.replace('Bearer ', '')
  const statistics = async () => {
    const served = await runCommand(['stats', '--url', catalog.url, '--json'], { TOOL_CATALOG_KEY: key })
    expect(served.code).toBe(0)
    const stored = await runCommand(['stats', '--json'], database)
    const comparable = ({ stdout }: { stdout: string }) => {
      const answer = JSON.parse(stdout)
      const { computedAt: _, ...figures } = answer.catalog
      return { ...answer, catalog: figures }
    }
    return { served: comparable(served), stored: comparable(stored) }
  }
  // The figures of a server are counted soon after a change.
  await expect.poll(async () => (await statistics()).served.catalog.tools, { timeout: 20_000 }).toBe(2)
  const { served, stored } = await statistics()
  expect(served).toEqual(stored)
  expect(stored).toMatchObject({
    state: { revision: '2', compactedRevision: '0' },
    catalog: {
      tools: 2,
      toolsByPlatform: [
        { name: 'linux', count: 1 },
        { name: 'solaris', count: 1 },
      ],
    },
    reloads: { total: 2, successRate: 1, counts: [{ trigger: 'api', outcome: 'succeeded', count: 2 }] },
  })
  const { stdout } = await runCommand(['stats'], database)
  expect(stdout).toMatch(/^revision {6}2, changes kept behind 0, epoch /)
  expect(stdout).toContain('\ntools         2, 2 enabled\n')
  expect(stdout).toContain('\nplatforms     linux 1, solaris 1\n')
  expect(stdout).toMatch(/\nreloads {7}2, 100\.0 % succeeded, p50 \/ p95 \/ p99 /)
})

test('stats of a server that is not there exit with 69', async () => {
  const { code, output } = await runCommand(['stats', '--url', 'http://127.0.0.1:1/graphql'])
  expect({ code, output }).toMatchObject({
    code: 69,
    output: expect.stringContaining('Cannot reach http://127.0.0.1:1'),
  })
})
