/**
 * Rows as one parameter for each column, which PostgreSQL reads once: `json_to_recordset` reads all of it three times.
 * JSON goes in lines, because JSON text has no line break of its own; everything else as an array literal (PostgreSQL
 * manual §8.15.6).
 */
type ColumnType = 'uuid' | 'text' | 'boolean' | 'int' | 'float8' | 'text[]' | 'json' | 'json text' | '"Status"'

/** Columns and their types. Values of `json` columns are written as JSON; those of `json text` columns are that already. */
export type Shape<K extends string = string> = Readonly<Record<K, ColumnType>>

/** One row or several: the text of each column, in the order of the shape. */
export type Cells = readonly string[]

/** @param rows at least one */
export function cellsOf<K extends string>(shape: Shape<K>, rows: readonly Readonly<Record<K, unknown>>[]): Cells {
  const cells: string[] = []
  for (const name in shape) cells.push(rows.map((row) => cellOf(shape[name], row[name])).join(separator(shape[name])))
  return cells
}

function cellOf(type: ColumnType, value: unknown): string {
  if (type === 'json') return JSON.stringify(value ?? null)
  if (value === null) return 'NULL'
  // What the shape says of a column is what the row's type says of it.
  if (type === 'text') return quoted(value as string)
  if (type === 'text[]') return quoted(`{${(value as readonly string[]).map(quoted).join(',')}}`)
  return String(value as string | number | boolean)
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`
}

function isJson(type: ColumnType): boolean {
  return type === 'json' || type === 'json text'
}

function separator(type: ColumnType): string {
  return isJson(type) ? '\n' : ','
}

/** The rows as a table of the name `row` in a FROM clause; the first parameter has the number `first`. */
export function rowsFrom(shape: Shape, first = 1): string {
  const columns = Object.values(shape).map((type, index) => readColumn(type, `$${first + index}`))
  return `unnest(${columns.join(', ')}) WITH ORDINALITY AS row(${Object.keys(shape).join(', ')}, number)`
}

function readColumn(type: ColumnType, parameter: string): string {
  if (isJson(type)) return `string_to_array(${parameter}::text, E'\\n', 'null')::json[]`
  // An array of arrays would have to be rectangular.
  return `${parameter}::${type === 'text[]' ? 'text' : type}[]`
}

/** The columns of `row` as a SELECT list. */
export function selectRow(shape: Shape): string {
  return Object.entries(shape)
    .map(([name, type]) => (type === 'text[]' ? `row.${name}::text[]` : `row.${name}`))
    .join(', ')
}

/** The parameters of `rowsFrom`. */
export function columnValues(shape: Shape, parts: readonly Cells[]): string[] {
  return Object.values(shape).map((type, index) => {
    const column = parts.map((cells) => cells[index]).join(separator(type))
    return isJson(type) ? column : `{${column}}`
  })
}
