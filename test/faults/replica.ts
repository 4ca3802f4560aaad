import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from './cluster.ts'
import { eventually } from './wait.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const LIMITS = {
  LOG_FORMAT: 'json',
  // A line for each request would be a good part of the work.
  LOG_LEVEL: 'warn',
  STARTER_CATALOG: 'false',
  ANONYMOUS_ROLE: 'reader',
  COMPACTION_INTERVAL_MINUTES: '0',
  RATE_LIMIT_PER_KEY: '0',
  RATE_LIMIT_PER_ADDRESS: '0',
  MAX_SOCKETS_PER_KEY: '100000',
  MAX_SOCKETS_PER_ADDRESS: '100000',
  MAX_QUERY_COST: '1000000000',
  DRAIN_DELAY_MS: '500',
  DRAIN_MS: '1000',
}

/** A server process as its users run it, on a port that it keeps over restarts. */
export class Replica {
  /** Those of all replicas, for who has to leave in a hurry. */
  static readonly running = new Set<ChildProcess>()
  readonly name: string
  readonly port: number
  readonly #environment: Record<string, string>
  readonly #logFile: string
  #child: ChildProcess | undefined
  #isEndExpected = false
  /** Folder of the program: another one is another version, from the next start on. */
  root = ROOT
  /** Exits that nobody caused. */
  readonly falls: string[] = []

  constructor(name: string, port: number, logFile: string, environment: Record<string, string>) {
    this.name = name
    this.port = port
    this.#logFile = logFile
    this.#environment = environment
  }

  static async create(name: string, logFile: string, environment: Record<string, string>): Promise<Replica> {
    return new Replica(name, await freePort(), logFile, environment)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Start the process without waiting for it. */
  launch(more: Record<string, string> = {}): ChildProcess {
    const { PATH = '', HOME = '' } = process.env
    const env = { PATH, HOME, ...LIMITS, PORT: String(this.port), ...this.#environment, ...more }
    const child = spawn(process.execPath, ['dist/main.js'], { cwd: this.root, env })
    const log = createWriteStream(this.#logFile, { flags: 'a' })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    this.#isEndExpected = false
    Replica.running.add(child)
    child.once('exit', (code, signal) => {
      Replica.running.delete(child)
      if (!this.#isEndExpected) this.falls.push(`${this.name} ended by itself with ${code ?? signal}`)
    })
    child.once('close', () => log.end())
    this.#child = child
    return child
  }

  /** Start, and wait until it is ready; gives the milliseconds that this took. */
  async start(withinMs = 30_000, more: Record<string, string> = {}): Promise<number> {
    const started = performance.now()
    this.launch(more)
    const isUp = await eventually(() => !this.isRunning || this.isReady(), withinMs)
    if (!isUp || !this.isRunning) throw new Error(`${this.name} was not ready within ${withinMs} ms: ${this.#logFile}`)
    return performance.now() - started
  }

  /** Killed and started again: what it had in memory is gone. */
  async restart(more: Record<string, string> = {}): Promise<void> {
    await this.kill()
    await this.start(30_000, more)
  }

  async isReady(): Promise<boolean> {
    return (await this.readiness()) === 200
  }

  /** Status of /ready; 0 when nobody answers. */
  async readiness(): Promise<number> {
    const address = `http://127.0.0.1:${this.port}/ready`
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(3_000), headers: { connection: 'close' } })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM; gives the milliseconds until it was gone, and how it ended. */
  async terminate(): Promise<{ readonly ms: number; readonly code: number | string }> {
    const started = performance.now()
    const code = await this.#end('SIGTERM')
    return { ms: performance.now() - started, code }
  }

  /** Resident memory, in MiB (proc(5)). */
  memory(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  }

  async #end(signal: NodeJS.Signals): Promise<number | string> {
    const child = this.#child
    if (!child || !this.isRunning) return 0
    this.#isEndExpected = true
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    child.kill(signal)
    const [code, by] = await ended
    return code ?? by ?? 0
  }
}
