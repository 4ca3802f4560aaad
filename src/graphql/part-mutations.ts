import { editDraft } from '../catalog/drafts.ts'
import {
  CapabilityNotFoundError,
  NameTakenError,
  PatternNotFoundError,
  RevisionConflictError,
  ToolNotFoundError,
  VersionNotFoundError,
  VersionPublishedError,
} from '../catalog/errors.ts'
import {
  addCapability,
  addPattern,
  removeCapability,
  removePattern,
  updateCapability,
  updatePattern,
} from '../definition/edit.ts'
import { capabilityFields, partChanges, patternFields } from './definition-from-input.ts'
import { CapabilityChanges, CapabilityInput, PatternChanges, PatternInput } from './definition-input.ts'
import { expectedRevision, type InputBuilder } from './mutation.ts'
import { addToolMutation, toolArgument, toolField, versionField } from './mutation-fields.ts'

/** Capabilities and patterns of drafts, one at a time. The rest of the draft stays as it was written. */

const draftErrors = [ToolNotFoundError, VersionNotFoundError, VersionPublishedError, RevisionConflictError]

const draftArguments = (t: InputBuilder) => ({
  ...toolArgument(t),
  version: t.string({ required: true, description: 'The draft to change; `updateDraft` makes one.' }),
  expectedRevision: expectedRevision(t),
})
const capabilityArgument = (t: InputBuilder) =>
  t.string({ required: true, description: 'Name of the capability, compared case-insensitively.' })
const patternArgument = (t: InputBuilder) =>
  t.string({ required: true, description: 'Name of the pattern, compared case-insensitively.' })
const positionArgument = (t: InputBuilder) =>
  t.int({ description: 'Its place among the others, from 0; the end when left out.' })

addToolMutation('addCapability', {
  description: 'Add a capability to a draft.',
  role: 'editor',
  errors: [...draftErrors, NameTakenError],
  input: (t) => ({
    ...draftArguments(t),
    capability: t.field({ type: CapabilityInput, required: true, description: 'The capability, with its patterns.' }),
    position: positionArgument(t),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ capability, position, ...draft }, context, options) =>
    editDraft(
      context,
      draft,
      (document) => addCapability(document, capability.name, capabilityFields(capability), position ?? undefined),
      options,
    ),
})

addToolMutation('updateCapability', {
  description: 'Say something else of a capability of a draft. Its patterns stay.',
  role: 'editor',
  errors: [...draftErrors, CapabilityNotFoundError, NameTakenError],
  input: (t) => ({
    ...draftArguments(t),
    capability: capabilityArgument(t),
    changes: t.field({ type: CapabilityChanges, required: true, description: 'What is different from now on.' }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ capability, changes, ...draft }, context, options) =>
    editDraft(context, draft, (document) => updateCapability(document, capability, partChanges(changes)), options),
})

addToolMutation('removeCapability', {
  description: 'Take a capability, with its patterns, out of a draft.',
  role: 'editor',
  errors: [...draftErrors, CapabilityNotFoundError],
  input: (t) => ({ ...draftArguments(t), capability: capabilityArgument(t) }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ capability, ...draft }, context, options) =>
    editDraft(context, draft, (document) => removeCapability(document, capability), options),
})

addToolMutation('addPattern', {
  description: 'Add a pattern to a capability of a draft.',
  role: 'editor',
  errors: [...draftErrors, CapabilityNotFoundError, NameTakenError],
  input: (t) => ({
    ...draftArguments(t),
    capability: capabilityArgument(t),
    pattern: t.field({ type: PatternInput, required: true, description: 'The pattern.' }),
    position: positionArgument(t),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ capability, pattern, position, ...draft }, context, options) =>
    editDraft(
      context,
      draft,
      (document) => addPattern(document, capability, pattern.name, patternFields(pattern), position ?? undefined),
      options,
    ),
})

addToolMutation('updatePattern', {
  description: 'Say something else of a pattern of a draft.',
  role: 'editor',
  errors: [...draftErrors, CapabilityNotFoundError, PatternNotFoundError, NameTakenError],
  input: (t) => ({
    ...draftArguments(t),
    capability: capabilityArgument(t),
    pattern: patternArgument(t),
    changes: t.field({ type: PatternChanges, required: true, description: 'What is different from now on.' }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ capability, pattern, changes, ...draft }, context, options) =>
    editDraft(
      context,
      draft,
      (document) => updatePattern(document, capability, pattern, partChanges(changes)),
      options,
    ),
})

addToolMutation('removePattern', {
  description: 'Take a pattern out of a capability of a draft.',
  role: 'editor',
  errors: [...draftErrors, CapabilityNotFoundError, PatternNotFoundError],
  input: (t) => ({ ...draftArguments(t), capability: capabilityArgument(t), pattern: patternArgument(t) }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ capability, pattern, ...draft }, context, options) =>
    editDraft(context, draft, (document) => removePattern(document, capability, pattern), options),
})
