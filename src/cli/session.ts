import { askServer } from './ask-server.ts'
import { createPrinter, msSince, type OutputOptions, type Printer } from './printer.ts'
import { type ServerAddress, serverAddress } from './server-address.ts'

/** Options of every command that speaks to a server and prints what it answers. */
export interface SessionOptions extends OutputOptions {
  readonly url?: string
}

interface Asking {
  /** Behind the endpoint, for example `/import`. */
  readonly path?: string
  readonly timeoutMs?: number
}

/** A server, and how to print what it says. */
export interface Session extends Printer {
  readonly address: ServerAddress
  readonly ask: <T>(query: string, variables?: Readonly<Record<string, unknown>>, asking?: Asking) => Promise<T>
}

/** @throws ServerError for a file of stored keys that cannot be used */
export function openSession(options: SessionOptions): Session {
  return sessionAt(serverAddress(options), createPrinter(options))
}

export function sessionAt(address: ServerAddress, printer: Printer): Session {
  return {
    ...printer,
    address,
    ask: async (query, variables = {}, { path = '', timeoutMs } = {}) => {
      const url = path === '' ? address.url : `${address.url.replace(/\/+$/, '')}${path}`
      const started = performance.now()
      const end = (how: string) => printer.detail(`${nameOf(query)} at ${url}: ${how} after ${msSince(started)}`)
      try {
        const asking = askServer<never>({ ...address, url }, query, variables, timeoutMs)
        const answer = await printer.wait(`Waiting for ${url}`, asking)
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
