import { type Definition, readDefinition } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import { ProfileError } from './client-error.ts'

/** What a pipeline knows of one version of a tool. Frozen, all the way down: it is shared by everybody who asks. */
export interface ToolProfile {
  readonly name: string
  readonly version: string
  readonly status: Status
  /** A tool that is not enabled must not be run. */
  readonly enabled: boolean
  /** The definition read for use: one shape, whichever of the accepted ones the author wrote. */
  readonly definition: Definition
  /** The definition as written, with the name and the state that it has by now. */
  readonly document: JsonObject
}

/**
 * Read a document that the catalog, or validation, has found good.
 * @throws ProfileError BAD_ANSWER when it is none
 */
export function readProfile(document: JsonObject): ToolProfile {
  const definition = readDefinition(document)
  const { name, version, status, enabled } = definition
  if (name === '' || version === '') throw new ProfileError('BAD_ANSWER', 'A definition without a name or a version')
  return deepFreeze({ name, version, status, enabled, definition, document })
}

/** Names are compared as the catalog compares them. */
export function nameKey(name: string): string {
  return name.toLowerCase()
}

export function isSameProfile(a: ToolProfile | undefined, b: ToolProfile | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a.document) === JSON.stringify(b.document))
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
