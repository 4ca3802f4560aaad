import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { startTestApp } from './app.ts'
import { execute, expectData, type GraphqlAnswer } from './client.ts'
import { aDefinition } from './fixtures.ts'
import { bearer, createKey } from './keys.ts'

type Headers = Record<string, string>
type Data = GraphqlAnswer['data']

/** The operation of one mutation: what every result has, and `select` beside it. */
export function mutationText(name: string, select = ''): string {
  const type = name.charAt(0).toUpperCase() + name.slice(1)
  return `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename
    ... on MutationSuccess { revision dryRun clientMutationId changes { kind toolName version latest before after } }
    ... on Error { code message } ${select} } }`
}

/** `tool` is `toolName` on an error, so that it can be selected beside the tool of a success; tests ask in short. */
function aliased(select: string): string {
  if (select.includes('{')) return select
  return select.replace(/\b(tool|version|capability|pattern)\b/g, '$1: $1Name').replace(/\bname\b/, 'name: takenName')
}

/** A server of this file's own, and its GraphQL API as a test asks it: as an editor, unless it says otherwise. */
export async function startTestCatalog(environment: Record<string, string> = {}) {
  const app = await startTestApp(environment)
  const signIn = async (role: 'reader' | 'editor' | 'admin') => bearer(await createKey(app.config, role, `the ${role}`))
  const roles = { reader: await signIn('reader'), editor: await signIn('editor'), admin: await signIn('admin') }
  const { url, metricsUrl } = app

  /** The answer to a mutation, whichever member of its union it is. */
  const mutate = async (name: string, input: object, select = '', headers: Headers = roles.editor): Promise<Data> =>
    (await expectData(url, mutationText(name, select), { input }, headers))[name]

  /** The answer to a mutation that must succeed. */
  const done = async (name: string, input: object, select = '', headers: Headers = roles.editor): Promise<Data> => {
    const answer = await mutate(name, input, select, headers)
    expect(answer.__typename, `${name} ${JSON.stringify(input)}\n${JSON.stringify(answer)}`).toMatch(/Success$/)
    return answer
  }

  /** The error that a mutation must answer with. */
  const refused = async (
    name: string,
    input: object,
    error: string,
    select = '',
    headers: Headers = roles.editor,
  ): Promise<Data> => {
    const answer = await mutate(name, input, select && `... on ${error} { ${aliased(select)} }`, headers)
    expect(answer.__typename, `${name} ${JSON.stringify(input)}\n${JSON.stringify(answer)}`).toBe(error)
    return answer
  }

  const read = (query: string, variables: object = {}, headers: Headers = roles.editor): Promise<Data> =>
    expectData(url, query, variables, headers)

  /** A new tool, from what a test is about. */
  const create = (fields: JsonObject, extra: object = {}): Promise<Data> =>
    done('createTool', { definition: { text: JSON.stringify(aDefinition(fields)) }, ...extra })

  /** Publish another version of a tool at once. */
  const publish = (fields: JsonObject, extra: object = {}): Promise<Data> => {
    const definition = aDefinition(fields)
    return done('publishVersion', { tool: definition.tool_name, definition: asText(definition), ...extra })
  }

  return { url, metricsUrl, config: app.config, roles, mutate, done, refused, read, create, publish }
}

export type TestCatalog = Awaited<ReturnType<typeof startTestCatalog>>

/** Which members of their unions these answers are, in the order of the alphabet. */
export function kindsOf(answers: readonly Data[]): string[] {
  return answers.map(({ __typename }) => String(__typename)).sort()
}

/** A definition as a `DefinitionSource`. */
export function asText(definition: JsonObject): { readonly text: string } {
  return { text: JSON.stringify(definition) }
}

/** Look at, or change, the database of a running app. */
export async function besideApp<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(config, { mayAttach: true })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const TABLES =
  'tools tool_versions capabilities patterns search_words catalog_state change_sets change_events executions mutation_receipts'

/** Every row of every table that a mutation may write, as one digest a table. */
export function contents(config: Config): Promise<Record<string, string>> {
  const digests = TABLES.split(' ').map(
    (table) => `(SELECT md5(string_agg(row::text, '|' ORDER BY row::text)) FROM ${table} row) AS ${table}`,
  )
  return besideApp(config, async ({ pool }) => (await pool.query(`SELECT ${digests.join(', ')}`)).rows[0])
}

/** The revision that the catalog is at. */
export async function revisionOf({ url, roles }: TestCatalog): Promise<string | undefined> {
  return (await execute(url, '{ __typename }', {}, roles.editor)).extensions?.revision
}
