/** The JSON data model: what a definition is made of, whether it was written as YAML or as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `Array.isArray` that keeps the element type. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** A scalar as text; a mapping or list, where a scalar belongs, as nothing. */
export function scalarText(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

/** The value at `path`; undefined where there is none. */
export function valueAt(document: Json, path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((at, step) => {
    if (typeof step === 'number') return isList(at) ? at[step] : undefined
    return isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }, document)
}

/** What a person calls this value's type in a message. */
export function typeName(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (isList(value)) return 'a list'
  return { boolean: 'a boolean', number: 'a number', string: 'a string', object: 'a mapping' }[
    typeof value as 'boolean' | 'number' | 'string' | 'object'
  ]
}
