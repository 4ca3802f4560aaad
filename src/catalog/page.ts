import type { Reader } from '../db/snapshot.ts'
import { isUuid } from '../db/uuid.ts'
import { InvalidInputError } from './errors.ts'
import { remembered } from './remembered.ts'

/** Relay's paging arguments (https://relay.dev/graphql/connections.htm). */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export const PAGE_SIZE = { default: 20, most: 100 } as const

export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  /** Counted only when it is asked for. */
  totalCount(): Promise<number>
}

/** What may stand in a cursor for a column of this type; anything else would be an error in the database. */
const KEY_FORMS = {
  text: (key: string) => !key.includes('\0'),
  uuid: isUuid,
  revision: (key: string) => /^\d{1,18}$/.test(key),
  timestamp: isTimestamp,
} as const

const TIMESTAMP =
  /^([1-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-](?:0\d|1[0-4])(?::[0-5]\d)?$/

/** A moment as PostgreSQL writes it, on a day that there is. */
function isTimestamp(key: string): boolean {
  const [, year, month, day] = (TIMESTAMP.exec(key) ?? []).map(Number)
  return day !== undefined && new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day)).getUTCDate() === day
}

export interface OrderColumn {
  readonly sql: string
  readonly type: keyof typeof KEY_FORMS
}

/** What one keyset is made of: SQL expressions, unique together, all in one direction. */
export interface Order {
  /** Names this order in cursors, so that one list's cursor is refused by another. */
  readonly name: string
  readonly columns: readonly OrderColumn[]
  readonly descending: boolean
}

/** A list: which rows, and in which order. `conditions` hold the placeholders that `values` fills. */
export interface ListQuery {
  readonly name: string
  readonly from: string
  readonly id: string
  readonly conditions: readonly string[]
  readonly values: readonly unknown[]
  readonly order: Order
  /** Whether nothing but a revision of the catalog changes what is in it. */
  readonly isOfRevision?: boolean
}

interface Bounds {
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

/**
 * One page of ids by keyset: `(a, b) > (cursor)` and a limit. Rows that come or go while a client pages neither shift
 * the others nor repeat them, because a cursor is a place in the order and not a count.
 */
export async function listPage(reader: Reader, list: ListQuery, page: PageArguments): Promise<Page<string>> {
  const { name, conditions, values, order } = list
  const key = [name, conditions, values, order.name, order.descending, page]
  const read = () => readPage(reader, list, page)
  const found = list.isOfRevision ? await remembered(reader, key, read) : await read()
  return { ...found, totalCount: () => count(reader, list) }
}

async function readPage(
  reader: Reader,
  list: ListQuery,
  page: PageArguments,
): Promise<Omit<Page<string>, 'totalCount'>> {
  const { order } = list
  const { limit, backward, cursor } = pageBounds(page, order)
  const descending = order.descending !== backward
  const values = [...list.values]
  const conditions = [...list.conditions]
  if (cursor) {
    const places = cursor.map((value) => `$${values.push(value)}`)
    conditions.push(
      `(${order.columns.map(({ sql }) => sql).join(', ')}) ${descending ? '<' : '>'} (${places.join(', ')})`,
    )
  }
  const direction = descending ? 'DESC' : 'ASC'
  const keys = order.columns.map(({ sql }, index) => `${sql}::text AS "key${index}"`)
  const rows = await reader.query<Record<string, string>>(
    list.name,
    `SELECT ${list.id} AS id, ${keys.join(', ')} FROM ${list.from}
     WHERE ${conditions.join(' AND ') || 'true'}
     ORDER BY ${order.columns.map(({ sql }) => `${sql} ${direction}`).join(', ')} LIMIT $${values.push(limit + 1)}`,
    values,
  )
  const hasMore = rows.length > limit
  const kept = rows.slice(0, limit)
  if (backward) kept.reverse()
  const edges = kept.map((row) => ({
    cursor: encodeCursor(
      order,
      order.columns.map((_, index) => row[`key${index}`] ?? ''),
    ),
    node: row.id ?? '',
  }))
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? cursor !== undefined : hasMore,
      hasPreviousPage: backward ? hasMore : cursor !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

function count(reader: Reader, { name, from, conditions, values, isOfRevision }: ListQuery): Promise<number> {
  const read = async () => {
    const sql = `SELECT count(*)::int AS total FROM ${from} WHERE ${conditions.join(' AND ') || 'true'}`
    const rows = await reader.query<{ total: number }>(`${name}.count`, sql, values)
    return rows[0]?.total ?? 0
  }
  return isOfRevision ? remembered(reader, [`${name}.count`, conditions, values], read) : read()
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
  const edges = items.slice(start, end).map((node) => ({ cursor: encodeCursor(order, [keyOf(node)]), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: async () => items.length,
  }
}

/** The page with each node replaced: ids by rows, in one batch. */
export async function mapPage<A, B>(
  page: Page<A>,
  load: (nodes: readonly A[]) => Promise<readonly B[]>,
): Promise<Page<B>> {
  const nodes = await load(page.edges.map(({ node }) => node))
  return {
    ...page,
    // `load` answers in order and in full.
    edges: page.edges.map(({ cursor }, index) => ({ cursor, node: nodes[index] as B })),
  }
}

function encodeCursor(order: Order, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([order.name, ...keys])).toString('base64url')
}

const CURSOR_LIMIT = 1_000

function decodeCursor(raw: string, order: Order, argument: string): readonly string[] {
  const refuse = (): never => {
    throw new InvalidInputError(`${argument} is not a cursor of this list`)
  }
  if (raw.length > CURSOR_LIMIT) return refuse()
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(raw, 'base64url').toString())
  } catch {
    return refuse()
  }
  if (!Array.isArray(value) || value.length !== order.columns.length + 1 || value[0] !== order.name) return refuse()
  return order.columns.map(({ type }, index) => {
    const key: unknown = value[index + 1]
    return typeof key === 'string' && KEY_FORMS[type](key) ? key : refuse()
  })
}
