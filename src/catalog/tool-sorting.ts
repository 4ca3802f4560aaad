import type { ToolEntry } from './tool-entry.ts'
import type { ToolOrderField } from './tools.ts'

/** Where a tool stands in an order: by what it is sorted by, and then by its name, which no other has. */
export interface Standing {
  readonly key: string | number
  readonly nameKey: string
}

interface Sorting {
  readonly keyOf: (entry: ToolEntry) => Standing['key']
  /** What a cursor has of it, in front of the name; undefined when it has only the name. */
  readonly textOf?: (entry: ToolEntry) => string
  /** Back from there; undefined for a key that the index cannot compare as PostgreSQL does. */
  readonly read?: (text: string) => Standing['key'] | undefined
}

/** As the columns of `TOOL_ORDERS` sort. All texts are ASCII, and the collation of their columns is "C". */
const SORTINGS: Readonly<Record<ToolOrderField, Sorting>> = {
  name: { keyOf: () => '' },
  platform: byText((entry) => entry.rowFor('published').platform),
  category: byText((entry) => entry.rowFor('published').category),
  createdAt: byTime(
    (entry) => entry.rowFor('published').createdAt,
    (entry) => entry.createdAtText,
  ),
  updatedAt: byTime(
    (entry) => entry.rowFor('published').updatedAt,
    (entry) => entry.updatedAtText,
  ),
}

function byText(textOf: (entry: ToolEntry) => string): Sorting {
  return { keyOf: textOf, textOf, read: (text) => text }
}

function byTime(timeOf: (entry: ToolEntry) => Date, textOf: (entry: ToolEntry) => string): Sorting {
  return { keyOf: (entry) => timeOf(entry).getTime(), textOf, read: millisecondsOf }
}

const TIME = /^(\S+) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)([+-]\d\d)(:\d\d)?$/

/** Of a time as PostgreSQL writes it. The columns have milliseconds; a cursor that has more was not made here. */
function millisecondsOf(text: string): number | undefined {
  const [, date, time, hours, minutes = ':00'] = TIME.exec(text) ?? []
  return date === undefined ? undefined : Date.parse(`${date}T${time}${hours}${minutes}`)
}

/** The same with what sorts it at hand. */
export function standingOf(entry: ToolEntry, field: ToolOrderField): Standing {
  return { key: SORTINGS[field].keyOf(entry), nameKey: entry.nameKey }
}

/** The keys of a tool's cursor, in the order of the columns. */
export function cursorKeys(entry: ToolEntry, field: ToolOrderField): string[] {
  const text = SORTINGS[field].textOf?.(entry)
  return text === undefined ? [entry.nameKey] : [text, entry.nameKey]
}

/** What a cursor of this order says; undefined when the index cannot tell where that is. */
export function standingAt(keys: readonly string[], field: ToolOrderField): Standing | undefined {
  const { read } = SORTINGS[field]
  const key = read ? read(keys[0] ?? '') : ''
  return key === undefined ? undefined : { key, nameKey: keys.at(-1) ?? '' }
}

/** Negative when the tool comes before. */
export function compareTo(entry: ToolEntry, field: ToolOrderField, standing: Standing): number {
  return compareKeys(SORTINGS[field].keyOf(entry), entry.nameKey, standing.key, standing.nameKey)
}

/** Negative when the first comes before the second. */
export function compareTools(a: ToolEntry, b: ToolEntry, field: ToolOrderField): number {
  const { keyOf } = SORTINGS[field]
  return compareKeys(keyOf(a), a.nameKey, keyOf(b), b.nameKey)
}

/** Without an object for either side: lists compare thousands. */
function compareKeys(key: Standing['key'], nameKey: string, otherKey: Standing['key'], otherName: string): number {
  if (key !== otherKey) return key < otherKey ? -1 : 1
  if (nameKey === otherName) return 0
  return nameKey < otherName ? -1 : 1
}

/** How many of the sorted tools come before this, or, with `including`, are not behind it. */
export function countBefore(
  sorted: readonly ToolEntry[],
  field: ToolOrderField,
  standing: Standing,
  including: boolean,
): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const compared = compareTo(sorted[middle] as ToolEntry, field, standing)
    if (compared < 0 || (including && compared === 0)) low = middle + 1
    else high = middle
  }
  return low
}
