import type { Position } from './problem.ts'

/** Offsets to lines and columns, without scanning the text again for every problem. */
export class LineTable {
  readonly #starts: number[] = [0]
  readonly #firstLine: number
  readonly #end: number

  constructor(text: string, firstLine: number) {
    this.#firstLine = firstLine
    this.#end = text.length
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1)
  }

  position(wanted: number): Position {
    // js-yaml ends its text with a line break of its own; nothing stands behind the last character of ours.
    const offset = Math.min(wanted, this.#end)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + this.#firstLine, column: offset - (this.#starts[low] ?? 0) + 1 }
  }
}
