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

const SUGGEST = `query Suggest($query: String!) { searchTools(query: $query, first: 3) { nodes { tool { name } } } }`
/** What `searchTools` takes. */
const LONGEST_QUERY = 200

/** There is no such tool, and which ones it may have been meant for. */
export async function unknownTool(session: Session, name: string): Promise<ServerError> {
  const query = name.replace(/[._+-]+/g, ' ').slice(0, LONGEST_QUERY)
  const found = await session
    .ask<{ searchTools: { nodes: { tool: { name: string } | null }[] } }>(SUGGEST, { query })
    .catch(() => undefined)
  const names = found?.searchTools.nodes.flatMap(({ tool }) => tool?.name ?? []) ?? []
  const hint = names.length > 0 ? ` Did you mean ${names.join(', ')}?` : ' tool-catalog list shows every tool.'
  return new ServerError(`There is no tool ${JSON.stringify(name)}.${hint}`, 'refused')
}
