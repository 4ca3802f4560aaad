import { createHash } from 'node:crypto'
import { isList, isObject, type Json } from './json.ts'

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them.
 * RFC 8785 (https://www.rfc-editor.org/rfc/rfc8785), so that anyone can recompute a digest in any language.
 */
export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}

/** Digest of a definition: `sha256:` and 64 hex digits over its canonical JSON. Key order and file format do not change it. */
export function digest(document: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(document)).digest('hex')}`
}
