import { canonicalJson } from './canonical.ts'
import { unwrap } from './definition.ts'
import { FIELD_ORDER } from './field-order.ts'
import { isObject, valueAt } from './json.ts'
import { dottedPath } from './problem.ts'
import { type Path, parseSource, type Source } from './source.ts'

interface OrderedText {
  readonly text: string
  readonly changes: readonly string[]
}

/** The text of one member of a mapping, with the lines that belong to it. */
interface Block {
  readonly key: string
  readonly text: string
}

type Rewrite = (key: string, start: number, end: number) => string

/**
 * Bring the fields of the definition, of its capabilities and of their patterns into the usual order: whole lines are moved, with
 * the comments above them. Flow mappings (`{…}`, JSON) and members of lists stay as they are, and so does the whole text
 * when it would not say the same afterwards (an alias in front of its anchor, say).
 */
export function fixOrder(text: string): OrderedText {
  const unchanged = { text, changes: [] }
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  const body = text.slice(mark.length)
  const parsed = parseSource(body)
  if (!parsed.ok || !isObject(parsed.source.value)) return unchanged
  const mover = new LineMover(body, parsed.source)
  const ordered = mover.definition(unwrap(parsed.source.value).path)
  const after = parseSource(ordered)
  if (!after.ok || canonicalJson(after.source.value) !== canonicalJson(parsed.source.value)) return unchanged
  return { text: mark + ordered, changes: mover.changes }
}

class LineMover {
  readonly changes: string[] = []
  readonly #text: string
  readonly #source: Source

  constructor(text: string, source: Source) {
    this.#text = text
    this.#source = source
  }

  definition(path: Path): string {
    const inside: Rewrite = (key, start, end) =>
      key === 'capabilities' ? this.#members([...path, key], start, end, this.#capability) : this.#slice(start, end)
    return this.#ordered(path, 0, this.#text.length, inside, FIELD_ORDER.definition)
  }

  readonly #capability = (path: Path, start: number, end: number): string => {
    const inside: Rewrite = (key, from, to) =>
      key === 'patterns' ? this.#members([...path, key], from, to, this.#pattern) : this.#slice(from, to)
    return this.#ordered(path, start, end, inside, FIELD_ORDER.capability)
  }

  readonly #pattern = (path: Path, start: number, end: number): string =>
    this.#ordered(path, start, end, (_, from, to) => this.#slice(from, to), FIELD_ORDER.pattern)

  readonly #slice = (start: number, end: number): string => this.#text.slice(start, end)

  /** The lines from `start` to `end` with each member of the mapping at `path` rewritten, in the order they are in. */
  #members(path: Path, start: number, end: number, rewrite: (path: Path, start: number, end: number) => string) {
    return this.#ordered(path, start, end, (key, from, to) => rewrite([...path, key], from, to), undefined)
  }

  #ordered(path: Path, start: number, end: number, rewrite: Rewrite, order: readonly string[] | undefined): string {
    const keys = this.#keyLines(path)
    if (!keys) return this.#slice(start, end)
    const leads = keys.map(({ line, column }, index) =>
      index === 0 ? this.#firstLead(line, column, start) : this.#lead(line, column),
    )
    const foot = this.#foot(end, keys.at(-1)?.line ?? end)
    const blocks = keys.map(({ key }, index) => ({
      key,
      text: rewrite(key, leads[index] ?? end, leads[index + 1] ?? foot),
    }))
    const sorted = order ? inOrder(blocks, order) : blocks
    const isMoved = sorted.some((block, index) => block !== blocks[index])
    if (isMoved) this.changes.push(`${dottedPath(path) || 'the definition'}: its fields are in the usual order now`)
    const lines = isMoved ? joined(sorted, this.#text) : blocks.map(({ text }) => text).join('')
    return this.#slice(start, leads[0] ?? end) + lines + this.#slice(foot, end)
  }

  /** Where each key stands; undefined unless each has a line of its own, at one column. */
  #keyLines(path: Path): { key: string; line: number; column: number }[] | undefined {
    const range = this.#source.range(path)
    const value = valueAt(this.#source.value, path)
    if (!range || !isObject(value) || this.#text[range.start] === '{') return undefined
    const keys = Object.keys(value).flatMap((key) => {
      const at = this.#source.keyRange([...path, key])?.start
      if (at === undefined) return []
      const line = this.#text.lastIndexOf('\n', at - 1) + 1
      return [{ key, line, column: at - line }]
    })
    keys.sort((a, b) => a.line - b.line)
    const isBlock = keys.every(
      ({ line, column }) => column === keys[0]?.column && this.#slice(line, line + column).trim() === '',
    )
    return isBlock && keys.length > 0 ? keys : undefined
  }

  /** Where the comments of the key on this line begin: those above it, at its column, and blank lines among them. */
  #lead(line: number, column: number): number {
    let lead = line
    for (let at = this.#lineAbove(lead); at !== undefined; at = this.#lineAbove(lead)) {
      const above = this.#slice(at, lead).replace(/\r?\n$/, '')
      if (above.trim() !== '' && above.search(/\S/) !== column) break
      if (above.trim() !== '' && !above.trimStart().startsWith('#')) break
      lead = at
    }
    return lead
  }

  /** Comments at the head of the file are about the file, up to the last blank line between them and the first key. */
  #firstLead(line: number, column: number, start: number): number {
    const lead = Math.max(this.#lead(line, column), start)
    if (start > 0) return lead
    const head = this.#slice(lead, line).split(/(?<=\n)/)
    const blank = head.findLastIndex((text) => text.trim() === '')
    return blank === -1 ? line : lead + head.slice(0, blank + 1).join('').length
  }

  #lineAbove(line: number): number | undefined {
    return line === 0 ? undefined : this.#text.lastIndexOf('\n', line - 2) + 1
  }

  /** Where the comments and blank lines behind the last member begin; they stay at the end. */
  #foot(end: number, lastKeyLine: number): number {
    let foot = end
    for (let at = this.#lineAbove(foot); at !== undefined && at > lastKeyLine; at = this.#lineAbove(foot)) {
      if (!/^\s*(?:#.*)?$/.test(this.#slice(at, foot).trimEnd())) break
      foot = at
    }
    return foot
  }
}

/** Known fields by their order; one that the format does not know stays behind the one it stood behind. */
function inOrder(blocks: readonly Block[], order: readonly string[]): Block[] {
  let rank = -1
  return blocks
    .map((block, index) => {
      if (order.includes(block.key)) rank = order.indexOf(block.key)
      return { block, rank, index }
    })
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ block }) => block)
}

/** A last line without an end gets one when it is not the last any more, and the new last one loses its own. */
function joined(blocks: readonly Block[], whole: string): string {
  const end = whole.includes('\r\n') ? '\r\n' : '\n'
  const isOpen = blocks.some(({ text }) => !text.endsWith('\n'))
  const text = blocks.map((block) => (block.text.endsWith('\n') ? block.text : `${block.text}${end}`)).join('')
  return isOpen ? text.replace(/\r?\n$/, '') : text
}
