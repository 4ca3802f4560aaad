import type { Command } from 'commander'
import { askServer } from './ask-server.ts'
import { addServerOption, type ServerAddress, serverAddress } from './server-address.ts'
import { type Paint, paintFor, widthOf } from './terminal.ts'

/** Options of every command that speaks to a server and prints what it answers. */
export interface SessionOptions extends OutputOptions {
  readonly url?: string
}

export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  /** False after --no-color. */
  readonly color?: boolean
}

/** How a command prints: what was asked for on standard output, what is said beside it on standard error. */
export interface Printer {
  readonly json: boolean
  readonly paint: Paint
  /** Columns of the terminal; undefined for a file or a pipe. */
  readonly width: number | undefined
  readonly print: (text: string) => void
  readonly printJson: (value: unknown) => void
  /** For a person: left out with --quiet and --json. */
  readonly note: (text: string) => void
  /** Only with --verbose. */
  readonly detail: (text: string) => void
}

/** A server, and how to print what it says. */
export interface Session extends Printer {
  readonly address: ServerAddress
  readonly ask: <T>(query: string, variables?: Readonly<Record<string, unknown>>, path?: string) => Promise<T>
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'as JSON, with absolute dates')
    .option('-q, --quiet', 'print nothing but what was asked for')
    .option('-v, --verbose', 'say what is asked of the server, and how long it takes')
    .option('--no-color', 'no colours (there are none without a terminal, or with NO_COLOR)')
}

export function addSessionOptions(command: Command): Command {
  return addOutputOptions(addServerOption(command))
}

export function createPrinter({ json = false, quiet, verbose, color }: OutputOptions): Printer {
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  return {
    json,
    paint: paintFor(process.stdout, color),
    width: widthOf(process.stdout),
    print: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    printJson: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: quiet || json ? () => {} : say,
    detail: verbose ? say : () => {},
  }
}

/** @throws ServerError for a file of stored keys that cannot be used */
export function openSession(options: SessionOptions): Session {
  const printer = createPrinter(options)
  const address = serverAddress(options)
  const endpoint = (path: string) => (path === '' ? address.url : `${address.url.replace(/\/+$/, '')}${path}`)
  return {
    ...printer,
    address,
    ask: async (query, variables = {}, path = '') => {
      const started = performance.now()
      const end = (how: string) =>
        printer.detail(
          `${nameOf(query)} at ${endpoint(path)}: ${how} after ${(performance.now() - started).toFixed(0)} ms`,
        )
      try {
        const answer = await askServer<never>({ ...address, url: endpoint(path) }, query, variables)
        end('answered')
        return answer
      } catch (error) {
        end('failed')
        throw error
      }
    },
  }
}

function nameOf(query: string): string {
  return /^\s*(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? 'request'
}
