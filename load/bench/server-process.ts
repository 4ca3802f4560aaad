import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Command {
  readonly id: string
  readonly node: string
  readonly script: string
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  readonly logFile: string
}

export interface RunningServer {
  readonly id: string
  readonly port: number
  readonly pid: number
  readonly stop: () => Promise<void>
}

const READY_MS = 60_000
const STOP_MS = 5_000

/** Start a server in production mode and wait until it says that it is ready. Its log goes to a file. */
export async function startServer({ id, node, script, folder, environment, logFile }: Command): Promise<RunningServer> {
  const port = await freePort()
  const log = openSync(logFile, 'w')
  const child = spawn(node, [script], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      NODE_ENV: 'production',
      ...environment,
      PORT: String(port),
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  // Nothing stays behind, however this process ends.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.removeListener('exit', kill))
  try {
    await untilReady(child, id, logFile)
  } catch (error) {
    kill()
    throw error
  }
  // It said something: it has a process id.
  return { id, port, pid: child.pid as number, stop: () => end(child) }
}

async function untilReady(child: ChildProcess, id: string, logFile: string): Promise<void> {
  const until = performance.now() + READY_MS
  while (performance.now() < until) {
    const log = readFileSync(logFile, 'utf8')
    if (/\bReady\b/.test(log)) return
    if (child.exitCode !== null) throw new Error(`${id} ended with ${child.exitCode}:\n${log.slice(-2_000)}`)
    await sleep(50)
  }
  throw new Error(`${id} was not ready within ${READY_MS / 1_000} s: see ${logFile}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(patience)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
