import type { WriteStream } from 'node:tty'

/** Where text goes: a terminal, a file or a pipe. */
export type Output = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>>

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

/** Colours a text, or leaves it as it is. */
export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>

/** Colours for a terminal that has some. Node itself looks at NO_COLOR, which --no-color sets, and TERM. */
export function paintFor(output: Output): Paint {
  const isColoured = output.isTTY === true && output.hasColors?.() === true
  const painter = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const { bold, dim, red, green, yellow, cyan } = CODES
  return {
    bold: painter(bold),
    dim: painter(dim),
    red: painter(red),
    green: painter(green),
    yellow: painter(yellow),
    cyan: painter(cyan),
  }
}

/** Columns of the terminal; undefined for a file or a pipe, where nothing is cut. */
export function widthOf(output: Output): number | undefined {
  return output.isTTY ? output.columns || 80 : undefined
}

/** Other people's text: what would move the cursor, start a line or turn the direction is written as `\u001b`. */
export function harmless(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
