import type { Reader } from '../db/snapshot.ts'
import { encodeCursor, type Order } from './cursor.ts'
import { neighbours, Page, type PageArguments, pageBounds } from './page.ts'
import { remembered } from './remembered.ts'

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

/** What was read of a page, as far as it may be remembered. */
interface ReadPage {
  readonly ids: readonly string[]
  /** For each id, the keys of its cursor. */
  readonly keys: readonly (readonly string[])[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/**
 * One page of ids by keyset: `(a, b) > (cursor)` and a limit. Rows that come or go while a client pages neither shift
 * the others nor repeat them, because a cursor is a place in the order and not a count.
 */
export async function listPage(reader: Reader, list: ListQuery, page: PageArguments): Promise<Page<string>> {
  const { name, conditions, values, order } = list
  const key = [name, conditions, values, order.name, order.descending, page]
  const read = () => readPage(reader, list, page)
  const { ids, keys, ...beside } = list.isOfRevision ? await remembered(reader, key, read) : await read()
  return new Page({
    nodes: ids,
    ...beside,
    cursorAt: (index) => encodeCursor(order, keys[index] ?? []),
    totalCount: () => count(reader, list),
  })
}

async function readPage(reader: Reader, list: ListQuery, page: PageArguments): Promise<ReadPage> {
  const { order } = list
  const bounds = pageBounds(page, order)
  const { limit, backward, cursor } = bounds
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
  return {
    ids: kept.map(({ id = '' }) => id),
    keys: kept.map((row) => order.columns.map((_, index) => row[`key${index}`] ?? '')),
    ...neighbours(bounds, hasMore),
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
