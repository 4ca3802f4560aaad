import type { Json, JsonObject } from '../definition/json.ts'
import { objectOf, parseObject, textOf } from './answer.ts'
import { ask } from './http-request.ts'
import { NO_REVISION } from './revision.ts'
import type { ServerOptions } from './server-options.ts'
import { readProfile, type ToolProfile } from './tool-profile.ts'

/** What an answer is of. */
export interface Origin {
  readonly epoch: string
  readonly revision: string
}

export interface SnapshotPage extends Origin {
  readonly profiles: readonly ToolProfile[]
  /** Where the next page starts; undefined behind the last one. */
  readonly next: string | undefined
}

export interface LatestTools extends Origin {
  /** By the names that were asked for; undefined for a tool that is not there, or serves no version. */
  readonly tools: ReadonlyMap<string, ToolProfile | undefined>
}

/** The server takes pages of at most so many. */
export const PAGE_SIZE = 100
/** The server takes at most so many aliases in one query. */
export const TOOLS_AT_ONCE = 15

const PAGE = `query ($first: Int!, $after: String) {
  catalogState { epoch }
  exportTools(versions: LATEST, format: JSON, first: $first, after: $after) { text endCursor hasNextPage }
}`

const STATE = '{ catalogState { epoch } }'

const VERSION = `query ($name: String!, $version: String!) {
  tool(name: $name, version: $version) { version(version: $version) { definitionText(format: JSON) } }
}`

/** One page of all tools, each at its latest version. */
export async function queryPage(
  server: ServerOptions,
  { after, minRevision }: { readonly after: string | undefined; readonly minRevision: string },
  signal: AbortSignal,
): Promise<SnapshotPage> {
  const variables = { first: PAGE_SIZE, after: after ?? null }
  const { data, revision } = await ask(server, { query: PAGE, variables, minRevision }, signal)
  const page = objectOf(data.exportTools, 'exportTools')
  const lines = textOf(page.text, 'text').split('\n')
  return {
    epoch: epochOf(data),
    revision,
    profiles: lines.filter((line) => line !== '').map((line) => readProfile(parseObject(line, 'definition'))),
    next: page.hasNextPage === true ? textOf(page.endCursor, 'endCursor') : undefined,
  }
}

/** The latest versions of these tools, at most TOOLS_AT_ONCE. */
export async function queryTools(
  server: ServerOptions,
  names: readonly string[],
  minRevision: string,
  signal: AbortSignal,
): Promise<LatestTools> {
  const variables = Object.fromEntries(names.map((name, index) => [`n${index}`, name]))
  const { data, revision } = await ask(server, { query: toolsQuery(names.length), variables, minRevision }, signal)
  const tools = names.map((name, index) => [name, latestOf(data[`t${index}`])] as const)
  return { epoch: epochOf(data), revision, tools: new Map(tools) }
}

/** One version by its name; undefined when there is none. */
export async function queryVersion(
  server: ServerOptions,
  { name, version, minRevision }: { readonly name: string; readonly version: string; readonly minRevision: string },
  signal: AbortSignal,
): Promise<ToolProfile | undefined> {
  const { data } = await ask(server, { query: VERSION, variables: { name, version }, minRevision }, signal)
  const tool = data.tool ?? null
  return tool === null ? undefined : versionOf(objectOf(tool, 'tool').version)
}

/** Where the catalog stands now. */
export async function queryState(server: ServerOptions, signal: AbortSignal): Promise<Origin> {
  const { data, revision } = await ask(server, { query: STATE, minRevision: NO_REVISION }, signal)
  return { epoch: epochOf(data), revision }
}

function toolsQuery(count: number): string {
  const places = Array.from({ length: count }, (_, index) => index)
  const declared = places.map((index) => `$n${index}: String!`).join(' ')
  const fields = places.map((index) => `t${index}: tool(name: $n${index}) { latest { definitionText(format: JSON) } }`)
  return `query (${declared}) { catalogState { epoch } ${fields.join(' ')} }`
}

function epochOf({ catalogState }: JsonObject): string {
  return textOf(objectOf(catalogState, 'catalogState').epoch, 'epoch')
}

function latestOf(tool: Json | undefined): ToolProfile | undefined {
  return (tool ?? null) === null ? undefined : versionOf(objectOf(tool, 'tool').latest)
}

function versionOf(version: Json | undefined): ToolProfile | undefined {
  if ((version ?? null) === null) return undefined
  const text = textOf(objectOf(version, 'version').definitionText, 'definitionText')
  return readProfile(parseObject(text, 'definition'))
}
