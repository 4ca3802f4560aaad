import { fileURLToPath } from 'node:url'
import type { DialectName } from './dialects.ts'
import { type Mode, UsageError } from './options.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Another built checkout of ours can be measured instead of this one: before and after a change. */
export const OURS = process.env.BENCH_OURS ?? ROOT
export const PEERS = fileURLToPath(new URL('../peers', import.meta.url))

/** A process that answers reads. */
export interface ServerKind {
  readonly script: string
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** What it is made of, whose versions the table names. */
  readonly packages: readonly string[]
  readonly dialect: DialectName
  /** The oldest major version of Node that it runs on. */
  readonly leastNode: number
}

const OUR_ENVIRONMENT = {
  HOST: '127.0.0.1',
  ANONYMOUS_ROLE: 'reader',
  STARTER_CATALOG: 'false',
  DATABASE_POOL_MAX: '10',
  RATE_LIMIT_PER_KEY: '0',
  RATE_LIMIT_PER_ADDRESS: '0',
  MAX_SOCKETS_PER_KEY: '1000000',
  MAX_SOCKETS_PER_ADDRESS: '1000000',
  DRAIN_DELAY_MS: '0',
  DRAIN_MS: '0',
  // As an operator runs it: every request is logged, here to a file.
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'json',
  // What `npm start` says to Node.
  NODE_OPTIONS: '--max-semi-space-size=16',
}

const ours = (environment: Readonly<Record<string, string>> = {}): ServerKind => ({
  script: 'dist/main.js',
  folder: OURS,
  environment: { ...OUR_ENVIRONMENT, ...environment },
  packages: [],
  dialect: 'ours',
  leastNode: 20,
})
const peer = (script: string, dialect: DialectName, packages: readonly string[], leastNode = 20): ServerKind => ({
  script,
  folder: PEERS,
  environment: {},
  packages,
  dialect,
  leastNode,
})
const POTHOS_PRISMA = ['@pothos/core', '@pothos/plugin-prisma', '@prisma/client', '@prisma/adapter-pg']

export const SERVERS = {
  ours: ours(),
  'ours-no-response-cache': ours({ RESPONSE_CACHE_MAX_BYTES: '0' }),
  bare: peer('bare.js', 'sql', []),
  'json-agg': peer('json-agg.js', 'sql', ['pg']),
  postgraphile: peer('postgraphile.js', 'postgraphile', ['postgraphile', 'postgraphile-plugin-connection-filter'], 22),
  apollo: peer('apollo.js', 'pothos', ['@apollo/server', '@as-integrations/express5', 'express', ...POTHOS_PRISMA]),
  yoga: peer('yoga.js', 'pothos', ['graphql-yoga', ...POTHOS_PRISMA]),
  'yoga-response-cache': peer('yoga-response-cache.js', 'pothos', [
    'graphql-yoga',
    '@graphql-yoga/plugin-response-cache',
    ...POTHOS_PRISMA,
  ]),
  mercurius: peer('mercurius.js', 'pothos', ['mercurius', 'fastify', ...POTHOS_PRISMA]),
} as const satisfies Record<string, ServerKind>
export type ServerId = keyof typeof SERVERS

/** One line of the table: a server, and how it is asked. */
export interface Contestant {
  readonly id: string
  readonly title: string
  readonly server: ServerId
  readonly modes: readonly Mode[]
  /** Whether each request carries an API key. */
  readonly signedIn?: boolean
  /** Whether it keeps answers, which are to be there before a round of repeated reads. */
  readonly keepsAnswers?: boolean
}

const ALL: readonly Mode[] = ['repeated', 'unrepeated', 'unseen documents']
const NEVER_REPEATED: readonly Mode[] = ['unrepeated', 'unseen documents']

export const CONTESTANTS: readonly Contestant[] = [
  { id: 'ours', title: '**Tool Catalog**', server: 'ours', modes: ['repeated'], keepsAnswers: true },
  {
    id: 'ours-key',
    title: '**Tool Catalog**, with an API key',
    server: 'ours',
    modes: ['repeated'],
    signedIn: true,
    keepsAnswers: true,
  },
  {
    id: 'ours-no-response-cache',
    title: '**Tool Catalog**, response cache off',
    server: 'ours-no-response-cache',
    modes: NEVER_REPEATED,
  },
  { id: 'bare', title: 'node:http, reads and parses the body', server: 'bare', modes: ALL },
  { id: 'json-agg', title: 'node:http + pg, one json_agg statement', server: 'json-agg', modes: ALL },
  { id: 'postgraphile', title: 'PostGraphile 5 (Amber)', server: 'postgraphile', modes: ALL },
  { id: 'apollo', title: 'Apollo Server 5 + Pothos + Prisma', server: 'apollo', modes: ALL },
  { id: 'yoga', title: 'Yoga + Pothos + Prisma', server: 'yoga', modes: ALL },
  {
    id: 'yoga-response-cache',
    title: 'Yoga + response-cache plugin',
    server: 'yoga-response-cache',
    modes: ALL,
    keepsAnswers: true,
  },
  { id: 'mercurius', title: 'Mercurius (JIT) + Pothos + Prisma', server: 'mercurius', modes: ALL },
]

/** `ours` means all of our own lines. @throws UsageError naming the ids that there are */
export function chooseContestants(only: readonly string[] | undefined): readonly Contestant[] {
  const known = CONTESTANTS.map(({ id }) => id)
  const unknown = only?.find((word) => !known.includes(word))
  if (unknown !== undefined) throw new UsageError(`--only takes ${known.join(', ')}, not ${unknown}`)
  const wanted = new Set(only?.flatMap((word) => (word === 'ours' ? known.filter((id) => isOurs(id)) : word)) ?? known)
  return CONTESTANTS.filter(({ id }) => wanted.has(id))
}

export function isOurs(id: string): boolean {
  return id === 'ours' || id.startsWith('ours-')
}
