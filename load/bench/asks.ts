import { type CatalogNames, fragmentsOf, MIX, pickRead, type Read } from '../k6/mix.ts'
import type { Mode } from './options.ts'

/** One question to the catalog, before it is put into the words of one server. */
export interface Ask {
  readonly read: Read
  readonly variables: Readonly<Record<string, string>>
  /** Another page than the document's own; `after` is a place in the list of `ListedTools`. */
  readonly page?: { readonly first: number; readonly after: number | undefined }
  /** Made part of the operation's name, so that no server has seen the document. */
  readonly suffix?: string
}

/** The tools of each list of the mix, in its order: what pages start after. */
export type Lists = Readonly<Record<string, readonly ListedTool[]>>

export interface ListedTool {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** As PostgreSQL writes it. */
  readonly updatedAt: string
}

/** So many different requests are repeated. */
const POOL = 1_000
/** Pages start where at least so many tools follow, so that they are full. */
const TAIL = 100

export function listsOf(tools: readonly ListedTool[]): Lists {
  const byName = [...tools].sort((a, b) => compare(a.name, b.name))
  const enabled = byName.filter((tool) => tool.enabled)
  const latest = [...enabled].sort((a, b) => compare(b.updatedAt, a.updatedAt) || compare(b.name, a.name))
  return { list: byName, 'list enabled': enabled, 'list latest': latest }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Questions of the mix in its proportions, or all of one kind. */
export function createAsks(lists: Lists, kind: string | undefined, random: () => number) {
  const tools = (lists.list ?? []).map(({ name }) => name)
  const names: CatalogNames = { tools, fragments: fragmentsOf(tools) }
  const only = MIX.find(({ name }) => name === kind)
  const counts = new Map<string, number>()
  const pick = () => only ?? pickRead(random)

  const next = (): Ask => {
    const read = pick()
    const count = counts.get(read.name) ?? 0
    counts.set(read.name, count + 1)
    const variables = read.variables(names, random)
    if ('part' in variables) return { read, variables: { part: partOf(tools, random) }, page: sizes(read, count) }
    const listed = lists[read.name]
    return listed ? { read, variables, page: pageOf(read, listed.length, count) } : { read, variables }
  }
  let documents = 0
  return {
    /** The pool of a repeated mode. */
    pool: (): Ask[] =>
      Array.from({ length: POOL }, () => {
        const read = pick()
        return { read, variables: read.variables(names, random) }
      }),
    /** A question that was not asked before, as far as the catalog has that many. */
    next: (mode: Exclude<Mode, 'repeated'>): Ask =>
      mode === 'unrepeated' ? next() : { ...next(), suffix: (documents++).toString(36) },
  }
}

/** The page size that a document of the mix asks for. */
export function pageSizeOf({ query }: Read): number {
  return Number(/\(first: (\d+)/.exec(query)?.[1] ?? 0)
}

/** From two fifths of the document's own size to eight fifths: the mean is the same. */
function sizes(read: Read, count: number): { first: number; after: undefined } {
  const least = Math.round(pageSizeOf(read) * 0.4)
  const spread = pageSizeOf(read) * 1.2 + 1
  return { first: least + ((count * 31) % spread), after: undefined }
}

/** Start and size go on in steps that have no factor in common with how many there are: a pair comes back late. */
function pageOf(read: Read, length: number, count: number): { first: number; after: number } {
  const starts = Math.max(1, length - TAIL)
  return { first: sizes(read, count + Math.floor(count / starts)).first, after: (count * 7_919) % starts }
}

/** A part of some name: its end is rare, its beginning is not. */
function partOf(tools: readonly string[], random: () => number): string {
  const name = tools[Math.floor(random() * tools.length)] ?? ''
  const length = 3 + Math.floor(random() * 4)
  const start = Math.floor(random() * (name.length - length + 1))
  return name.slice(start, start + length)
}
