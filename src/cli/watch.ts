import { once } from 'node:events'
import { type Command, InvalidArgumentError } from 'commander'
import { changeLines } from './change-lines.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type SessionOptions } from './session.ts'
import type { WatchedItem } from './watched-item.ts'

interface WatchOptions extends SessionOptions {
  readonly tool?: readonly string[]
  readonly platform?: readonly string[]
  readonly capability?: readonly string[]
  readonly after?: string
}

/** `tool-catalog watch`: one line for every change, as long as it runs. */
export function addWatchCommand(program: Command): void {
  const collect = (value: string, values: readonly string[] = []) => [...values, value]
  const watch = program
    .command('watch')
    .description('Follow the changes of a running server, through every loss of the connection, until Ctrl-C')
    .option('--tool <name>', 'only changes of this tool; may be given again', collect)
    .option('--platform <platform>', 'only of tools of this platform; may be given again', collect)
    .option('--capability <name>', 'only of tools with this capability; may be given again', collect)
    .option(
      '--after <revision>',
      'begin behind this revision, 0 for the beginning; from now on when left out',
      parseRevision,
    )
    .option('--json', 'one item of the stream a line, as JSON: change sets, and bookmarks to go on from with --after')
    .addHelpText(
      'after',
      '\nThe key comes from TOOL_CATALOG_KEY, or from login.\n\nExamples:\n  tool-catalog watch --platform linux\n  tool-catalog watch --after 0 --json | jq .revision',
    )
  addServerOption(watch).action(runWatch)
}

async function runWatch(options: WatchOptions): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const { address, complain, detail, ...printer } = openSession(options)
  const print = printer.json ? (item: WatchedItem) => [JSON.stringify(item)] : linesOf
  const { followChanges } = await import('./follow-changes.ts')
  await followChanges({
    address,
    start: { afterRevision: options.after, filter: filterOf(options) },
    signal: stopping.signal,
    onItem: async (item) => {
      detail(`${item.__typename} ${'revision' in item ? item.revision : item.currentRevision} from ${address.url}`)
      await write(print(item), stopping.signal)
    },
    // Whoever reads the stream as JSON has to know, too, that it is interrupted.
    say: options.quiet ? () => {} : complain,
    detail,
  })
}

function linesOf(item: WatchedItem): string[] {
  return item.__typename === 'ChangeSet' ? changeLines(item) : []
}

/** Waits for a reader that is slow: what it does not take stays with the server. */
async function write(lines: readonly string[], signal: AbortSignal): Promise<void> {
  if (lines.length === 0 || process.stdout.write(`${lines.join('\n')}\n`)) return
  await once(process.stdout, 'drain', { signal }).catch(() => {})
}

function filterOf({ tool, platform, capability }: WatchOptions): Record<string, readonly string[]> {
  return {
    ...(tool && { tools: tool }),
    ...(platform && { platforms: platform }),
    ...(capability && { capabilities: capability }),
  }
}

function parseRevision(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('Must be a revision: digits.')
  return text
}
