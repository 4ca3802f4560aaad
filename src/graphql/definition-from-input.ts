import { InvalidInputError } from '../catalog/errors.ts'
import { isList, isObject, type Json, type JsonObject } from '../definition/json.ts'
import { hasErrors } from '../definition/problem.ts'
import { KNOWN_FIELDS, type Noun } from '../definition/schema.ts'
import { type Validation, validateDocument, validateText } from '../definition/validate.ts'
import type {
  CapabilityChanges,
  CapabilityInput,
  DefinitionSource,
  PatternChanges,
  PatternInput,
} from './definition-input.ts'

/** Typed input as the document it stands for. Every other name is the API's own with underscores. */
const RENAMED: Readonly<Record<string, string>> = { maxNImmediate: 'max_N_immediate' }

function keyOf(field: string): string {
  return RENAMED[field] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

type Fields = Readonly<Record<string, unknown>>

/** Which kind of object a field holds, or a list of. */
const NOUNS: Readonly<Record<string, Noun>> = {
  requiredInputs: 'input',
  optionalInputs: 'input',
  expectedOutputs: 'output',
  policy: 'policy',
  preferenceMatch: 'preference_match',
  dependencies: 'dependency',
}

/** What was given, under the names and in the order of the format; null and what was left out are not there. */
function toFields({ extensions, ...known }: Fields, noun: Noun): JsonObject {
  const order = [...KNOWN_FIELDS[noun]]
  const given = Object.entries(known).flatMap(([field, value]) =>
    value === null || value === undefined ? [] : [[keyOf(field), toJson(field, value as Json)] as const],
  )
  return {
    // The input types' own order is that of the alphabet.
    ...Object.fromEntries(given.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))),
    ...extensionFields(extensions),
  }
}

function toJson(field: string, value: Json): Json {
  const noun = NOUNS[field]
  // Anything else is a scalar, or the caller's own JSON.
  if (!noun) return value
  if (isList(value)) return value.map((item) => (isObject(item) ? toFields(item, noun) : item))
  return isObject(value) ? toFields(value, noun) : value
}

function extensionFields(extensions: unknown): JsonObject {
  if (extensions === null || extensions === undefined) return {}
  if (!isObject(extensions as Json)) throw new InvalidInputError('extensions must be an object')
  return extensions as JsonObject
}

type PatternShape = typeof PatternInput.$inferInput
type CapabilityShape = typeof CapabilityInput.$inferInput
type SourceShape = typeof DefinitionSource.$inferInput

export function patternFields({ name, ...rest }: PatternShape): JsonObject {
  return toFields(rest, 'pattern')
}

export function capabilityFields({ name, patterns, ...rest }: CapabilityShape): JsonObject {
  return { ...toFields(rest, 'capability'), ...(patterns ? { patterns: byName(patterns, patternFields) } : {}) }
}

/** What to replace, what to take away, and perhaps another name. */
export function partChanges(changes: typeof PatternChanges.$inferInput | typeof CapabilityChanges.$inferInput) {
  const { name, ...rest } = changes
  const removed = Object.entries(rest).flatMap(([field, value]) => (value === null ? keyOf(field) : []))
  const fields = { ...toFields(rest, 'pattern'), ...mergedFields(rest) }
  return name == null ? { fields, removed } : { name, fields, removed }
}

/** Inside policy and preferences null takes away, too. */
function mergedFields(fields: Fields): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) =>
      (field === 'policy' || field === 'preferenceMatch') && isObject(value as Json)
        ? [
            [
              keyOf(field),
              Object.fromEntries(Object.entries(value as JsonObject).map(([key, own]) => [keyOf(key), own])),
            ],
          ]
        : [],
    ),
  )
}

function byName<T extends { readonly name: string }>(parts: readonly T[], fieldsOf: (part: T) => JsonObject): Json {
  const names = new Set(parts.map(({ name }) => name))
  // Two of one name would be one in a mapping: the validator, which is to say so, gets them as a list.
  if (names.size < parts.length) throw new InvalidInputError('Two parts of one definition have the same name')
  return Object.fromEntries(parts.map((part) => [part.name, fieldsOf(part)]))
}

/**
 * The document that a definition source stands for.
 * @throws InvalidInputError with every problem, when it is not valid
 */
export function documentOf(source: SourceShape): JsonObject {
  const { problems, document } = validationOf(source)
  if (!document || hasErrors(problems)) throw new InvalidInputError('The definition is not valid', problems)
  return document
}

function validationOf({ typed, text }: SourceShape): Validation {
  if (text != null) return validateText(text)
  if (!typed) throw new InvalidInputError('Give a definition, typed or as text')
  const { name, capabilities, ...rest } = typed
  const fields = toFields(rest, 'definition')
  const parts = capabilities ? { capabilities: byName(capabilities, capabilityFields) } : {}
  const { metadata, examples, ...head } = fields
  const last = Object.fromEntries(Object.entries({ metadata, examples }).filter(([, value]) => value !== undefined))
  return validateDocument({ tool_name: name, ...head, ...parts, ...(last as JsonObject) })
}
