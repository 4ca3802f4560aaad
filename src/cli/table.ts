import { harmless, type Paint } from './terminal.ts'

export interface Column<T> {
  readonly title: string
  readonly cell: (row: T) => string
  readonly paint?: (text: string, row: T) => string
}

export interface TableOptions {
  /** Columns of the terminal; undefined means that nothing is cut. */
  readonly width: number | undefined
  readonly paint: Paint
}

const GAP = '  '
/** Narrower than this a column says nothing. */
const LEAST_WIDTH = 6

/** Rows under their titles, aligned. On a terminal, the widest columns are cut until a row fits. */
export function formatTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  { width, paint }: TableOptions,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => harmless(cell(row))))
  const natural = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => textWidth(row[index] ?? ''))),
  )
  const widths = width === undefined ? natural : narrowed(natural, width)
  const line = (texts: readonly string[], painted: (text: string, column: number) => string) =>
    texts
      .map((text, column) => {
        const cut = cutText(text, widths[column] ?? 0)
        const isLast = column === texts.length - 1
        return painted(cut, column) + (isLast ? '' : ' '.repeat((widths[column] ?? 0) - textWidth(cut)))
      })
      .join(GAP)
      .trimEnd()
  const title = line(
    columns.map((column) => column.title),
    paint.bold,
  )
  const body = cells.map((texts, index) =>
    line(texts, (text, column) => {
      const row = rows[index]
      const painter = columns[column]?.paint
      return painter && row !== undefined ? painter(text, row) : text
    }),
  )
  return [title, ...body, ''].join('\n')
}

/** Rows whose last column is text: on a terminal it goes on in the next line, under itself. */
export function formatTexts(
  rows: readonly (readonly [string, ...string[]])[],
  { width, paint }: TableOptions,
  painted: (text: string, row: number, column: number) => string = (text, _, column) =>
    column === 0 ? paint.bold(text) : text,
): string {
  const last = Math.max(0, ...rows.map((row) => row.length)) - 1
  const widths = Array.from({ length: last }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  )
  const indent = widths.reduce((sum, one) => sum + one + GAP.length, 0)
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST_TEXT, width - indent)
  const lines = rows.map((row, index) => {
    const before = widths.map((own, column) => {
      const text = harmless(row[column] ?? '')
      return painted(text, index, column) + ' '.repeat(own - textWidth(text)) + GAP
    })
    const text = wrapText(harmless(row[last] ?? ''), room).map((line) => painted(line, index, last))
    return `${before.join('')}${text.join(`\n${' '.repeat(indent)}`)}`.trimEnd()
  })
  return [...lines, ''].join('\n')
}

/** Text in a narrower column is no text. */
const LEAST_TEXT = 20

function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && textWidth(line) + 1 + textWidth(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Take from the widest column until the row fits, or every column is as narrow as may be. */
function narrowed(natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1) - width
  while (excess-- > 0) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= LEAST_WIDTH) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

const ZERO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d]|\ufe0f/u
/** East Asian Wide and Fullwidth, and emoji (Unicode Standard Annex 11), as terminals draw them. */
const DOUBLE_WIDTH =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return DOUBLE_WIDTH.test(character) ? 2 : 1
}

/** At most so wide, with `…` where something is missing. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let cut = ''
  let used = 1
  for (const character of text) {
    used += characterWidth(character)
    if (used > width) break
    cut += character
  }
  return `${cut.trimEnd()}…`
}
