import type { Read } from '../k6/mix.ts'
import type { Ask, ListedTool } from './asks.ts'

export interface GraphqlRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** How one kind of server is asked, and what its answer means in our words. */
export interface Dialect {
  /** @param cursor of the page's start, when there is one */
  readonly request: (ask: Ask, cursor: string | undefined) => GraphqlRequest
  /** The `data` of an answer, as our own server would give it, without what every server makes up for itself. */
  readonly answer: (read: Read, data: unknown) => unknown
  /** Cursor of a tool in a list of the mix; undefined when they have to be asked for. */
  readonly cursor: ((list: string, tool: ListedTool) => string) | undefined
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** The documents of the mix as they are, or with the page as variables. */
const asWritten: Dialect['request'] = ({ read, variables, page, suffix }, cursor) => {
  const query = page ? pagedQuery(read.query) : read.query
  return {
    query: suffix === undefined ? query : query.replace(/^query \w+/, (start) => `${start}_${suffix}`),
    variables: page ? { ...variables, first: page.first, ...(cursor !== undefined && { after: cursor }) } : variables,
  }
}

const paged = new Map<string, string>()

/** The document with `first` and `after` as variables instead of the size written in it. */
export function pagedQuery(query: string): string {
  const known = paged.get(query)
  if (known !== undefined) return known
  const changed = query
    .replace(/^query (\w+)(?:\(([^)]*)\))?/, (_, name, variables) =>
      ['query ', name, '($first: Int!, $after: String', variables ? `, ${variables}` : '', ')'].join(''),
    )
    .replace(/\(first: \d+/, '(first: $first, after: $after')
  if (!changed.includes('after: $after')) throw new Error(`No page to change in ${query}`)
  paged.set(query, changed)
  return changed
}

/** Cursors are each server's own secret; everything else is to be equal. */
function withoutCursors(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data), (key, value) => (key === 'endCursor' ? undefined : value))
}

function ourCursor(list: string, { name, updatedAt }: ListedTool): string {
  const keys = list === 'list latest' ? ['tools.updatedAt', updatedAt, name] : ['tools.name', name]
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

const answer: Dialect['answer'] = (_, data) => withoutCursors(data)

export const OURS: Dialect = { request: asWritten, answer, cursor: ourCursor }

/** Pothos' Prisma connections: `GPC`, the type of the key, and the key. */
export const POTHOS: Dialect = { request: asWritten, answer, cursor: (_, { name }) => base64(`GPC:S:${name}`) }

/** The SQL takes the name itself. */
export const SQL: Dialect = { request: asWritten, answer, cursor: (_, { name }) => name }
