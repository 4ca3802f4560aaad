import { expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config.ts'
import { connectWithRetry } from '../../src/db/connect.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { freePort } from '../faults/cluster.ts'
import { cloneDatabase, closeLater, isServer, testConfig } from '../support/database.ts'

test('a way past the pooler makes no sense without a pooler', () => {
  const wrong = () => readConfig({ DATABASE_DIRECT_URL: 'postgresql://127.0.0.1/catalog' })
  expect(wrong).toThrow(new ConfigError(['DATABASE_URL: must be set when DATABASE_DIRECT_URL is']))
})

test.runIf(isServer())('LISTEN and migrations go past the pooler, and nothing else does', async () => {
  const environment = await cloneDatabase()
  const pooled = new URL(environment.DATABASE_URL ?? '')
  pooled.searchParams.set('options', '-c tool_catalog.way=pooled')
  const database = await openDatabase(
    testConfig({ ...environment, DATABASE_URL: pooled.href, DATABASE_DIRECT_URL: environment.DATABASE_URL ?? '' }),
  )
  closeLater(() => database.close())
  const way = `SELECT current_setting('tool_catalog.way', true) AS way`
  expect((await database.pool.query(way)).rows).toEqual([{ way: 'pooled' }])
  expect(await database.prisma.$queryRawUnsafe(way)).toEqual([{ way: 'pooled' }])
  const client = database.createClient({ query_timeout: 5_000 })
  await client.connect()
  expect((await client.query(way)).rows).toEqual([{ way: null }])
  await client.end()
  expect(await database.migrate()).toEqual([])
})

test.runIf(isServer())('a way past the pooler that leads nowhere is reported at once, and tried again', async () => {
  const environment = await cloneDatabase()
  const port = await freePort()
  const config = testConfig({ ...environment, DATABASE_DIRECT_URL: `postgresql://tester@127.0.0.1:${port}/elsewhere` })
  const database = await openDatabase(config)
  closeLater(() => database.close())
  const giveUp = new AbortController()
  const logger = createLogger(config)
  const said: string[] = []
  logger.error = (message: unknown) => {
    said.push(String(message))
    giveUp.abort()
  }
  await expect(connectWithRetry(database, logger, giveUp.signal)).rejects.toThrow(`127.0.0.1:${port}/elsewhere`)
  expect(said).toEqual([
    `Cannot reach the database at 127.0.0.1:${port}/elsewhere: connect ECONNREFUSED 127.0.0.1:${port}. Trying again in 1 s.`,
  ])
})
