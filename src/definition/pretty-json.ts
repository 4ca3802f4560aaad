import { isList, isObject, type Json, type JsonObject } from './json.ts'
import { SOURCE_LIMITS } from './source.ts'

/**
 * A document as the text that `parseSource` checks: what `JSON.stringify(document, null, 2)` writes. It differs only
 * where that would hide what has to be refused: a number that is not finite is written as one, not as null. What lies
 * deeper than any definition may go is left out, because indenting it would take time and memory by the square.
 */
export function prettyJson(document: JsonObject): string {
  return write(document, 0)
}

function write(value: Json, depth: number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : '.inf'
  if (!isObject(value) && !isList(value)) return scalar(value)
  if (depth > SOURCE_LIMITS.depth) return 'null'
  const [open, close] = isList(value) ? ['[', ']'] : ['{', '}']
  const members = isList(value)
    ? value.map((item) => write(item, depth + 1))
    : Object.entries(value).map(([key, item]) => `${scalar(key)}: ${write(item, depth + 1)}`)
  if (members.length === 0) return `${open}${close}`
  const indent = `\n${'  '.repeat(depth)}`
  return `${open}${indent}  ${members.join(`,${indent}  `)}${indent}${close}`
}

/** Escaped as far as JSON allows, so that a forbidden character is found in its value, and its path can be said. */
function scalar(value: string | number | boolean | null): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u0084\u0086-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g,
    escapeCharacter,
  )
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
