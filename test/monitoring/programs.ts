import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { closeLater } from '../support/database.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Debian packages of what is not from npm. */
const PACKAGES = {
  promtool: 'prometheus',
  prometheus: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-alertmanager': 'prometheus-alertmanager',
} as const
type Program = keyof typeof PACKAGES

/** Skip the test, saying why, where a program is not installed; in CI it has to be. */
export function needs(context: TestContext, program: Program): void {
  if (hasProgram(program)) return
  const message = `${program} is not installed: apt-get install ${PACKAGES[program]}`
  if (process.env.CI === 'true') throw new Error(message)
  context.skip(message)
}

export function hasProgram(program: Program): boolean {
  return spawnSync(program, ['--version']).error === undefined
}

/** Run a script of the shell in the checkout, while this process goes on serving. */
export async function runShell(script: string, environment: Readonly<Record<string, string>>) {
  const child = spawn('bash', ['-c', script], { cwd: ROOT, env: { ...process.env, ...environment } })
  const texts = Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = await once(child, 'close')
  const [stdout, stderr] = await texts
  return { status: status as number | null, stdout, stderr }
}

/** Run a program to its end. */
export function run(program: Program, args: readonly string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  return { status, stdout, output: `${stdout}${stderr}` }
}

/** Start a program that serves HTTP, wait until it is ready, and stop it when the test file is done. */
export async function serve(program: Program, args: readonly string[], url: string): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  closeLater(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  await until(`${program} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended:\n${log}`)
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok
  })
}

/** A TCP port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Look every 200 ms until something is so, for 60 s. */
export async function until(what: string, look: () => unknown): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await look()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`not within 60 s: ${what}`)
}
