import { canonicalJson } from './canonical.ts'
import { namedParts, outside, unwrap } from './definition.ts'
import { isList, isObject, type Json, type JsonObject } from './json.ts'

/** One difference between two definitions. `before` is absent for an addition, `after` for a removal. */
export interface Difference {
  /** Dotted path through names: `capabilities.text_search.patterns.search_files.complexity_score`. */
  readonly path: string
  readonly before?: Json
  readonly after?: Json
}

/** Names from the root of a comparable document. A dotted path says the same to a person, but a name may have a dot. */
type Steps = readonly string[]

/** One difference and where it is. Absent is undefined. */
export interface LocatedDifference {
  readonly steps: Steps
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/**
 * What changed from one document to the other, in path order. Two ways of writing the same thing (a list of capabilities
 * or a mapping, `name` or `tool_name`, the `tool:` wrapper) are no difference; inputs and outputs are compared by name.
 */
export function diffDocuments(before: JsonObject, after: JsonObject): Difference[] {
  return locateDifferences([], comparable(before), comparable(after)).map(toDifference)
}

/** Differences between two values that stand at `steps` of their documents, in path order. */
export function locateDifferences(
  steps: Steps,
  before: Json | undefined,
  after: Json | undefined,
): LocatedDifference[] {
  const differences: LocatedDifference[] = []
  compare(steps, before, after, differences)
  return differences
    .map((difference) => ({ difference, path: difference.steps.join('.') }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ difference }) => difference)
}

export function toDifference({ steps, before, after }: LocatedDifference): Difference {
  return {
    path: steps.join('.'),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
}

/** The field of that name; what every object inherits (`toString`) is none. */
export function ownField(fields: Json | undefined, key: string): Json | undefined {
  return isObject(fields) && Object.hasOwn(fields, key) ? fields[key] : undefined
}

function compare(steps: Steps, before: Json | undefined, after: Json | undefined, out: LocatedDifference[]): void {
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare([...steps, key], ownField(before, key), ownField(after, key), out)
    }
    return
  }
  if (before === after) return
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return
  out.push({ steps, before, after })
}

/** The document in the one shape that documents are compared in: capabilities, patterns, inputs and outputs by name. */
export function comparable(document: JsonObject): JsonObject {
  const { fields } = unwrap(document)
  const { tool_name, name, capabilities, ...rest } = fields
  return {
    ...outside(document, fields),
    ...rest,
    tool_name: tool_name ?? name ?? null,
    ...(capabilities === undefined ? {} : { capabilities: comparableCapabilities(capabilities) }),
  }
}

function comparableCapabilities(value: Json): JsonObject {
  return byName(value, 'capability_name', ({ capability_name, patterns, ...rest }) => ({
    ...rest,
    ...(patterns === undefined ? {} : { patterns: byName(patterns, 'pattern_name', comparablePattern) }),
  }))
}

function comparablePattern({ pattern_name, ...rest }: JsonObject): JsonObject {
  const lists = ['required_inputs', 'optional_inputs', 'expected_outputs']
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      lists.includes(key) && isList(value) ? byName(value, 'name', ({ name, ...fields }) => fields) : value,
    ]),
  )
}

function byName(value: Json, nameKey: string, shape: (fields: JsonObject) => JsonObject): JsonObject {
  return Object.fromEntries(namedParts(value, nameKey, []).map(({ name, fields }) => [name, shape(fields)]))
}
