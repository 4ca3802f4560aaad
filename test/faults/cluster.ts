import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { eventually, sleep } from './wait.ts'

const run = promisify(execFile)

/** How long the children of a killed server may take to notice, in milliseconds. */
const CHILDREN_MS = 5_000

/** How a PostgreSQL server goes down: by `kill -9`, without a checkpoint, or after one. */
export type Death = 'kill' | 'immediate' | 'fast'

/** A PostgreSQL server of the runner's own, which may be killed. It writes to disk as a real one does. */
export class Cluster {
  readonly port: number
  readonly #folder: string
  readonly #binaries: string

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#binaries = findBinaries()
    this.port = port
  }

  static async create(folder: string): Promise<Cluster> {
    mkdirSync(folder, { recursive: true })
    if (process.getuid?.() === 0) chownSync(folder, ...postgresIds())
    const cluster = new Cluster(folder, await freePort())
    await cluster.#command('initdb', ['-D', cluster.#data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'])
    await cluster.start()
    return cluster
  }

  url(database: string, port = this.port): string {
    return `postgresql://postgres@127.0.0.1:${port}/${database}`
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c max_connections=300 -k ${this.#folder}`
    const start = ['-D', this.#data, '-w', '-t', '30', '-l', join(this.#folder, 'log'), '-o', options, 'start']
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#command('pg_ctl', start)
      } catch (error) {
        // The children of a killed one hold its shared memory for another moment.
        if (attempt === 20) throw error
        await sleep(100)
      }
    }
  }

  /** Resolves when nobody of it answers any more. */
  async stop(death: Death): Promise<void> {
    if (death !== 'kill') return this.#command('pg_ctl', ['-D', this.#data, '-w', '-m', death, 'stop'])
    const [line] = readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(line)
    const children = childrenOf(pid)
    process.kill(pid, 'SIGKILL')
    // They notice, and end by themselves: until then a server has a database, and its answers are not stale.
    await eventually(() => !children.some(isAlive), CHILDREN_MS, 5)
  }

  /** Run one statement that no transaction takes, such as CREATE DATABASE. */
  async administer(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') })
    await client.connect()
    await client.query(sql)
    await client.end()
  }

  async destroy(): Promise<void> {
    await this.stop('immediate')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  async #command(program: string, parameters: readonly string[]): Promise<void> {
    const path = join(this.#binaries, program)
    // PostgreSQL refuses to run as root.
    const isRoot = process.getuid?.() === 0
    const [file, all] = isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...parameters]] : [path, [...parameters]]
    const child = run(file, all, { cwd: '/', timeout: 60_000 })
    await child
  }
}

/** Processes that a process has started, as the kernel knows them (proc(5)); none where it does not say. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

/** One that has ended, and that nobody has asked for yet, is a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The highest version that Debian's and Ubuntu's packages have installed, or what is on the path. */
function findBinaries(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : []
  return versions[0] === undefined ? '' : join(root, versions[0], 'bin')
}

function postgresIds(): [number, number] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('postgres:'))
  const [, , user, group] = line?.split(':') ?? []
  if (user === undefined || group === undefined) throw new Error('there is no user postgres to run PostgreSQL as')
  return [Number(user), Number(group)]
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
