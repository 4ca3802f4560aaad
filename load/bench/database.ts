import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { generateDefinitions } from '../generate-definitions.ts'
import type { ListedTool } from './asks.ts'
import { OURS, PEERS } from './contestants.ts'

export interface BenchDatabase {
  readonly name: string
  readonly url: string
  readonly drop: () => Promise<void>
}

/** Every tenth tool is disabled, so that lists of the enabled ones leave something out. */
const DISABLED = 10

/** An empty database of its own on the server, with our tables or as a copy of another one. */
export async function createDatabase(server: string, what: string, template?: BenchDatabase): Promise<BenchDatabase> {
  const name = `tool_catalog_bench_${process.pid}_${what}`
  await execute(server, `CREATE DATABASE ${name}${template ? ` TEMPLATE ${template.name}` : ''}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  // Any command that works on a database brings its tables up to date first.
  if (!template) runCommand(url.href, ['keys', 'list'])
  return { name, url: url.href, drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** Generated definitions as files, in a hundred folders, as a catalog kept in git would have. */
export function writeDefinitions(folder: string, count: number): void {
  let index = 0
  for (const { name, text } of generateDefinitions(count)) {
    const group = join(folder, name.slice(-2))
    mkdirSync(group, { recursive: true })
    writeFileSync(join(group, `${name}.yaml`), index++ % DISABLED === 0 ? `${text}enabled: false\n` : text)
  }
}

/** Fill it by our own import, and give the peers what they need beside the tables. */
export async function fillDatabase({ url }: BenchDatabase, folder: string): Promise<void> {
  runCommand(url, ['import', folder])
  await execute(url, readFileSync(join(PEERS, 'postgraphile.sql'), 'utf8'))
  await execute(url, 'VACUUM ANALYZE')
}

/** Run `tool-catalog`. @returns what it printed */
export function runCommand(url: string, args: readonly string[], node: string = process.execPath): string {
  return execFileSync(node, ['bin/tool-catalog.js', ...args], {
    cwd: OURS,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', DATABASE_URL: url },
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

/** Each under a name of its own: a database serves several servers, one after the other. */
export function createKey(url: string, role: 'reader' | 'admin'): string {
  return runCommand(url, ['keys', 'create', `bench ${randomUUID()}`, '--role', role])
}

export async function listTools(url: string): Promise<ListedTool[]> {
  return query<ListedTool>(url, 'SELECT id, name_key AS name, enabled, updated_at::text AS "updatedAt" FROM tools')
}

export async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as T[]
  } finally {
    await client.end()
  }
}

export async function execute(url: string, sql: string): Promise<void> {
  await query(url, sql)
}
