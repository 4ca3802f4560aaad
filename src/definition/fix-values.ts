import yaml from 'js-yaml'
import { isList, isObject, type Json, type JsonObject } from './json.ts'
import { definitionJsonSchema } from './json-schema.ts'
import { dottedPath } from './problem.ts'
import type { Path, Source } from './source.ts'
import type { TextEdit } from './text-edits.ts'
import { COMPLETENESS, normaliseWord, SCOPES, STATUSES, VALUE_TYPES } from './vocabulary.ts'

/** One value that has one right answer. */
export interface Correction {
  readonly path: Path
  readonly value: Json
  readonly edit: TextEdit
  /** For a person. */
  readonly said: string
}

/** A scalar as it is written on one line: its text without the blanks behind it, and where it stands. */
interface Scalar {
  readonly value: Json
  readonly written: string
  readonly start: number
  readonly path: Path
}

let schema: JsonObject | undefined

/** Every value that is to be another one, in text order. */
export function correctValues(source: Source): Correction[] {
  schema ??= definitionJsonSchema()
  const corrections: Correction[] = []
  const visit = (value: Json, types: readonly JsonObject[], path: Path): void => {
    if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, memberSchemas(types, key), [...path, key])
    } else if (isList(value)) {
      for (const [index, inner] of value.entries()) visit(inner, itemSchemas(types), [...path, index])
    } else {
      const scalar = scalarAt(source, value, path)
      const correction = scalar && correct(scalar, types)
      if (correction) corrections.push(correction)
    }
  }
  visit(source.value, alternatives(schema), [])
  return corrections
}

/** Undefined for what is not written where it is used (an alias), has an anchor or a tag, or goes over several lines. */
function scalarAt(source: Source, value: Json, path: Path): Scalar | undefined {
  const range = source.range(path)
  if (!range || range.start === range.end) return undefined
  const written = source.written(path).trimEnd()
  if (written === '' || /^[*&!|>]|\n/.test(written)) return undefined
  return { value, written, start: range.start, path }
}

function correct(scalar: Scalar, types: readonly JsonObject[]): Correction | undefined {
  return correctWord(scalar) ?? correctType(scalar, types) ?? quoteAmbiguous(scalar)
}

/** `Linux` is compared as `linux`, `Active` can only be `active`, `single-item` only `single_item`. */
function correctWord(scalar: Scalar): Correction | undefined {
  const { value, path } = scalar
  if (typeof value !== 'string') return undefined
  const word = rightWord(value, path)
  if (word === undefined || word === value) return undefined
  const quote = /^["']/.exec(scalar.written)?.[0] ?? ''
  const plain = quote === '' && isAmbiguous(word) ? JSON.stringify(word) : `${quote}${word}${quote}`
  return correction(scalar, word, plain)
}

function rightWord(value: string, path: Path): string | undefined {
  const field = path.at(-1)
  const depth = path[0] === 'tool' ? path.length - 1 : path.length
  if (depth === 1 && (field === 'platform' || field === 'category')) return normaliseWord(value) || undefined
  if (depth === 1 && field === 'status') return onlyOne(STATUSES, value)
  if (path.includes('capabilities') && field === 'scope') return onlyOne(SCOPES, value)
  if (path.includes('capabilities') && field === 'completeness') return onlyOne(COMPLETENESS, value)
  const list = path.at(-3)
  const isValue = list === 'required_inputs' || list === 'optional_inputs' || list === 'expected_outputs'
  return isValue && field === 'type' ? onlyOne(VALUE_TYPES, value) : undefined
}

/** The known word that differs in nothing but case, blanks and dashes. */
function onlyOne(known: readonly string[], value: string): string | undefined {
  return known.find(
    (word) =>
      word ===
      value
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_'),
  )
}

/** Text, where the format wants text, is what was written; a number or a boolean loses its quotes where it wants one. */
function correctType(scalar: Scalar, types: readonly JsonObject[]): Correction | undefined {
  const { value, written } = scalar
  const wanted = new Set(types.map(({ type }) => type))
  if (wanted.has(undefined) || types.length === 0) return undefined
  const isPlain = !/^["']/.test(written)
  if (wanted.has('string') && !wanted.has(typeof value) && isPlain && value !== null)
    return correction(scalar, written, JSON.stringify(written))
  if (typeof value !== 'string' || isPlain || wanted.has('string')) return undefined
  if (wanted.has('boolean') && (value === 'true' || value === 'false'))
    return correction(scalar, value === 'true', value)
  const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value) ? Number(value) : undefined
  return wanted.has('number') && number !== undefined ? correction(scalar, number, value) : undefined
}

/** Text without quotes that an older reader takes for a date, a boolean or a number: `no`, `2026-03-04`, `1:30`. */
function quoteAmbiguous(scalar: Scalar): Correction | undefined {
  const { value, written } = scalar
  if (typeof value !== 'string' || written !== value || !isAmbiguous(value)) return undefined
  return correction(scalar, value, JSON.stringify(value))
}

/** Whether js-yaml, which writes for readers of YAML 1.1 too, would put it in quotes for what it looks like. */
function isAmbiguous(text: string): boolean {
  return /^[\w.:+-]+$/.test(text) && /^["']/.test(yaml.dump(text))
}

function correction({ path, written, start }: Scalar, value: Json, text: string): Correction {
  const edit = { start, end: start + written.length, text }
  return { path, value, edit, said: `${dottedPath(path)}: ${written} is ${text} now` }
}

/** The schemas a value may have: references followed, alternatives side by side. */
function alternatives(node: Json | undefined): JsonObject[] {
  if (!isObject(node)) return []
  const { $ref, anyOf, allOf } = node
  if (typeof $ref === 'string') {
    const named = schema?.definitions
    return alternatives(isObject(named) ? named[$ref.replace('#/definitions/', '')] : undefined)
  }
  const inner = [...(isList(anyOf) ? anyOf : []), ...(isList(allOf) ? allOf : [])].flatMap(alternatives)
  // The root and its wrapper have `anyOf` only to say what is required.
  return node.properties !== undefined || inner.length === 0 ? [node] : inner
}

function memberSchemas(types: readonly JsonObject[], key: string): JsonObject[] {
  return types.flatMap(({ properties, additionalProperties }) => {
    const known = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined
    return alternatives(known ?? additionalProperties)
  })
}

function itemSchemas(types: readonly JsonObject[]): JsonObject[] {
  return types.flatMap(({ items }) => alternatives(items))
}
