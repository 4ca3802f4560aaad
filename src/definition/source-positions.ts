import { isList, isObject, type Json, scalarText } from './json.ts'

/** Where a value stands in the text, as offsets, and the same for what it holds. */
export interface NodePositions {
  readonly start: number
  readonly end: number
  readonly entries?: ReadonlyMap<string, { readonly key: NodePositions; readonly value: NodePositions }>
  /** By index; undefined for an item that is not in the text (`-` with nothing behind it). */
  readonly items?: readonly (NodePositions | undefined)[]
}

/** What js-yaml passes to its listener: the loader's state (its public types call it `any`). */
interface LoaderState {
  readonly position: number
  readonly result: Json | undefined
}

interface Frame {
  readonly start: number
  end: number
  result: Json | undefined
  readonly children: Frame[]
}

/**
 * Listens to js-yaml while it composes nodes and keeps where each one stood. js-yaml gives values without places and
 * places only for syntax errors; its `listener` option is what makes `file:line:column` possible for all the rest.
 */
export class PositionRecorder {
  readonly #text: string
  readonly #limit: number
  readonly #tooMany: (offset: number) => never
  readonly #stack: Frame[] = []
  readonly #documents: Frame[] = []
  #opened = 0

  constructor(text: string, limit: number, tooMany: (offset: number) => never) {
    this.#text = text
    this.#limit = limit
    this.#tooMany = tooMany
  }

  readonly listener = (event: 'open' | 'close', state: LoaderState): void => {
    if (event === 'open') {
      if (++this.#opened > this.#limit) this.#tooMany(this.#skipBlank(state.position))
      this.#stack.push({ start: state.position, end: state.position, result: undefined, children: [] })
      return
    }
    const frame = this.#stack.pop()
    if (!frame) return
    frame.end = state.position
    frame.result = state.result
    const parent = this.#stack.at(-1)
    if (parent) parent.children.push(frame)
    else this.#documents.push(frame)
  }

  /** The tree of the document at `index`. */
  root(index: number): NodePositions {
    const frame = this.#documents[index]
    return frame ? this.#finish(frame) : { start: 0, end: 0 }
  }

  /** Where the innermost node that is not finished yet starts: what an error about a whole node is about. */
  openNode(): number | undefined {
    const frame = this.#stack.at(-1)
    return frame && this.#skipBlank(frame.start)
  }

  #finish(outer: Frame): NodePositions {
    const frame = withoutGuess(outer)
    const start = this.#skipBlank(frame.start)
    // A value left out stands right behind its key, not where the next key starts.
    if (start >= frame.end) return { start: frame.start, end: frame.start }
    const place = { start, end: frame.end }
    if (isList(frame.result)) return { ...place, items: this.#items(frame, frame.result) }
    if (isObject(frame.result)) return { ...place, entries: this.#entries(frame, frame.result) }
    return place
  }

  // js-yaml may compose a node twice (it backs out of a failed guess), so children are matched to values, not counted.
  #items(frame: Frame, list: readonly Json[]): (NodePositions | undefined)[] {
    const items: (NodePositions | undefined)[] = []
    for (const child of frame.children) {
      const index = list.indexOf(child.result ?? null, items.length)
      if (index === -1) continue
      while (items.length < index) items.push(undefined)
      items.push(this.#finish(child))
    }
    return items
  }

  #entries(frame: Frame, mapping: { readonly [key: string]: Json }) {
    const entries = new Map<string, { key: NodePositions; value: NodePositions }>()
    for (let i = 0; i + 1 < frame.children.length; i++) {
      const key = frame.children[i]
      const value = frame.children[i + 1]
      if (!key || !value) continue
      const name = key.result === null ? 'null' : scalarText(key.result)
      if (!Object.hasOwn(mapping, name) || !Object.is(value.result ?? null, mapping[name])) continue
      entries.set(name, { key: this.#finish(key), value: this.#finish(value) })
      i++
    }
    return entries
  }

  /** js-yaml opens a node before the blanks and comments in front of it. */
  #skipBlank(from: number): number {
    const blank = /(?:\s|#[^\n]*\n)*/y
    blank.lastIndex = from
    return from + (blank.exec(this.#text)?.[0].length ?? 0)
  }
}

/**
 * js-yaml first reads `{…}` and `[…]` as a possible key of a block mapping. When no colon follows, it keeps the result
 * in the outer node, and the places are in the inner one.
 */
function withoutGuess(frame: Frame): Frame {
  if (!isList(frame.result) && !isObject(frame.result)) return frame
  const inner = frame.children.find((child) => child.result === frame.result)
  return inner && inner.children.length > 0 ? withoutGuess(inner) : frame
}
