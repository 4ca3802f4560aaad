import type { Command } from 'commander'
import { ProgressLine, tellWaiting } from './progress-line.ts'
import { type Paint, paintFor, widthOf } from './terminal.ts'

/** What every command that prints something takes: see `addOutputOptions`. Colours are no concern of a command. */
export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** How a command prints: what was asked for on standard output, what is said beside it on standard error. */
export interface Printer {
  readonly json: boolean
  readonly paint: Paint
  /** For what goes to standard error. */
  readonly notePaint: Paint
  /** Columns of the terminal; undefined for a file or a pipe. */
  readonly width: number | undefined
  readonly print: (text: string) => void
  readonly printJson: (value: unknown) => void
  /** What a person has to know, with --quiet, too: what is wrong. */
  readonly complain: (text: string) => void
  /** For a person: left out with --quiet and --json. */
  readonly note: (text: string) => void
  /** Only with --verbose. */
  readonly detail: (text: string) => void
  /** How far a task is that counts; left out as notes are. */
  readonly progress: (title: string) => Progress
  /** Wait for something that cannot say how far it is; left out as notes are. */
  readonly wait: <T>(title: string, work: Promise<T>) => Promise<T>
}

export type Progress = Pick<ProgressLine, 'update' | 'end'>

const SILENT: Progress = { update: () => {}, end: () => {} }

/** The same options for every command, and before every command; where a command has its own `--json`, that one stays. */
export function addOutputOptions(command: Command): Command {
  command.optionsGroup('Output:')
  if (!command.options.some(({ long }) => long === '--json')) command.option('--json', 'as JSON, with absolute dates')
  return command
    .option('-q, --quiet', 'no notes and no progress: nothing but what was asked for, and errors')
    .option('-v, --verbose', 'say what is asked of the server or the database, and how long it takes')
    .option('--no-color', 'no colours (there are none without a terminal, or with NO_COLOR)')
}

export function createPrinter({ json = false, quiet = false, verbose = false }: OutputOptions): Printer {
  const say = (text: string) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
  const isSilent = quiet || json
  return {
    json,
    paint: paintFor(process.stdout),
    notePaint: paintFor(process.stderr),
    width: widthOf(process.stdout),
    print: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    printJson: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    complain: say,
    note: isSilent ? () => {} : say,
    detail: verbose ? say : () => {},
    progress: (title) => (isSilent ? SILENT : new ProgressLine(title, process.stderr)),
    wait: (title, work) => (isSilent ? work : tellWaiting(title, process.stderr, work)),
  }
}

/** `12 ms`, since a moment of `performance.now()`. */
export function msSince(started: number): string {
  return `${(performance.now() - started).toFixed(0)} ms`
}
