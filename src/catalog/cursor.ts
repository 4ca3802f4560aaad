import { isUuid } from '../db/uuid.ts'
import { InvalidInputError } from './errors.ts'

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

/** The place of an object in an order, opaque to clients. @param keys of the columns */
export function encodeCursor(order: Order, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([order.name, ...keys])).toString('base64url')
}

const CURSOR_LIMIT = 1_000

/** The keys that a cursor of this order was made of. @throws InvalidInputError for anything else */
export function decodeCursor(raw: string, order: Order, argument: string): readonly string[] {
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
