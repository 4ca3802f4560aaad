import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { closeLater } from '../support/database.ts'

export interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  /** The next line that it writes. */
  line(): Promise<string>
  /** End it at once and wait until it is gone. */
  kill(): Promise<void>
}

/** Another Node.js process that runs a file of this folder from source; gone when the test file is done. */
export function startChild(file: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const next = linesOf(lines)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  closeLater(kill)
  return { process: child, line: next, kill }
}

function linesOf(lines: Interface): () => Promise<string> {
  const iterator = lines[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await iterator.next()
    if (done) throw new Error('The child ended without another line')
    return String(value)
  }
}
