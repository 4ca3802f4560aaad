import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { closeLater } from '../../support/database.ts'

/**
 * Whether these programs are there, for `describe.runIf`. Who lacks one is told which Debian package has it; in CI, which
 * installs them, that is a failure.
 * @param programs program → Debian package
 */
export function areThere(programs: Readonly<Record<string, string>>): boolean {
  const missing = Object.entries(programs).filter(([program]) => !find(program))
  if (missing.length === 0) return true
  const message = `skipped, because these are missing: ${missing.map(([one, from]) => `${one} (apt-get install ${from})`).join(', ')}`
  if (process.env.CI) throw new Error(message)
  process.stderr.write(`${message}\n`)
  return false
}

/** Where a program is; Debian's users do not have all of these folders in their PATH. */
export function find(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface Program {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | string>
}

export interface RunOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
}

/** Run a program beside the test, until the test file is done at the latest. */
export function run([file = '', ...parameters]: readonly string[], { env = {}, cwd = '/' }: RunOptions = {}): Program {
  const child = spawn(file, parameters, { cwd, env: { PATH: process.env.PATH ?? '', ...env } })
  closeLater(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return { child, output: () => output, exited }
}

/** Run a program to its end. @throws Error with everything that it printed, when it does not end with 0 */
export async function runToEnd(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const program = run(command, options)
  const code = await program.exited
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${program.output()}`)
  return program.output()
}
