import yaml from 'js-yaml'
import { isList, isObject, type Json } from './json.ts'
import { LineTable } from './line-table.ts'
import { dottedPath, type Position, type Problem } from './problem.ts'
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
  /** Offsets of the value at `path` in the text (behind a byte order mark); undefined when it is not written there itself. */
  range(path: Path): { readonly start: number; readonly end: number } | undefined
  /** The same of the key. */
  keyRange(path: Path): { readonly start: number; readonly end: number } | undefined
}

export type SourceResult =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly problem: Problem }

// YAML 1.2 core plus merge keys, which hand-written files use. No timestamps: `2025-10-03` stays the string it is.
// @types/js-yaml does not list `types`, which js-yaml documents for exactly this use.
const mergeType = (yaml as unknown as { types: { merge: yaml.Type } }).types.merge
const SCHEMA = yaml.CORE_SCHEMA.extend({ implicit: [mergeType] })

// What YAML 1.2 calls not printable (an escape can still write it), and what turns the direction of text.
const FORBIDDEN_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/u

/** Keys that reach an object's prototype in careless code downstream. No tool needs them. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

const CODE_BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [/^duplicated mapping key/, 'yaml.duplicate_key'],
  [/^nesting exceeded/, 'yaml.depth'],
  [/^merge keys exceeded|^abnormal merge/, 'yaml.expansion'],
  [/^(null byte|the stream contains non-printable)/, 'yaml.character'],
  [/^unknown tag|^unacceptable node kind|explicit tag/, 'yaml.tag'],
]

class SourceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly offset: number,
    readonly path: Path = [],
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
  // Editors do not count a byte order mark as a column, so it is gone before anything is measured.
  const body = text.startsWith('\ufeff') ? text.slice(1) : text
  const lines = new LineTable(body, firstLine)
  try {
    return { ok: true, source: readSource(body, lines) }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    const { code, message, offset, path } = error
    const problem: Problem = { severity: 'error', code, message, path: dottedPath(path), ...lines.position(offset) }
    return { ok: false, problem }
  }
}

/**
 * Decode a file's bytes. Anything but UTF-8 (with or without a byte order mark) is refused, not guessed.
 * @param most bytes that are accepted; more for a stream of definitions than for one
 */
export function decodeSource(
  bytes: Uint8Array,
  most: number = SOURCE_LIMITS.bytes,
): { text: string } | { problem: Problem } {
  if (bytes.byteLength > most) return { problem: tooLarge(most) }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { problem: fileProblem('file.encoding', 'is not UTF-8 text') }
  }
}

function readSource(text: string, lines: LineTable): Source {
  const size = Buffer.byteLength(text)
  if (size > SOURCE_LIMITS.bytes) throw new SourceError('file.too_large', tooLarge(SOURCE_LIMITS.bytes).message, 0)
  const forbidden = FORBIDDEN_CHARACTER.exec(text)
  if (forbidden) throw new SourceError('yaml.character', characterMessage(forbidden[0]), forbidden.index)

  if (isBlank(text)) throw new SourceError('file.empty', 'is empty', 0)

  const recorder = new PositionRecorder(text, SOURCE_LIMITS.nodes, (offset) => {
    throw new SourceError('yaml.too_many_nodes', `more than ${SOURCE_LIMITS.nodes} values`, offset)
  })
  const documents = loadDocuments(text, recorder)
  if (documents.length > 1) {
    const second = recorder.root(1).start
    throw new SourceError('yaml.multiple_documents', 'a second document; a definition file holds one', second)
  }
  const value = documents[0] ?? null
  // Positions are worked out when a problem first asks for one: most texts have none.
  let root: NodePositions | undefined
  const find = (path: Path) => {
    root ??= recorder.root(0)
    return descend(root, path)
  }
  checkValue(value, (code, message, path, atKey) => {
    const { node, key } = find(path)
    throw new SourceError(code, message, (atKey ? (key ?? node) : node).start, path)
  })
  return {
    value,
    at: (path) => lines.position(find(path).node.start),
    atKey: (path) => {
      const { node, key } = find(path)
      return lines.position((key ?? node).start)
    },
    written: (path) => {
      const { node } = find(path)
      return text.slice(node.start, node.end)
    },
    range: (path) => {
      const found = find(path)
      return found.isExact ? { start: found.node.start, end: found.node.end } : undefined
    },
    keyRange: (path) => {
      const found = find(path)
      return found.isExact && found.key ? { start: found.key.start, end: found.key.end } : undefined
    },
  }
}

/** Nothing but white space and comments. */
function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(?:#|$)/.test(line))
}

function loadDocuments(text: string, recorder: PositionRecorder): Json[] {
  // js-yaml's own limits guard depth and merge keys; its types for `maxDepth` are older than the option.
  const options = { schema: SCHEMA, maxDepth: SOURCE_LIMITS.depth, listener: recorder.listener }
  try {
    return yaml.loadAll(text, null, options as yaml.LoadOptions) as Json[]
  } catch (error) {
    throw error instanceof yaml.YAMLException ? toSourceError(error, recorder) : error
  }
}

function toSourceError({ reason, mark }: yaml.YAMLException, recorder: PositionRecorder): SourceError {
  const code = CODE_BY_MESSAGE.find(([pattern]) => pattern.test(reason))?.[1] ?? 'yaml.syntax'
  const position = (mark as yaml.Mark | undefined)?.position ?? 0
  // js-yaml looks at a tag when it has read the whole node.
  return new SourceError(code, reason.slice(0, 200), code === 'yaml.tag' ? (recorder.openNode() ?? position) : position)
}

/** The node at `path`; where the text has none (inside an alias, say), the nearest one above. */
function descend(root: NodePositions, path: Path) {
  let node = root
  let key: NodePositions | undefined
  for (const step of path) {
    const child = typeof step === 'number' ? node.items?.[step] : node.entries?.get(step)?.value
    if (!child) return { node, key, isExact: false }
    key = typeof step === 'number' ? undefined : node.entries?.get(step)?.key
    node = child
  }
  return { node, key, isExact: true }
}

type Fail = (code: string, message: string, path: Path, atKey?: boolean) => never

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
    else if (isList(value)) for (const [index, item] of value.entries()) enter(index, item)
    else if (isObject(value)) for (const key in value) enter(key, value[key] ?? null)
  }
  const enter = (step: string | number, value: Json): void => {
    path.push(step)
    if (typeof step === 'string') {
      if (FORBIDDEN_KEYS.has(step)) fail('yaml.key', `the key "${step}" is not allowed`, path, true)
      checkText(step, path, fail, true)
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

function checkText(value: string, path: Path, fail: Fail, atKey = false): void {
  const forbidden = FORBIDDEN_CHARACTER.exec(value)
  if (forbidden) fail('yaml.character', characterMessage(forbidden[0]), path, atKey)
}

function characterMessage(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `the character U+${code.toString(16).toUpperCase().padStart(4, '0')} is not allowed`
}

function fileProblem(code: string, message: string): Problem {
  return { severity: 'error', code, message, path: '', line: 1, column: 1 }
}

function tooLarge(most: number): Problem {
  return fileProblem('file.too_large', `has more than ${most} bytes`)
}
