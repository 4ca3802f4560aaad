import { nearestWords } from '../definition/vocabulary.ts'
import { firstTools } from './first-tools.ts'
import { ServerError } from './server-error.ts'
import type { Session } from './session.ts'

/** `grep` or `grep@1.2.0`: names have no `@`. */
export interface ToolReference {
  readonly name: string
  readonly version: string | undefined
}

export function parseReference(text: string): ToolReference {
  const at = text.indexOf('@')
  return at < 0 ? { name: text, version: undefined } : { name: text.slice(0, at), version: text.slice(at + 1) }
}

export async function hasTool(session: Session, name: string): Promise<boolean> {
  const query = 'query Known($name: String!) { tool(name: $name) { name } }'
  return (await session.ask<{ tool: object | null }>(query, { name })).tool !== null
}

const NAMES = `query Names($after: String) { tools(first: 100, after: $after, filter: { enabled: null }) {
  nodes { name } pageInfo { hasNextPage endCursor }
} }`
const SEARCH = `query Suggest($query: String!) { searchTools(query: $query, first: 3) { nodes { tool { name } } } }`
/** What `searchTools` takes. */
const LONGEST_QUERY = 200
const MOST_HINTS = 3

/** There is no such tool, and which ones it may have been meant for. */
export async function unknownTool(session: Session, name: string): Promise<ServerError> {
  // A slip of the pen is noticed among these; beyond, the search has to do.
  const tools = await firstTools<{ name: string }>(session, NAMES).catch(() => [])
  const near = nearNames(
    name,
    tools.map((tool) => tool.name),
  )
  const names = near.length > 0 ? near : await foundNames(session, name).catch(() => [])
  const hint = names.length > 0 ? ` Did you mean ${names.join(', ')}?` : ' tool-catalog list shows every tool.'
  return new ServerError(`There is no tool ${JSON.stringify(name)}.${hint}`, 'refused')
}

function nearNames(name: string, names: readonly string[]): string[] {
  const spelt = new Map(names.map((one) => [one.toLowerCase(), one]))
  const near = nearestWords(name.toLowerCase(), [...spelt.keys()]).slice(0, MOST_HINTS)
  return near.flatMap((one) => spelt.get(one) ?? [])
}

async function foundNames(session: Session, name: string): Promise<string[]> {
  const query = name.replace(/[._+-]+/g, ' ').slice(0, LONGEST_QUERY)
  const { searchTools } = await session.ask<{ searchTools: { nodes: { tool: { name: string } | null }[] } }>(SEARCH, {
    query,
  })
  return searchTools.nodes.flatMap(({ tool }) => tool?.name ?? [])
}

const VERSIONS = `query Versions($name: String!) { toolVersions(tool: $name, first: 20) { nodes { version } } }`

/** The tool is not there; or it is, and the version is not: which ones there are. */
export async function unknownVersion(session: Session, name: string, version: string): Promise<ServerError> {
  const { toolVersions } = await session.ask<{ toolVersions: { nodes: { version: string }[] } | null }>(VERSIONS, {
    name,
  })
  if (!toolVersions) return unknownTool(session, name)
  const known = toolVersions.nodes.map((node) => node.version).join(', ') || 'none that you may see'
  return new ServerError(`${name} has no version ${JSON.stringify(version)}. It has ${known}.`, 'refused')
}
