import yaml from 'js-yaml'
import { isList, isObject, type Json } from './json.ts'
import type { Position, Problem } from './problem.ts'
import { type NodePositions, PositionRecorder } from './source-positions.ts'

/**
 * Bounds on one definition's text. They are checked before or while parsing, because a parser that has already built
 * the value has already paid for the attack (research: 200 KB of `[` ends the process in the `yaml` package).
 */
export const SOURCE_LIMITS = {
  /** UTF-8 bytes of one definition. The largest real one seen is 20 KB. */
  bytes: 1024 * 1024,
  /** Collections inside collections. Real definitions reach 9. */
  depth: 50,
  /** Scalars and collections as written, keys included. */
  nodes: 20_000,
  /** The same after aliases and merge keys are followed: what an alias bomb multiplies. */
  expandedNodes: 50_000,
} as const

/** Steps from the root of a document: keys and list indexes. */
export type Path = readonly (string | number)[]

/** A parsed text: its value, and where each part of it stands. */
export interface Source {
  readonly value: Json
  /** Position of the value at `path`, or of the nearest parent that has one. */
  at(path: Path): Position
  /** Position of the key itself. */
  atKey(path: Path): Position
  /** The scalar as written (quotes included), for plain scalars whose text carries more than their value. */
  written(path: Path): string
}

export type SourceResult =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly problem: Problem }

// YAML 1.2 core plus merge keys, which hand-written files use. No timestamps: `2025-10-03` stays the string it is.
// @types/js-yaml does not list `types`, which js-yaml documents for exactly this use.
const mergeType = (yaml as unknown as { types: { merge: yaml.Type } }).types.merge
const SCHEMA = yaml.CORE_SCHEMA.extend({ implicit: [mergeType] })

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point.
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

/** Keys that reach an object's prototype in careless code downstream. No tool needs them. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

const CODE_BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [/^duplicated mapping key/, 'yaml.duplicate_key'],
  [/^nesting exceeded/, 'yaml.depth'],
  [/^merge keys exceeded/, 'yaml.expansion'],
  [/^(null byte|the stream contains non-printable)/, 'yaml.character'],
  [/^unknown tag|explicit tag/, 'yaml.tag'],
]

class SourceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly offset: number,
  ) {
    super(message)
  }
}

/**
 * Parse the text of one definition, YAML 1.2 or JSON (which it contains).
 * Never throws on any input; everything hostile comes back as one problem with its place.
 * @param firstLine line number of the text's first line, when the text is a part of a stream
 */
export function parseSource(text: string, firstLine = 1): SourceResult {
  const lines = new LineTable(text, firstLine)
  try {
    return { ok: true, source: readSource(text, lines) }
  } catch (error) {
    const problem = toProblem(error, lines)
    if (!problem) throw error
    return { ok: false, problem }
  }
}

/** Decode a file's bytes. Anything but UTF-8 (with or without a byte order mark) is refused, not guessed. */
export function decodeSource(bytes: Uint8Array): { text: string } | { problem: Problem } {
  if (bytes.byteLength > SOURCE_LIMITS.bytes) return { problem: tooLarge(bytes.byteLength) }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { problem: fileProblem('file.encoding', 'is not UTF-8 text') }
  }
}

function readSource(text: string, lines: LineTable): Source {
  const size = Buffer.byteLength(text)
  if (size > SOURCE_LIMITS.bytes) throw new SourceError('file.too_large', tooLarge(size).message, 0)
  const forbidden = FORBIDDEN_CHARACTER.exec(text)
  if (forbidden) throw new SourceError('yaml.character', characterMessage(forbidden[0]), forbidden.index)

  const body = text.replace(/^\ufeff/, '')
  const shift = text.length - body.length
  const recorder = new PositionRecorder(body, SOURCE_LIMITS.nodes, (offset) => {
    throw new SourceError('yaml.too_many_nodes', `more than ${SOURCE_LIMITS.nodes} values`, offset + shift)
  })
  // js-yaml's own limits guard depth and merge keys; its types for `maxDepth` are older than the option.
  const options = { schema: SCHEMA, maxDepth: SOURCE_LIMITS.depth, listener: recorder.listener }
  const documents = yaml.loadAll(body, null, options as yaml.LoadOptions) as Json[]
  if (documents.length === 0) throw new SourceError('file.empty', 'is empty', 0)
  if (documents.length > 1) {
    const second = recorder.root(1).start
    throw new SourceError('yaml.multiple_documents', 'a second document; a definition file holds one', second + shift)
  }
  const value = documents[0] ?? null
  // Positions are worked out when a problem first asks for one: most texts have none.
  let root: NodePositions | undefined
  const find = (path: Path) => {
    root ??= recorder.root(0)
    return descend(root, path)
  }
  checkValue(value, (code, message, path) => {
    const { node, key } = find(path)
    throw new SourceError(code, message, (code === 'yaml.key' ? (key ?? node) : node).start + shift)
  })
  return {
    value,
    at: (path) => lines.position(find(path).node.start + shift),
    atKey: (path) => {
      const { node, key } = find(path)
      return lines.position((key ?? node).start + shift)
    },
    written: (path) => {
      const { node } = find(path)
      return body.slice(node.start, node.end)
    },
  }
}

/** The node at `path`; where the text has none (inside an alias, say), the nearest one above. */
function descend(root: NodePositions, path: Path) {
  let node = root
  let key: NodePositions | undefined
  for (const step of path) {
    const child = typeof step === 'number' ? node.items?.[step] : node.entries?.get(step)?.value
    if (!child) return { node, key }
    key = typeof step === 'number' ? undefined : node.entries?.get(step)?.key
    node = child
  }
  return { node, key }
}

type Fail = (code: string, message: string, path: Path) => never

/** One walk over the finished value: what only shows after escapes, aliases and merges are resolved. */
function checkValue(root: Json, fail: Fail): void {
  let count = 0
  const path: (string | number)[] = []
  const visit = (value: Json): void => {
    if (++count > SOURCE_LIMITS.expandedNodes) {
      fail('yaml.expansion', `aliases expand to more than ${SOURCE_LIMITS.expandedNodes} values`, path)
    }
    if (path.length > SOURCE_LIMITS.depth) fail('yaml.depth', `nested deeper than ${SOURCE_LIMITS.depth} levels`, path)
    if (typeof value === 'number') checkNumber(value, path, fail)
    else if (typeof value === 'string') checkText(value, path, fail)
    else if (isList(value)) value.forEach((item, index) => enter(index, item))
    else if (isObject(value)) for (const key in value) enter(key, value[key] ?? null)
  }
  const enter = (step: string | number, value: Json): void => {
    path.push(step)
    if (typeof step === 'string') {
      if (FORBIDDEN_KEYS.has(step)) fail('yaml.key', `the key "${step}" is not allowed`, path)
      checkText(step, path, fail)
    }
    visit(value)
    path.pop()
  }
  visit(root)
}

function checkNumber(value: number, path: Path, fail: Fail): void {
  if (!Number.isFinite(value)) fail('yaml.number', 'is not a finite number; write it as a string', path)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    fail('yaml.number', 'is too large to be kept exactly; write it in quotes', path)
  }
}

function checkText(value: string, path: Path, fail: Fail): void {
  const forbidden = FORBIDDEN_CHARACTER.exec(value)
  if (forbidden) fail('yaml.character', characterMessage(forbidden[0]), path)
}

function toProblem(error: unknown, lines: LineTable): Problem | undefined {
  if (error instanceof SourceError) {
    return { severity: 'error', code: error.code, message: error.message, ...lines.position(error.offset) }
  }
  if (!(error instanceof yaml.YAMLException)) return undefined
  const code = CODE_BY_MESSAGE.find(([pattern]) => pattern.test(error.reason))?.[1] ?? 'yaml.syntax'
  const offset = (error.mark as yaml.Mark | undefined)?.position ?? 0
  return { severity: 'error', code, message: error.reason.slice(0, 200), ...lines.position(offset) }
}

function characterMessage(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `the character U+${code.toString(16).toUpperCase().padStart(4, '0')} is not allowed`
}

function fileProblem(code: string, message: string): Problem {
  return { severity: 'error', code, message, line: 1, column: 1 }
}

function tooLarge(bytes: number): Problem {
  return fileProblem('file.too_large', `is ${bytes} bytes; a definition may have ${SOURCE_LIMITS.bytes}`)
}

/** Offsets to lines and columns, without scanning the text again for every problem. */
class LineTable {
  readonly #starts: number[] = [0]
  readonly #firstLine: number

  constructor(text: string, firstLine: number) {
    this.#firstLine = firstLine
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1)
  }

  position(offset: number): Position {
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

