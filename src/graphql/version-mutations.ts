import { updateDraft } from '../catalog/drafts.ts'
import {
  CompatibilityError,
  RevisionConflictError,
  ToolNotFoundError,
  VersionNotFoundError,
  VersionNotPublishedError,
  VersionPublishedError,
} from '../catalog/errors.ts'
import { overwriteVersion, publishVersion } from '../catalog/publish-version.ts'
import { setVersionStatus } from '../catalog/tool-state.ts'
import { builder } from './builder.ts'
import { documentOf } from './definition-from-input.ts'
import { DefinitionSource } from './definition-input.ts'
import { ToolStatus } from './enums.ts'
import { expectedRevision, type InputBuilder } from './mutation.ts'
import { addToolMutation, toolArgument, toolField, versionField } from './mutation-fields.ts'

const versionErrors = [ToolNotFoundError, VersionNotFoundError, RevisionConflictError]

const overrideCompatibility = (t: InputBuilder) =>
  t.boolean({
    required: true,
    defaultValue: false,
    description: 'Publish even what breaks those who use the tool. Takes the role admin, and the history says so.',
  })

const PublishedStatus = builder.enumType('PublishedStatus', {
  description: 'Stages that a version can be published in.',
  values: {
    TESTING: { value: 'testing', description: 'Served, and being tried out.' },
    ACTIVE: { value: 'active', description: 'Served; the normal state.' },
  } as const,
})

addToolMutation('publishVersion', {
  description:
    'Publish a draft, or a whole definition at once. From here on the version is immutable. It becomes the latest, unless it is lower than that or told not to.',
  role: 'editor',
  errors: [...versionErrors, VersionPublishedError, CompatibilityError],
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    version: t.string({ description: 'The draft to publish.' }),
    definition: t.field({ type: DefinitionSource, description: 'A definition to publish, instead of a draft.' }),
    status: t.field({
      type: PublishedStatus,
      required: true,
      defaultValue: 'active',
      description: 'The stage to start in.',
    }),
    moveLatest: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether it may become the version that the tool serves by default.',
    }),
    overrideCompatibility: overrideCompatibility(t),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ definition, version, ...input }, context, options) =>
    publishVersion(
      context,
      { ...input, version: version ?? undefined, document: definition ? documentOf(definition) : undefined },
      options,
    ),
})

addToolMutation('overwriteVersion', {
  description:
    'Replace the content of a published version in place, against the rule that those are immutable. Recorded as what it is.',
  role: 'admin',
  errors: [...versionErrors, VersionNotPublishedError, CompatibilityError],
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    definition: t.field({
      type: DefinitionSource,
      required: true,
      description: 'The new content; its version says which one is replaced.',
    }),
    overrideCompatibility: overrideCompatibility(t),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ definition, ...input }, context, options) =>
    overwriteVersion(context, { ...input, document: documentOf(definition) }, options),
})

addToolMutation('updateDraft', {
  description: 'Make a draft, as a copy of another version or from a definition, or replace the content of one.',
  role: 'editor',
  errors: [...versionErrors, VersionPublishedError],
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    definition: t.field({ type: DefinitionSource, description: 'The whole content; its version names the draft.' }),
    copyOf: t.string({ description: 'A version to copy, instead of a definition.' }),
    version: t.string({ description: 'Name of the copy.' }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ tool, definition, copyOf, version }, context, options) =>
    updateDraft(
      context,
      {
        tool,
        document: definition ? documentOf(definition) : undefined,
        copyOf: copyOf ?? undefined,
        version: version ?? undefined,
      },
      options,
    ),
})

addToolMutation('setVersionStatus', {
  description:
    'Move a published version to another stage. `latest` leaves a version that is disabled, and comes to one that is served again when that is higher.',
  role: 'editor',
  errors: [...versionErrors, VersionNotPublishedError],
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    version: t.string({ required: true, description: 'The version.' }),
    status: t.field({ type: ToolStatus, required: true, description: 'Its new stage; any but DRAFT.' }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: (input, context, options) => setVersionStatus(context, input, options),
})
