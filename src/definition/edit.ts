import { type NamedPart, namedParts, unwrap } from './definition.ts'
import { withFields } from './document.ts'
import { isList, isObject, type Json, type JsonObject, scalarText } from './json.ts'

/**
 * Edits of one document. Each gives a new document and leaves the rest as the author wrote it: the order, the shape
 * (a mapping by name, or a list), the fields that the format does not know. Names are compared case-insensitively.
 * A valid document is asked for; whether what comes out is one is for validation to say.
 */
type PartKind = 'capability' | 'pattern'

/** What is to be different about a part. */
export interface PartChanges {
  /** Its new name; it keeps its place. */
  readonly name?: string
  /** Fields that replace those of the same name; `policy` and `preference_match` are merged, and null removes in them. */
  readonly fields: JsonObject
  /** Fields that go. */
  readonly removed: readonly string[]
}

export class PartNotFoundError extends Error {
  override readonly name = 'PartNotFoundError'
  constructor(
    readonly kind: PartKind,
    /** The name that was asked for. */
    readonly partName: string,
  ) {
    super(`there is no ${kind} ${partName}`)
  }
}

export class PartExistsError extends Error {
  override readonly name = 'PartExistsError'
  constructor(
    readonly kind: PartKind,
    /** The name as the part that is there spells it. */
    readonly partName: string,
  ) {
    super(`there is a ${kind} ${partName} already`)
  }
}

/**
 * @param position 0-based place among the capabilities, clamped; the end when left out
 * @throws PartExistsError
 */
export function addCapability(document: JsonObject, name: string, fields: JsonObject, position?: number): JsonObject {
  return editCapabilities(document, (parts) => addPart(parts, 'capability', name, fields, position))
}

/** @throws PartNotFoundError; PartExistsError when another capability has the new name */
export function updateCapability(document: JsonObject, name: string, changes: PartChanges): JsonObject {
  return editCapabilities(document, (parts) => updatePart(parts, 'capability', name, changes))
}

/** @throws PartNotFoundError */
export function removeCapability(document: JsonObject, name: string): JsonObject {
  return editCapabilities(document, (parts) => parts.toSpliced(placeOf(parts, 'capability', name), 1))
}

/**
 * @param position 0-based place among the capability's patterns, clamped; the end when left out
 * @throws PartNotFoundError for the capability; PartExistsError for the pattern
 */
export function addPattern(
  document: JsonObject,
  capability: string,
  name: string,
  fields: JsonObject,
  position?: number,
): JsonObject {
  return editPatterns(document, capability, (parts) => addPart(parts, 'pattern', name, fields, position))
}

/** @throws PartNotFoundError; PartExistsError when another pattern of the capability has the new name */
export function updatePattern(
  document: JsonObject,
  capability: string,
  name: string,
  changes: PartChanges,
): JsonObject {
  return editPatterns(document, capability, (parts) => updatePart(parts, 'pattern', name, changes))
}

/** @throws PartNotFoundError */
export function removePattern(document: JsonObject, capability: string, name: string): JsonObject {
  return editPatterns(document, capability, (parts) => parts.toSpliced(placeOf(parts, 'pattern', name), 1))
}

type Part = Pick<NamedPart, 'name' | 'fields'>
type Edit = (parts: readonly Part[]) => readonly Part[]

const NAME_KEY = { capability: 'capability_name', pattern: 'pattern_name' } as const
const MERGED = new Set(['policy', 'preference_match'])

function editCapabilities(document: JsonObject, edit: Edit): JsonObject {
  const { fields } = unwrap(document)
  return withFields(document, { ...fields, capabilities: editParts(fields.capabilities, 'capability', edit) })
}

function editPatterns(document: JsonObject, capability: string, edit: Edit): JsonObject {
  return editCapabilities(document, (parts) => {
    const place = placeOf(parts, 'capability', capability)
    return parts.map((part, index) => {
      if (index !== place) return part
      return { ...part, fields: { ...part.fields, patterns: editParts(part.fields.patterns, 'pattern', edit) } }
    })
  })
}

/** Edit parts in the shape they are written in; parts that are not there yet become a mapping. */
function editParts(value: Json | undefined, kind: PartKind, edit: Edit): Json {
  const key = NAME_KEY[kind]
  const parts = edit(namedParts(value, key, []))
  if (!isList(value)) return Object.fromEntries(parts.map(({ name, fields }) => [name, fields]))
  return parts.map(({ name, fields }) => {
    // A name that was written as a number stays one.
    if (scalarText(fields[key]) === name) return fields
    return Object.hasOwn(fields, key) ? { ...fields, [key]: name } : { [key]: name, ...fields }
  })
}

function addPart(
  parts: readonly Part[],
  kind: PartKind,
  name: string,
  fields: JsonObject,
  position = parts.length,
): readonly Part[] {
  refuseTaken(parts, kind, name)
  const part = { name, fields: mergeFields({}, withoutName(fields, kind)) }
  return parts.toSpliced(Math.max(position, 0), 0, part)
}

function updatePart(
  parts: readonly Part[],
  kind: PartKind,
  name: string,
  { name: newName, fields, removed }: PartChanges,
): readonly Part[] {
  const place = placeOf(parts, kind, name)
  if (newName !== undefined) refuseTaken(parts.toSpliced(place, 1), kind, newName)
  const gone = new Set(removed.filter((key) => key !== NAME_KEY[kind]))
  return parts.map((part, index) => {
    if (index !== place) return part
    const merged = Object.entries(mergeFields(part.fields, withoutName(fields, kind)))
    return renamePart({ ...part, fields: Object.fromEntries(merged.filter(([key]) => !gone.has(key))) }, kind, newName)
  })
}

/** A part of a mapping may say its name inside as well; what said the same before does so afterwards. */
function renamePart({ name, fields }: Part, kind: PartKind, newName = name): Part {
  const key = NAME_KEY[kind]
  return { name: newName, fields: fields[key] === name ? { ...fields, [key]: newName } : fields }
}

function placeOf(parts: readonly Part[], kind: PartKind, name: string): number {
  const place = parts.findIndex((part) => isSameName(part.name, name))
  if (place === -1) throw new PartNotFoundError(kind, name)
  return place
}

function refuseTaken(parts: readonly Part[], kind: PartKind, name: string): void {
  const taken = parts.find((part) => isSameName(part.name, name))
  if (taken) throw new PartExistsError(kind, taken.name)
}

function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Where the name stands depends on the shape, so no field may say it. */
function withoutName(fields: JsonObject, kind: PartKind): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== NAME_KEY[kind]))
}

function mergeFields(before: JsonObject, changes: JsonObject): JsonObject {
  const changed = Object.entries(changes).map(([key, value]): [string, Json] => [
    key,
    MERGED.has(key) && isObject(value) ? mergeOneLevel(before[key], value) : value,
  ])
  return { ...before, ...Object.fromEntries(changed) }
}

function mergeOneLevel(before: Json | undefined, changes: JsonObject): JsonObject {
  const merged = { ...(isObject(before) ? before : {}), ...changes }
  return Object.fromEntries(Object.entries(merged).filter(([key]) => changes[key] !== null))
}
