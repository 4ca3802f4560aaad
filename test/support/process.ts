import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { closeLater } from './database.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Running {
  readonly child: ChildProcess
  /** Everything printed so far, both streams. */
  readonly output: () => string
  /** Wait until the output has this. */
  readonly printed: (pattern: RegExp) => Promise<void>
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
}

/** Start a built script, with an environment of its own; killed when the test file is done. */
export function start(script: string, args: readonly string[], environment: Record<string, string>): Running {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment }
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, env })
  closeLater(() => child.kill('SIGKILL'))
  // It may end before it has read what it is given.
  child.stdin.on('error', () => {})
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      for (const listener of listeners) listener()
    })
  }
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => pattern.test(output) && resolve()
      listeners.add(check)
      check()
      void exited.then(() => reject(new Error(`ended before it printed ${pattern}:\n${output}`)))
    })
  return { child, output: () => output, printed, exited }
}

export const startServer = (environment: Record<string, string>) =>
  start('dist/main.js', [], { LOG_FORMAT: 'json', PORT: '0', ...environment })

/** Run `tool-catalog` to its end. */
export async function runCommand(args: readonly string[], environment: Record<string, string> = {}, input = '') {
  const running = start('bin/tool-catalog.js', args, environment)
  let stdout = ''
  let stderr = ''
  running.child.stdout?.on('data', (chunk: string) => {
    stdout += chunk
  })
  running.child.stderr?.on('data', (chunk: string) => {
    stderr += chunk
  })
  running.child.stdin?.end(input)
  const code = await running.exited
  return { code, stdout, stderr, output: running.output() }
}
