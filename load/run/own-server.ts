import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { generateDefinitions } from '../generate-definitions.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const READY_MS = 60_000
const STOP_MS = 15_000

/** What would stop a load that comes from one address, or make the log a good part of the work. */
const ENVIRONMENT = {
  STARTER_CATALOG: 'false',
  ANONYMOUS_ROLE: 'none',
  HOST: '127.0.0.1',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_PER_KEY: '0',
  RATE_LIMIT_PER_ADDRESS: '0',
  MAX_SOCKETS_PER_KEY: '1000000',
  MAX_SOCKETS_PER_ADDRESS: '1000000',
  DRAIN_DELAY_MS: '0',
  DRAIN_MS: '0',
}

export interface OwnServer {
  readonly url: string
  readonly pid: number
  readonly key: string
  readonly readerKey: string
  readonly database: 'PostgreSQL' | 'embedded'
  /** Resolves when the server ends, however it does: with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/**
 * Start a server with a generated catalog on a database of its own: on the PostgreSQL server that DATABASE_URL names, or
 * the embedded one.
 * @param cleanUp takes what has to be undone, last in first out, also when the start fails half way
 */
export async function startOwnServer(
  { tools, logFile }: { readonly tools: number; readonly logFile: string },
  cleanUp: (undo: () => unknown) => void,
): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-load-'))
  cleanUp(() => rmSync(folder, { recursive: true, force: true }))
  const database = await createDatabase(folder, cleanUp)
  const port = await freePort()
  const env = { ...process.env, ...ENVIRONMENT, ...database, PORT: String(port) }
  const run = (...args: string[]) =>
    execFileSync(process.execPath, ['bin/tool-catalog.js', ...args], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  run('import', writeDefinitions(join(folder, 'tools'), tools))
  const key = run('keys', 'create', 'load test', '--role', 'admin')
  const readerKey = run('keys', 'create', 'load test reader', '--role', 'reader')
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, ['dist/main.js'], { cwd: ROOT, env, stdio: ['ignore', log, log] })
  cleanUp(() => end(child))
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  await untilReady(child, `http://127.0.0.1:${port}/ready`, logFile)
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    // It answered: it has a process id.
    pid: child.pid as number,
    key,
    readerKey,
    database: process.env.DATABASE_URL ? 'PostgreSQL' : 'embedded',
    ended,
  }
}

async function createDatabase(folder: string, cleanUp: (undo: () => unknown) => void): Promise<Record<string, string>> {
  const server = process.env.DATABASE_URL
  if (!server) return { DATA_DIR: join(folder, 'data') }
  const name = `tool_catalog_load_${process.pid}`
  const url = new URL(server)
  url.pathname = `/${name}`
  await administer(server, `CREATE DATABASE ${name}`)
  cleanUp(() => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { DATABASE_URL: url.href }
}

async function administer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(sql)
  await client.end()
}

function writeDefinitions(folder: string, tools: number): string {
  mkdirSync(folder)
  for (const { name, text } of generateDefinitions(tools)) writeFileSync(join(folder, `${name}.yaml`), text)
  return folder
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const until = performance.now() + READY_MS
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: see ${logFile}`)
    const response = await fetch(url).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok) return
    await sleep(100)
  }
  throw new Error(`the server was not ready within ${READY_MS / 1_000} s: see ${logFile}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(patience)
}
