import { digest } from './canonical.ts'
import { readIdentity, unwrap } from './definition.ts'
import type { Json, JsonObject } from './json.ts'
import { STATUSES, type Status } from './vocabulary.ts'

/** What the catalog keeps beside a document, and an export writes back into it. */
interface PresentedState {
  readonly name: string
  readonly status: Status
  readonly enabled: boolean
}

/** What a document says of its own state; undefined where it says nothing. */
interface StatedState {
  readonly status: Status | undefined
  readonly enabled: boolean | undefined
}

/** The document with other fields in it, still under its `tool:` wrapper where it has one. */
export function withFields(document: JsonObject, fields: JsonObject): JsonObject {
  return unwrap(document).path.length > 0 ? { ...document, tool: fields } : fields
}

export function withVersion(document: JsonObject, version: string): JsonObject {
  return withField(document, 'version', version)
}

/** The document under another name, in whichever of `tool_name` and `name` is read. */
export function withName(document: JsonObject, name: string): JsonObject {
  return withField(document, nameField(unwrap(document).fields), name)
}

/**
 * The document as an export should say it: with the tool's name as it is spelt now and the state it is in now, which
 * both change without the document. The same object when it says so already.
 */
export function presentDocument(document: JsonObject, { name, status, enabled }: PresentedState): JsonObject {
  const stated = statedState(document)
  const named = readIdentity(document).name === name ? document : withName(document, name)
  const staged = (stated.status ?? 'active') === status ? named : withField(named, 'status', status)
  return (stated.enabled ?? true) === enabled ? staged : withField(staged, 'enabled', enabled)
}

/** Digest of what a document says about the tool, without what it is or was called and the state it is in. */
export function contentDigest(document: JsonObject): string {
  const { fields } = unwrap(document)
  const state = new Set([nameField(fields), 'renamed_from', 'status', 'enabled'])
  const content = Object.entries(fields).filter(([key]) => !state.has(key))
  return digest(withFields(document, Object.fromEntries(content)))
}

export function statedState(document: JsonObject): StatedState {
  const { status, enabled } = unwrap(document).fields
  return {
    status: STATUSES.find((known) => known === status),
    enabled: typeof enabled === 'boolean' ? enabled : undefined,
  }
}

function nameField(fields: JsonObject): 'tool_name' | 'name' {
  return fields.tool_name === undefined && fields.name !== undefined ? 'name' : 'tool_name'
}

/** A field that is there keeps its place; one that is not comes behind the version, where readers look for it. */
function withField(document: JsonObject, key: string, value: Json): JsonObject {
  const { fields } = unwrap(document)
  if (Object.hasOwn(fields, key)) return withFields(document, { ...fields, [key]: value })
  const entries = Object.entries(fields)
  const behind = entries.findIndex(([other]) => other === 'version') + 1
  return withFields(document, Object.fromEntries(entries.toSpliced(behind || entries.length, 0, [key, value])))
}
