import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError } from 'commander'
import { environmentWith } from '../config.ts'

/** What `npm start` gives Node.js. */
const NODE_OPTIONS = ['--max-semi-space-size=16']
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

interface ServeOptions {
  readonly port?: number
  readonly host?: string
}

/** `tool-catalog serve`: the server, as `npm start` starts it. */
export function addServeCommand(program: Command, setExit: (code: number) => void): void {
  program
    .command('serve')
    .description('Start the server, as npm start does; Ctrl-C stops it')
    .option('--port <port>', 'TCP port to listen on (default: PORT, or 3005); 0 takes a free one', parsePort)
    .option('--host <address>', 'address to listen on (default: HOST, or 127.0.0.1)')
    .addHelpText(
      'after',
      '\nEverything else is set by environment variables: tool-catalog config lists them.\n\nExamples:\n  tool-catalog serve\n  WATCH_DIR=./tools tool-catalog serve --port 4000',
    )
    .action(async (options: ServeOptions) => setExit(await serve(options)))
}

/** The server is a process of its own: no module but the entry of a process imports it, and V8 takes its options at the start. */
async function serve({ port, host }: ServeOptions): Promise<number> {
  const main = fileURLToPath(new URL('../main.js', import.meta.url))
  const changes = {
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(host === undefined ? {} : { HOST: host }),
  }
  // In a group of its own, so that Ctrl-C reaches it once: from here.
  const server = spawn(process.execPath, [...NODE_OPTIONS, main], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: environmentWith(changes),
  })
  const pass = (signal: NodeJS.Signals) => void server.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
  for (const signal of SIGNALS) process.on(signal, pass)
  const [code] = (await once(server, 'close')) as [number | null]
  for (const signal of SIGNALS) process.off(signal, pass)
  return code ?? 1
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('Must be a port: 0 to 65535.')
  return port
}
