import type { Context } from '../graphql/context.ts'
import { eachText, type Text } from './text.ts'
import type { ObjectTexts } from './text-memory.ts'

/** One execution of a plan. */
export interface Run {
  readonly context: Context
  /** Coerced, with their defaults. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Nobody waits for it any more: what still comes in is not to be remembered. */
  isOver: boolean
}

/** Writes the JSON of a value. */
export type Writer = (value: unknown, run: Run) => Text

/** The row that all of an object comes from, of which there is another object as soon as anything of its tool has changed. */
export type RowOf = (source: unknown) => object | undefined

/** The answer would have an error, or a null that its type does not allow: what follows from that a plan does not know. */
export class NoPlainAnswerError extends Error {
  override readonly name = 'NoPlainAnswerError'
}

export function always(text: string): Writer {
  return () => text
}

export function refuseNull(): never {
  throw new NoPlainAnswerError('A null where none may be')
}

export function listOf(write: Writer): Writer {
  return (value, run) => {
    if (!Array.isArray(value)) throw new NoPlainAnswerError('No list where one should be')
    const list: readonly unknown[] = value
    const writeItem = (item: unknown) => (isPromise(item) ? item.then((found) => write(found, run)) : write(item, run))
    const items = eachText(list, writeItem)
    // One flat string at once: what is put together piece by piece has to be taken apart before it is sent.
    return Array.isArray(items) ? `[${items.join(',')}]` : items.then((texts) => `[${texts.join(',')}]`)
  }
}

/** The same text again for an object whose row is the same. */
export function remembering(texts: ObjectTexts, rowOf: RowOf, write: Writer): Writer {
  return (source, run) => {
    const row = rowOf(source)
    if (!row) return write(source, run)
    const known = texts.find(row)
    if (known !== undefined) return known
    const text = write(source, run)
    const keep = (whole: string) => run.isOver || texts.keep(row, whole)
    if (typeof text === 'string') keep(text)
    else text.then(keep, () => {})
    return text
  }
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}
