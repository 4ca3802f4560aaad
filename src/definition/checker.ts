import type { z } from 'zod'
import type { NamedPart } from './definition.ts'
import { type Json, type JsonObject, typeName } from './json.ts'
import { dottedPath, type Position, type Problem, type Severity } from './problem.ts'
import { KNOWN_FIELDS, type Noun } from './schema.ts'
import type { Path, Source } from './source.ts'
import { nearestWord } from './vocabulary.ts'

/** Containers whose members have a noun of their own in problem codes: `required_inputs[0].type` is `input.type`. */
const MEMBER_NOUN: Readonly<Record<string, string>> = {
  required_inputs: 'input',
  optional_inputs: 'input',
  expected_outputs: 'output',
  dependencies: 'dependency',
  examples: 'example',
}

/** Of each severity. No file needs more to be fixed, and a hostile one must not make a report of megabytes. */
const MOST_PROBLEMS = 200

/** Collects the problems of one definition, each at its place in the text. */
export class Checker {
  readonly problems: Problem[] = []
  readonly #counts: Record<Severity, number> = { error: 0, warning: 0 }
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  error(path: Path, code: string, message: string, atKey = false): void {
    this.#add('error', path, code, message, atKey)
  }

  warn(path: Path, code: string, message: string, atKey = false): void {
    this.#add('warning', path, code, message, atKey)
  }

  /** Run a schema over one mapping and report its issues in the format's own words. */
  check(schema: z.ZodType, value: JsonObject, path: Path, noun: string): void {
    const result = schema.safeParse(value)
    for (const issue of result.error?.issues ?? []) {
      const inner = issue.path.filter((step) => typeof step !== 'symbol')
      const found = inner.reduce<unknown>(
        (at, step) => (at as Record<string | number, unknown> | undefined)?.[step],
        value,
      )
      this.error([...path, ...inner], codeOf(noun, inner), explain(issue, found as Json | undefined))
    }
  }

  unknownFields(noun: Noun, fields: JsonObject, path: Path): void {
    const known: ReadonlySet<string> = KNOWN_FIELDS[noun]
    for (const key of Object.keys(fields)) {
      if (known.has(key) || this.#counts.warning > MOST_PROBLEMS) continue
      const near = nearestWord(key, [...known])
      const hint = near ? `; did you mean "${near}"?` : ''
      this.warn(
        [...path, key],
        `${noun}.unknown_field`,
        `"${key.slice(0, 60)}" is kept, but not part of the format${hint}`,
        true,
      )
    }
  }

  knownWord(path: Path, code: string, word: Json | undefined, known: readonly string[]): void {
    if (typeof word !== 'string' || known.includes(word)) return
    const near = nearestWord(word, known)
    const hint = near
      ? `did you mean "${near}"?`
      : `known are ${known.slice(0, 8).join(', ')}${known.length > 8 ? ' …' : ''}`
    this.warn(path, code, `"${word.slice(0, 60)}" is not a usual word here; ${hint}`)
  }

  /** Fields that a good definition has. */
  wanted(fields: readonly string[], part: NamedPart, noun: string): void {
    for (const field of fields) {
      if (part.fields[field] === undefined)
        this.warn([...part.path, field], `${noun}.${field}`, `${part.name} has no ${field}`, true)
    }
  }

  /** Where character `index` of a scalar's text stands; the start of the scalar when it goes over several lines. */
  insideText(path: Path, index: number): { line: number; column: number } {
    const { line, column } = this.#source.at(path)
    const written = this.#source.written(path)
    return { line, column: written.includes('\n') ? column : column + offsetInScalar(written, index) }
  }

  /** A problem with the value at `path`, shown at a place of its own. */
  at(place: Position, severity: Severity, path: Path, code: string, message: string): void {
    const count = ++this.#counts[severity]
    if (count <= MOST_PROBLEMS) this.problems.push({ severity, code, message, path: dottedPath(path), ...place })
    if (count !== MOST_PROBLEMS + 1) return
    const more = `more than ${MOST_PROBLEMS} ${severity}s; the rest is not listed`
    this.problems.push({ severity, code: 'file.too_many_problems', message: more, path: '', ...place })
  }

  #add(severity: Severity, path: Path, code: string, message: string, atKey: boolean): void {
    this.at(atKey ? this.#source.atKey(path) : this.#source.at(path), severity, path, code, message)
  }
}

/** One character of a value, as it is written between each kind of quote. */
const WRITTEN_CHARACTER: Readonly<Record<string, RegExp>> = { '"': /\\(?:x..|u.{4}|U.{8}|.)|./g, "'": /''|./g }

/** Offset, in a scalar as written on one line, of character `index` of its value: behind anchors, quotes and escapes. */
function offsetInScalar(written: string, index: number): number {
  if (written.startsWith('*')) return 0
  const start = /^(?:[&!]\S*\s+)*/.exec(written)?.[0].length ?? 0
  const character = WRITTEN_CHARACTER[written[start] ?? '']
  if (!character) return start + index
  // The longest escape has ten characters.
  const before = written.slice(start + 1, start + 1 + index * 10).match(character) ?? []
  return start + 1 + before.slice(0, index).join('').length
}

/** `definition.version`, `pattern.complexity_score`, `policy.max_cost`, `input.type`. */
function codeOf(noun: string, path: Path): string {
  const names = path.filter((step) => typeof step === 'string')
  const field = names.at(-1)
  if (field === undefined) return noun
  const container = names.at(-2)
  if (container === undefined) return `${noun}.${field}`
  return `${MEMBER_NOUN[container] ?? container}.${field}`
}

function explain(issue: z.core.$ZodIssue, found: Json | undefined): string {
  if (
    found === undefined &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union')
  ) {
    return 'is required'
  }
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}, not ${typeName(found)}`
    case 'too_big':
      return typeof found === 'number' ? `${found} is above ${issue.maximum}` : `is longer than ${issue.maximum}`
    case 'too_small':
      return typeof found === 'number' ? `${found} is below ${issue.minimum}` : 'must not be empty'
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}, not ${show(found)}`
    case 'invalid_union':
      return `must be a number or text, not ${typeName(found)}`
    case 'invalid_format':
      return FORMAT_MESSAGE[String(issue.path.at(-1))] ?? `${show(found)} has characters that are not allowed here`
    default:
      return issue.message
  }
}

const FORMAT_MESSAGE: Readonly<Record<string, string>> = {
  version: 'must name one version, for example "1.2.0": no range, no "latest", no spaces',
}

function article(expected: string): string {
  const names: Record<string, string> = {
    string: 'a string',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  }
  return names[expected] ?? expected
}

function show(value: Json | undefined): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60)
}
