import { setTimeout as sleep } from 'node:timers/promises'
import { graphql } from 'graphql'
import type { Role } from '../../src/auth/viewer.ts'
import { createLoaders } from '../../src/catalog/loaders.ts'
import type { Database } from '../../src/db/database.ts'
import { Snapshot } from '../../src/db/snapshot.ts'
import { schema } from '../../src/graphql/schema.ts'
import { execute } from '../support/client.ts'
import { NOTHING_REMEMBERED } from '../support/forgetful.ts'

interface Asked {
  readonly query: string
  readonly variables?: object
}

/** What is read, again and again: every way from the catalog to a reader that something may be remembered on. */
const READS: Readonly<Record<string, Asked>> = {
  list: { query: '{ tools(first: 50) { totalCount nodes { name revision enabled latest { version } } } }' },
  enabled: { query: '{ tools(first: 50, filter: { enabled: true }) { nodes { name description } } }' },
  search: { query: '{ searchTools(query: "moving lines") { nodes { score tool { name description } } } }' },
  capabilities: { query: '{ capabilities(first: 50) { nodes { name description } } }' },
  patterns: { query: '{ patterns(first: 50) { nodes { name description capability { name } } } }' },
  statistics: { query: '{ catalogStatistics(exact: true) { revision tools enabledTools versions patterns } }' },
  export: { query: '{ exportTools(format: JSON, versions: ALL) { count text } }' },
}

/** Pages of so many sizes: nobody has asked for all of them at every revision. */
const SIZES = 8
const PAGE = 'query ($n: Int!) { tools(first: $n, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { name } } }'
const GET = `query ($name: String!) { tool(name: $name) { name description status enabled revision latest { version digest }
  capabilities { name patterns { name timeEstimateMs } } versions(first: 20) { nodes { version status } } } }`

/** The same, pages of many sizes, and a read by name for each name. */
export function readsOf(names: readonly string[]): Readonly<Record<string, Asked>> {
  const gets = names.map((name) => [`get ${name}`, { query: GET, variables: { name } }] as const)
  const pages = Array.from(
    { length: SIZES },
    (_, n) => [`page ${n + 1}`, { query: PAGE, variables: { n: n + 1 } }] as const,
  )
  return { ...READS, ...Object.fromEntries([...gets, ...pages]) }
}

type Reads = ReturnType<typeof readsOf>

/** What somebody was told. */
export interface Told {
  readonly read: string
  readonly role: Role
  readonly revision: number
  readonly data: string
}

/** What each read gives at each revision: as the schema gives it over a snapshot, when nothing is remembered by anybody. */
export class Oracle {
  readonly #answers = new Map<string, string>()
  readonly #database: Database
  readonly #reads: Reads
  readonly #roles: readonly Role[]

  constructor(database: Database, reads: Reads, roles: readonly Role[]) {
    this.#database = database
    this.#reads = reads
    this.#roles = roles
  }

  /** Nobody may write meanwhile. @returns the revision that the catalog is at */
  async record(): Promise<number> {
    const answers: Told[] = []
    for (const role of this.#roles)
      for (const read of Object.keys(this.#reads)) answers.push(await this.#ask(read, role))
    const [{ revision } = { revision: Number.NaN }] = answers
    if (answers.some((answer) => answer.revision !== revision)) throw new Error('Somebody wrote while it was recorded')
    for (const answer of answers) this.#answers.set(keyOf(answer), answer.data)
    return revision
  }

  /** @returns undefined for a revision that was not recorded */
  answerTo(told: Omit<Told, 'data'>): string | undefined {
    return this.#answers.get(keyOf(told))
  }

  async #ask(read: string, role: Role): Promise<Told> {
    const { query, variables } = askedOf(this.#reads, read)
    const reader = new Snapshot(this.#database, { sees: role === 'reader' ? 'published' : 'everything' })
    try {
      const viewer = { role, actor: 'oracle', via: 'api-key' }
      const contextValue = { viewer, reader, loaders: createLoaders(reader), cache: NOTHING_REMEMBERED }
      const variableValues = { ...variables }
      const { data, errors } = await graphql({ schema, source: query, variableValues, contextValue })
      if (errors) throw new Error(`${read} as ${role}: ${errors.join()}`)
      return { read, role, revision: Number(await reader.revision()), data: JSON.stringify(data) }
    } finally {
      await reader.end()
    }
  }
}

function keyOf({ read, role, revision }: Omit<Told, 'data'>): string {
  return `${revision} ${role} ${read}`
}

function askedOf(reads: Reads, read: string): Asked {
  const asked = reads[read]
  if (!asked) throw new Error(`There is no read ${read}`)
  return asked
}

/** One replica, as one caller sees it. */
export interface Caller {
  readonly url: string
  readonly role: Role
  readonly headers: Record<string, string>
}

/** Ask a server. @throws when the answer is not whole */
export async function ask({ url, role, headers }: Caller, reads: Reads, read: string): Promise<Told> {
  const { query, variables } = askedOf(reads, read)
  // A document that is new goes the long way, and no answer to it is kept yet.
  const document = Math.random() < 0.3 ? `${query} # ${Math.random()}` : query
  const { data, errors, extensions } = await execute(url, document, variables, headers)
  if (errors) throw new Error(`${read} as ${role}: ${JSON.stringify(errors)}`)
  return { read, role, revision: Number(extensions?.revision), data: JSON.stringify(data) }
}

/** Ask one thing after the other, at random, until told to stop. */
export async function readOn(caller: Caller, reads: Reads, signal: AbortSignal): Promise<Told[]> {
  const names = Object.keys(reads)
  const told: Told[] = []
  while (!signal.aborted) {
    told.push(await ask(caller, reads, names[Math.floor(Math.random() * names.length)] ?? ''))
    // Now and then a moment in which somebody else is the first to ask.
    if (Math.random() < 0.2) await sleep(Math.random() * 5)
  }
  return told
}
