import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { generateDefinitions } from './generate-definitions.ts'

// `npm run bench:import -- 20000`: validate, import and import again that many definitions on the PostgreSQL server that
// DATABASE_URL names, in a database of its own, with the built command. Prints times, rates and the most memory used.
const count = Number(process.argv[2] ?? 20_000)
const server = process.env.DATABASE_URL
if (!server) throw new Error('Set DATABASE_URL to a PostgreSQL server; a database is created on it and dropped again')
const COMMAND = fileURLToPath(new URL('../bin/tool-catalog.js', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-bench-'))
const database = `tool_catalog_bench_${process.pid}`
const url = new URL(server)
url.pathname = `/${database}`
await administer(`CREATE DATABASE ${database}`)
try {
  const bytes = writeDefinitions()
  console.log(
    `${count} definitions, ${(bytes / count / 1024).toFixed(1)} KB each; Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`,
  )
  await measure('validate', ['validate', folder])
  await measure('import', ['import', folder])
  await measure('import again', ['import', folder])
  await measure('export', ['export', join(folder, 'out')])
} finally {
  rmSync(folder, { recursive: true, force: true })
  await administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
}

function writeDefinitions(): number {
  let bytes = 0
  for (const { name, text } of generateDefinitions(count)) {
    // A hundred folders, as a catalog kept in git would have.
    const group = join(folder, name.slice(-2))
    mkdirSync(group, { recursive: true })
    writeFileSync(join(group, `${name}.yaml`), text)
    bytes += text.length
  }
  return bytes
}

async function measure(title: string, args: readonly string[]): Promise<void> {
  const started = performance.now()
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { ...process.env, DATABASE_URL: url.href },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let last = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    last = (last + chunk).slice(-500)
  })
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, peakMemory(child.pid ?? 0))
  }, 50)
  const [code] = await once(child, 'close')
  clearInterval(timer)
  const seconds = (performance.now() - started) / 1000
  const summary = last.trim().split('\n').at(-1)
  console.log(
    `${title}: ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s, peak ${Math.round(most)} MB, exit ${code}: ${summary}`,
  )
}

/** Peak resident memory in MB, from proc(5); 0 once the process is gone. */
function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(sql)
  await client.end()
}
