import { namedParts } from '../definition/definition.ts'
import { FIELD_ORDER } from '../definition/field-order.ts'
import { isList, isObject, type Json, type JsonObject, valueAt } from '../definition/json.ts'
import { dottedPath, type Problem } from '../definition/problem.ts'
import { serialise } from '../definition/serialise.ts'
import type { Path } from '../definition/source.ts'
import { validateDocument } from '../definition/validate.ts'

/** The document with another value at `path`, and mappings on the way where there is nothing; undefined takes it out. */
export function withValue(document: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const [step, ...rest] = path
  if (step === undefined) return document
  const inner = document[step]
  const changed = rest.length === 0 ? value : withMember(inner, rest, value)
  if (changed !== undefined) return { ...document, [step]: changed }
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== String(step)))
}

function withMember(inner: Json | undefined, path: Path, value: Json | undefined): Json {
  if (!isList(inner)) return withValue(isObject(inner) ? inner : {}, path, value)
  const [index, ...rest] = path
  const item = inner[Number(index)]
  const changed = rest.length === 0 ? value : withValue(isObject(item) ? item : {}, rest, value)
  return inner.toSpliced(Number(index), 1, ...(changed === undefined ? [] : [changed]))
}

/** What stands in for answers that are still to come. */
const TO_COME = { tool_name: 'new', version: '1', description: 'New.', platform: 'linux', category: 'system' }

/** What the validator says of the value at `path`, and of what is in it, while the rest is still to come. */
export function problemsAt(document: JsonObject, path: Path): Problem[] {
  const place = dottedPath(path)
  return validateDocument({ ...TO_COME, ...document }).problems.filter(
    (problem) => problem.path === place || problem.path.startsWith(`${place}.`) || problem.path.startsWith(`${place}[`),
  )
}

/** What the validator says of the name of a new capability or pattern in the mapping at `path`. */
export function nameProblem(document: JsonObject, path: Path, name: string): string | undefined {
  const taken = Object.keys((valueAt(document, path) as JsonObject | undefined) ?? {})
  if (taken.some((other) => other.toLowerCase() === name.toLowerCase())) return `"${name}" is there already`
  const candidate = withValue(document, [...path, name], { description: 'New.' })
  return problemsAt(candidate, [...path, name]).find(({ code }) => code.endsWith('_name'))?.message
}

/** The text of a finished draft: its fields in the order that readers expect, whichever way they were answered in. */
export function draftText(document: JsonObject): string {
  return serialise(ordered(document), 'yaml')
}

function ordered(document: JsonObject): JsonObject {
  const capabilities = namedParts(document.capabilities, 'capability_name', []).map(({ name, fields }) => {
    const patterns = namedParts(fields.patterns, 'pattern_name', []).map((pattern) => [
      pattern.name,
      inOrder(pattern.fields, FIELD_ORDER.pattern),
    ])
    return [name, inOrder({ ...fields, patterns: Object.fromEntries(patterns) }, FIELD_ORDER.capability)]
  })
  const whole = capabilities.length === 0 ? document : { ...document, capabilities: Object.fromEntries(capabilities) }
  return inOrder(whole, FIELD_ORDER.definition)
}

function inOrder(fields: JsonObject, order: readonly string[]): JsonObject {
  const known = order.filter((key) => fields[key] !== undefined)
  const others = Object.keys(fields).filter((key) => !order.includes(key))
  return Object.fromEntries([...known, ...others].map((key) => [key, fields[key] ?? null]))
}
