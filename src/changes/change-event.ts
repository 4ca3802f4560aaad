import type { Json } from '../definition/json.ts'

/** What can happen to a tool. Past tense; each is one row of the log. */
export const CHANGE_KINDS = [
  'ToolCreated',
  'VersionPublished',
  'VersionOverwritten',
  'DraftCreated',
  'DraftUpdated',
] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** How a change came in. */
export const CHANGE_SOURCES = ['import', 'startup'] as const
export type ChangeSource = (typeof CHANGE_SOURCES)[number]

/** One change to be logged, with the whole definition on both sides of it. */
export interface ChangeEvent {
  readonly kind: ChangeKind
  readonly toolId: string
  readonly toolName: string
  readonly version: string
  readonly before: Json
  readonly after: Json
}

/** Who changed the catalog, how, and why. The actor comes from the credential, never from the input. */
export interface ChangeOrigin {
  readonly actor: string
  readonly source: ChangeSource
  readonly message?: string
  readonly requestId?: string
}
