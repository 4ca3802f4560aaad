import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { closeLater } from './database.ts'

const PTY = fileURLToPath(new URL('run-on-terminal.py', import.meta.url))
const COMMAND = fileURLToPath(new URL('../../bin/tool-catalog.js', import.meta.url))

/** Node has no pseudo-terminals; Python's own module does, on Linux and macOS. */
const isPresent =
  spawnSync('python3', ['-c', 'import pty, fcntl, termios; import os; os.waitstatus_to_exitcode']).status === 0

/** Whether tests on a terminal have to be left out. In CI they never are. */
export function lacksTerminal(): boolean {
  if (isPresent || process.env.CI) return false
  console.warn('Left out: tests on a pseudo-terminal take python3 (3.9 or newer) with its pty module.')
  return true
}

export const KEYS = {
  enter: '\r',
  escape: '\u001b',
  down: '\u001b[B',
  up: '\u001b[A',
  clear: '\u0015',
  interrupt: '\u0003',
} as const

/** `tool-catalog` on a pseudo-terminal, as a person uses it. */
export function onTerminal(args: readonly string[], environment: Record<string, string>, cwd: string) {
  const env = { PATH: process.env.PATH ?? '', HOME: cwd, TERM: 'xterm', LANG: 'C.UTF-8', NO_COLOR: '1', ...environment }
  const child = spawn('python3', [PTY, process.execPath, COMMAND, ...args], { cwd, env })
  closeLater(() => child.kill('SIGKILL'))
  let shown = ''
  let seen = 0
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk
      for (const listener of listeners) listener()
    })
  const visible = () => stripVTControlCharacters(shown).replaceAll('\r', '')
  const exited = once(child, 'close').then(([code]) => code as number)

  /** Wait until this shows up behind what was waited for before. Colours and movements of the cursor are not seen. */
  const sees = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why} ${String(text)}:\n${visible().slice(seen)}`))
      const timer = setTimeout(() => fail('never showed'), 30_000)
      const check = () => {
        const rest = visible().slice(seen)
        const at = typeof text === 'string' ? rest.indexOf(text) : rest.search(text)
        if (at === -1) return
        seen += at + (typeof text === 'string' ? text.length : (text.exec(rest)?.[0].length ?? 0))
        clearTimeout(timer)
        listeners.delete(check)
        resolve()
      }
      listeners.add(check)
      check()
      void exited.then(() => fail('ended before it showed'))
    })

  const type = (text: string) => void child.stdin.write(text)

  /** Wait for a question, answer it, and press Enter. */
  const answer = async (question: string, text = '') => {
    await sees(question)
    type(text)
    // What was typed is there before Enter is pressed, as with a person.
    if (text !== '') await sees(text)
    type(KEYS.enter)
  }

  return { sees, type, answer, exited, shown: visible }
}

export type Terminal = ReturnType<typeof onTerminal>
