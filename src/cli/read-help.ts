import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { systemVariable } from '../config.ts'
import { AuthoringError } from './authoring-error.ts'
import { interruptible } from './interruptible.ts'

/** What a local program says of itself. */
interface ProgramHelp {
  readonly help: string | undefined
  readonly manual: string | undefined
  /** Of what there is something, in words. */
  readonly read: readonly string[]
}

const COMMAND = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/
/** A program that takes its question for work must not go on with it, in milliseconds. */
const TIMEOUT_MS = 5_000
const MOST_BYTES = 512 * 1024
/** Nothing pages, colours or waits for a terminal. */
const ENVIRONMENT = {
  LC_ALL: 'C.UTF-8',
  MANPAGER: 'cat',
  PAGER: 'cat',
  MANWIDTH: '120',
  MANOPT: '--no-hyphenation --no-justification',
  NO_COLOR: '1',
  TERM: 'dumb',
}
/** To these, `-h` means halt or something like it. */
const NEVER_H = new Set(['shutdown', 'halt', 'poweroff', 'reboot', 'init', 'telinit', 'kexec'])

/**
 * Ask a program on the PATH for its help: its manual page, `--help`, and only when neither says anything, `-h`. Nothing else is
 * run, no shell is involved, and nothing is written to it.
 * @throws AuthoringError when there is no such program, or it says nothing
 */
export async function readProgramHelp(command: string): Promise<ProgramHelp> {
  if (!COMMAND.test(command)) throw new AuthoringError(`${JSON.stringify(command)} is not the name of a program.`)
  const program = findProgram(command)
  if (program === undefined) throw new AuthoringError(`There is no program ${command} on the PATH.`)
  const page = await run('man', [command])
  const manual = page?.code === 0 && page.out.trim() !== '' ? page.out : undefined
  const long = helpOf(await run(program, ['--help']))
  const short =
    long === undefined && manual === undefined && !NEVER_H.has(command) ? helpOf(await run(program, ['-h'])) : undefined
  if (manual === undefined && long === undefined && short === undefined)
    throw new AuthoringError(`${command} has no manual page here, and says nothing to --help.`)
  return {
    help: long ?? short,
    manual,
    read: [
      ...(long === undefined ? [] : ['--help']),
      ...(short === undefined ? [] : ['-h']),
      ...(manual === undefined ? [] : ['the manual page']),
    ],
  }
}

/** What looks like help, on whichever stream and with whichever exit code; an error message is none. */
function helpOf(ended: Ended | undefined): string | undefined {
  return [ended?.out, ended?.errors].find((text) => text !== undefined && /usage|^\s+-/im.test(text))
}

/** The first file of that name on the PATH that may be run. */
function findProgram(command: string): string | undefined {
  return (systemVariable('PATH') ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly errors: string
}

/**
 * Run a program until it ends, its time is over, or it has printed too much; undefined when it could not be started.
 * @throws InterruptedError at Ctrl-C, which ends the program, too
 */
function run(program: string, args: readonly string[]): Promise<Ended | undefined> {
  let end = () => {}
  // Nothing is started before Ctrl-C is heard.
  const work = () => {
    const child = begin(program, args)
    end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    return endOf(child, end)
  }
  return interruptible(work, () => end())
}

function begin(program: string, args: readonly string[]) {
  return spawn(program, args, {
    // Usage lines say what they were called by.
    argv0: basename(program),
    cwd: tmpdir(),
    env: { ...ENVIRONMENT, PATH: systemVariable('PATH') },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what it starts ends with it.
    detached: true,
  })
}

function endOf(child: ChildProcessByStdio<null, Readable, Readable>, end: () => void): Promise<Ended | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, TIMEOUT_MS)
    const texts = { out: '', errors: '' }
    const collect = (key: 'out' | 'errors') => (chunk: string) => {
      texts[key] += chunk
      if (texts[key].length > MOST_BYTES) end()
    }
    child.stdout.setEncoding('utf8').on('data', collect('out'))
    child.stderr.setEncoding('utf8').on('data', collect('errors'))
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, ...texts })
    })
  })
}
