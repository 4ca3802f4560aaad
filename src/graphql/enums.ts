import type { ChangeKind as ChangeKindWord, ChangeSource as ChangeSourceWord } from '../changes/change-event.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import { builder } from './builder.ts'

/** `VersionPublished` is `VERSION_PUBLISHED` in the API, `new-version` is `NEW_VERSION`. */
export function enumName(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase()
}

/** The values of an enum, from its words and what each means. */
export function enumValues<T extends string>(descriptions: Readonly<Record<T, string>>) {
  // The keys of a record are what its type says.
  const words = Object.entries(descriptions) as [T, string][]
  return Object.fromEntries(words.map(([value, description]) => [enumName(value), { value, description }]))
}

export const ToolStatus = builder.enumType('ToolStatus', {
  description: 'Stage in the life of a version.',
  values: {
    DRAFT: { value: 'draft', description: 'Being written; not served.' },
    TESTING: { value: 'testing', description: 'Served, and being tried out.' },
    ACTIVE: { value: 'active', description: 'Served; the normal state.' },
    DEPRECATED: { value: 'deprecated', description: 'Served, but on its way out.' },
    DISABLED: { value: 'disabled', description: 'Not served; kept for the history.' },
  } as const,
})

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of the order comes first.',
  values: {
    ASC: { value: 'asc', description: 'Smallest, earliest or first in the alphabet.' },
    DESC: { value: 'desc', description: 'Largest, latest or last in the alphabet.' },
  } as const,
})

const CHANGE_KIND_DESCRIPTIONS: Record<ChangeKindWord, string> = {
  ToolCreated: 'A tool came, with its first version.',
  ToolUpdated: 'What a tool says of itself beside its versions changed, for example its compatibility.',
  ToolRenamed: 'A tool got another name.',
  ToolEnabled: 'A tool is served again.',
  ToolDisabled: 'A tool is not served any more.',
  ToolDeleted: 'A tool left the catalog; it can be restored.',
  ToolRestored: 'A deleted tool came back.',
  VersionPublished: 'A tool got another version.',
  VersionOverwritten: 'The content of a published version was replaced.',
  VersionStatusChanged: 'A version came to another stage.',
  LatestMoved: 'Another version is served by default: a rollback, or the undoing of one.',
  CompatibilityOverridden:
    'A version was published though it breaks those who use the tool; `after` says what it breaks.',
  DraftCreated: 'A tool got a draft.',
  DraftUpdated: 'A draft was changed.',
}
export const ChangeKind = builder.enumType('ChangeKind', {
  description: 'What happened to a tool.',
  values: enumValues(CHANGE_KIND_DESCRIPTIONS),
})

const CHANGE_SOURCE_DESCRIPTIONS: Record<ChangeSourceWord, string> = {
  api: 'A mutation of the API.',
  import: 'A person or script imported definitions.',
  startup: 'The server filled an empty catalog at its first start.',
  reload: 'A reload took over what the files of the watched folder say.',
}
export const ChangeSource = builder.enumType('ChangeSource', {
  description: 'How a change came in.',
  values: enumValues(CHANGE_SOURCE_DESCRIPTIONS),
})

export const CompatibilityEnum = builder.enumType('Compatibility', {
  description: 'What a new version may not break for those who use the tool.',
  values: {
    NONE: { value: 'none', description: 'Anything goes.' },
    BACKWARD: { value: 'backward', description: 'Whoever uses the version before can use the new one.' },
    FULL: {
      value: 'full',
      description: 'And whoever uses the new one could use the version before, which rules out additions.',
    },
  } as const satisfies Record<string, { value: Compatibility; description: string }>,
})

export const DefinitionFormat = builder.enumType('DefinitionFormat', {
  description: 'How a definition is written.',
  values: {
    YAML: { value: 'yaml', description: 'YAML 1.2; several definitions are several documents.' },
    JSON: { value: 'json', description: 'JSON; several definitions are one per line.' },
  } as const,
})
