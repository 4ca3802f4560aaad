import { decodeCursor, encodeCursor, type Order } from './cursor.ts'
import { InvalidInputError } from './errors.ts'

/** Relay's paging arguments (https://relay.dev/graphql/connections.htm). */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export const PAGE_SIZE = { default: 20, most: 100 } as const

export interface Edge<T> {
  readonly cursor: string
  readonly node: T
}

export interface Bounds {
  readonly limit: number
  readonly backward: boolean
  readonly cursor: readonly string[] | undefined
}

/** Check paging arguments and decode the cursor. @throws InvalidInputError in the caller's words */
export function pageBounds(page: PageArguments, order: Order): Bounds {
  const { first, after, last, before } = page
  if (first != null && last != null) throw new InvalidInputError('Give first or last, not both')
  if (last != null && after != null) throw new InvalidInputError('after goes with first, and before with last')
  if (last == null && before != null) throw new InvalidInputError('before goes with last')
  for (const [name, count] of Object.entries({ first, last })) {
    if (count != null && (count < 1 || count > PAGE_SIZE.most)) {
      throw new InvalidInputError(`${name} must be between 1 and ${PAGE_SIZE.most}, not ${count}`)
    }
  }
  const backward = last != null
  const raw = backward ? before : after
  const cursor = raw == null ? undefined : decodeCursor(raw, order, backward ? 'before' : 'after')
  return { limit: (backward ? last : first) ?? PAGE_SIZE.default, backward, cursor }
}

interface PageParts<T> {
  readonly nodes: readonly T[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  /** The cursor of the node with this index. */
  readonly cursorAt: (index: number) => string
  /** Called only when the count is asked for. */
  readonly totalCount: () => Promise<number>
}

/** A page of a list. Whoever asks for the nodes asks for few of their cursors, which take longer: each is made when it is asked for. */
export class Page<T> {
  readonly #parts: PageParts<T>

  constructor(parts: PageParts<T>) {
    this.#parts = parts
  }

  get nodes(): readonly T[] {
    return this.#parts.nodes
  }

  get edges(): readonly Edge<T>[] {
    const { nodes, cursorAt } = this.#parts
    return nodes.map((node, index) => ({ cursor: cursorAt(index), node }))
  }

  get pageInfo(): PageInfo {
    return new PageInfo(this.#parts)
  }

  totalCount(): Promise<number> {
    return this.#parts.totalCount()
  }

  /** The same page of other things: as many, in the same order. */
  withNodes<U>(nodes: readonly U[]): Page<U> {
    const { hasNextPage, hasPreviousPage, cursorAt, totalCount } = this.#parts
    return new Page({ nodes, hasNextPage, hasPreviousPage, cursorAt, totalCount })
  }
}

class PageInfo {
  readonly #parts: PageParts<unknown>

  constructor(parts: PageParts<unknown>) {
    this.#parts = parts
  }

  get hasNextPage(): boolean {
    return this.#parts.hasNextPage
  }

  get hasPreviousPage(): boolean {
    return this.#parts.hasPreviousPage
  }

  get startCursor(): string | null {
    return this.#cursor(0)
  }

  get endCursor(): string | null {
    return this.#cursor(this.#parts.nodes.length - 1)
  }

  #cursor(index: number): string | null {
    const { nodes, cursorAt } = this.#parts
    return nodes.length === 0 ? null : cursorAt(index)
  }
}

/** What a page that was read in one direction, and not to the end, says of what there is beside it. */
export function neighbours({ backward, cursor }: Bounds, hasMore: boolean) {
  return {
    hasNextPage: backward ? cursor !== undefined : hasMore,
    hasPreviousPage: backward ? hasMore : cursor !== undefined,
  }
}

/** A page over a list that is already in memory, in its own order. */
export function slicePage<T>(
  items: readonly T[],
  page: PageArguments,
  order: Order,
  keyOf: (item: T) => string,
): Page<T> {
  const { limit, backward, cursor } = pageBounds(page, order)
  const at = cursor ? items.findIndex((item) => keyOf(item) === cursor[0]) : -1
  if (cursor && at < 0)
    throw new InvalidInputError(`${backward ? 'before' : 'after'} is not a cursor of this list any more`)
  const end = backward ? (cursor ? at : items.length) : Math.min(items.length, at + 1 + limit)
  const start = backward ? Math.max(0, end - limit) : at + 1
  const nodes = items.slice(start, end)
  return new Page({
    nodes,
    hasNextPage: end < items.length,
    hasPreviousPage: start > 0,
    // There is a node for each index that is asked for.
    cursorAt: (index) => encodeCursor(order, [keyOf(nodes[index] as T)]),
    totalCount: async () => items.length,
  })
}

/** The page with each node replaced: ids by rows, in one batch. `load` answers in order and in full. */
export async function mapPage<A, B>(
  page: Page<A>,
  load: (nodes: readonly A[]) => Promise<readonly B[]>,
): Promise<Page<B>> {
  return page.withNodes(await load(page.nodes))
}
