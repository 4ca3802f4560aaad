import type { Json } from '../definition/json.ts'

/** What can happen to a tool. Past tense; each is one row of the log. */
export const CHANGE_KINDS = [
  'ToolCreated',
  'ToolUpdated',
  'ToolRenamed',
  'ToolEnabled',
  'ToolDisabled',
  'ToolDeleted',
  'ToolRestored',
  'VersionPublished',
  'VersionOverwritten',
  'VersionStatusChanged',
  'LatestMoved',
  'CompatibilityOverridden',
  'DraftCreated',
  'DraftUpdated',
] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** How a change came in. */
export const CHANGE_SOURCES = ['api', 'import', 'startup', 'reload'] as const
export type ChangeSource = (typeof CHANGE_SOURCES)[number]

/** One change to be logged, with what it concerned on both sides of it. */
export interface ChangeEvent {
  readonly kind: ChangeKind
  readonly toolId: string
  readonly toolName: string
  /** The version concerned; null for a change of the tool itself. */
  readonly version: string | null
  /** The version that the tool serves by default from now on. */
  readonly latest: string | null
  /** Whether it concerns nothing but drafts: who reads only what is published does not see it. */
  readonly draft: boolean
  /** The definition, for a change of a version; what changed of the tool, for a change of the tool. */
  readonly before: Json
  readonly after: Json
}

/** Who changed the catalog, how, and why. The actor comes from the credential, never from the input. */
export interface ChangeOrigin {
  readonly actor: string
  readonly source: ChangeSource
  readonly message?: string | undefined
  readonly requestId?: string | undefined
}
