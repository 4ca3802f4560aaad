import { parseArgs } from 'node:util'

export const PARTS = ['reads', 'growth', 'first-answer', 'fanout', 'import'] as const
export type Part = (typeof PARTS)[number]

/** How the reads of one round differ from each other. */
export const MODES = {
  repeated: 'the same 1,000 requests over and over',
  unrepeated: 'always other variables and pages, in documents that the server has seen',
  'unseen documents': 'always other variables and pages, and a new operation name each time',
} as const
export type Mode = keyof typeof MODES

export interface Options {
  /** Sizes of the catalogs. */
  readonly tools: readonly number[]
  /** Ids of contestants; undefined means all. */
  readonly only: readonly string[] | undefined
  readonly modes: readonly Mode[]
  readonly parts: ReadonlySet<Part>
  readonly rounds: number
  /** Of one contestant's turn in one round. */
  readonly seconds: number
  readonly connections: number
  readonly subscribers: number
  readonly imported: number
  /** Minutes of the mix on our own server, on the first Node, to see whether its memory stays flat; 0 for none. */
  readonly soakMinutes: number
  /** Paths or major versions, one whole run each; `current` is the one that runs this. */
  readonly nodes: readonly string[]
  /** Where results go; undefined for the terminal alone. */
  readonly out: string | undefined
}

/** What was asked for cannot be done; the message says what can. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const USAGE = `DATABASE_URL=postgresql://… npm run bench -- [options]
  --tools 200,20000     sizes of the catalogs
  --only ours,bare,…    these contestants (our own server always runs: answers are compared with its)
  --modes LIST          ${Object.keys(MODES).join(', ')}
  --skip LIST           leave out: ${PARTS.join(', ')}
  --rounds N            rounds, of which medians are taken (default: 5)
  --seconds N           of one contestant's turn in a round (default: 3)
  --connections N       keep-alive connections, each waiting for its answer before it asks again (default: 50)
  --subscribers N       of the fan-out (default: 5000)
  --import N            tools of the import (default: 20000)
  --soak MINUTES        of the mix on our own server, for its memory, on the first Node (default: 0, none)
  --node current,24     run everything on these: current, a major version (fetched from npm) or a path
  --out DIR             write RESULTS.md and results.json there (default: load)
  --quick               200 tools, 1 round of 1 s, reads and first answer only, nothing written: does it work?`

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parse(args)
  if (values.help) return 'help'
  const quick = values.quick ?? false
  return {
    tools: listOf(values.tools ?? (quick ? '200' : '200,20000')).map((text) => wholeNumber('tools', text, 150)),
    only: values.only === undefined ? undefined : listOf(values.only),
    modes: choices('modes', values.modes ?? Object.keys(MODES).join(), Object.keys(MODES) as Mode[]),
    parts: partsBut(values.skip ?? (quick ? 'growth,fanout,import' : '')),
    rounds: wholeNumber('rounds', values.rounds ?? (quick ? '1' : '5')),
    seconds: wholeNumber('seconds', values.seconds ?? (quick ? '1' : '3')),
    connections: wholeNumber('connections', values.connections ?? '50'),
    subscribers: wholeNumber('subscribers', values.subscribers ?? '5000'),
    imported: wholeNumber('import', values.import ?? '20000'),
    soakMinutes: wholeNumber('soak', values.soak ?? '0', 0),
    nodes: listOf(values.node ?? 'current'),
    out: values.out ?? (quick ? undefined : 'load'),
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        tools: text,
        only: text,
        modes: text,
        skip: text,
        rounds: text,
        seconds: text,
        connections: text,
        subscribers: text,
        import: text,
        soak: text,
        node: text,
        out: text,
        quick: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function listOf(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || [])
}

function wholeNumber(name: string, text: string, least = 1): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new UsageError(`--${name} must be a whole number from ${least} on, not ${text}`)
  return Number(text)
}

function choices<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  return listOf(text).map((word) => {
    const choice = known.find((candidate) => candidate === word)
    if (choice === undefined) throw new UsageError(`--${name} takes ${known.join(', ')}, not ${word}`)
    return choice
  })
}

function partsBut(skipped: string): ReadonlySet<Part> {
  const without = new Set(choices('skip', skipped, PARTS))
  return new Set(PARTS.filter((part) => !without.has(part)))
}
