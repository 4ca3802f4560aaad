import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import pg from 'pg'
import { importDefinitions, prepareItem } from '../src/catalog/import.ts'
import { catalogStatistics } from '../src/catalog/statistics.ts'
import { readConfig } from '../src/config.ts'
import { type Database, openDatabase } from '../src/db/database.ts'
import { withSnapshot } from '../src/db/snapshot.ts'
import type { JsonObject } from '../src/definition/json.ts'
import { generateDefinitions } from './generate-definitions.ts'

// `npm run bench:statistics -- 20000`: what a refresh of the statistics view takes, and what it keeps others waiting, beside
// reading the view and counting. In a new embedded database, or in one of its own on the server that DATABASE_URL names.
const count = Number(process.argv[2] ?? 200)
const ROUNDS = 15
const BATCH = 1_000
const REFRESH = 'REFRESH MATERIALIZED VIEW CONCURRENTLY catalog_statistics'

const server = process.env.DATABASE_URL
const name = `tool_catalog_bench_${process.pid}`
const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-bench-'))
if (server) await administer(server, `CREATE DATABASE ${name}`)
try {
  const environment = server ? { DATABASE_URL: withDatabase(server), ANONYMOUS_ROLE: 'reader' } : { DATA_DIR: folder }
  const database = await openDatabase(readConfig({ ...environment, DATABASE_STATEMENT_TIMEOUT_MS: '120000' }))
  try {
    await database.migrate()
    await fill(database)
    await database.pool.query('VACUUM ANALYZE')
    console.log(`${count} tools, ${database.kind}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
    await measure(database)
  } finally {
    await database.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  if (server) await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

async function fill(database: Database): Promise<void> {
  // What the generator writes is an object.
  const items = [...generateDefinitions(count)].map((made) => prepareItem(made.name, load(made.text) as JsonObject))
  for (let from = 0; from < items.length; from += BATCH)
    await importDefinitions(database, { actor: 'bench', source: 'import' }, items.slice(from, from + BATCH), {
      onConflict: 'fail',
    })
}

async function measure(database: Database): Promise<void> {
  const { pool } = database
  const read = (exact: boolean) => withSnapshot(database, (reader) => catalogStatistics(reader, { exact }), 'published')
  await report('refresh', () => pool.query(REFRESH))
  await report('read the view', () => read(false))
  await report('count (exact: true)', () => read(true))
  await report('SELECT 1', () => pool.query('SELECT 1'))
  await report('SELECT 1 sent in the middle of a refresh', async () => {
    const refresh = pool.query(REFRESH)
    await new Promise((resolve) => setTimeout(resolve, 2))
    const started = performance.now()
    await pool.query('SELECT 1')
    const took = performance.now() - started
    await refresh
    return took
  })
}

/** @param work resolves to what it took, in milliseconds, or to anything else when the whole of it is meant */
async function report(title: string, work: () => Promise<unknown>): Promise<void> {
  const took: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now()
    const told = await work()
    took.push(typeof told === 'number' ? told : performance.now() - started)
  }
  took.sort((a, b) => a - b)
  const ms = (index: number) => (took[index] ?? 0).toFixed(1)
  console.log(`${title}: median ${ms(ROUNDS >> 1)} ms, least ${ms(0)} ms, most ${ms(ROUNDS - 1)} ms`)
}

function withDatabase(url: string): string {
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}
