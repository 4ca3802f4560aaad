import { createTool } from '../catalog/create-tool.ts'
import {
  CompatibilityError,
  NameTakenError,
  RevisionConflictError,
  ToolNotFoundError,
  VersionNotFoundError,
  VersionNotPublishedError,
} from '../catalog/errors.ts'
import { restoreTool } from '../catalog/restore-tool.ts'
import { deleteTool, rollbackTool, setToolEnabled } from '../catalog/tool-state.ts'
import { updateTool } from '../catalog/update-tool.ts'
import { documentOf } from './definition-from-input.ts'
import { DefinitionSource } from './definition-input.ts'
import { CompatibilityEnum } from './enums.ts'
import { expectedRevision } from './mutation.ts'
import { addToolMutation, localId, toolArgument, toolField, versionField } from './mutation-fields.ts'

const toolErrors = [ToolNotFoundError, RevisionConflictError]

addToolMutation('createTool', {
  description: 'Add a tool with its first version: both, or neither.',
  role: 'editor',
  errors: [NameTakenError],
  input: (t) => ({
    definition: t.field({ type: DefinitionSource, required: true, description: 'The first version.' }),
    compatibility: t.field({
      type: CompatibilityEnum,
      description: 'What later versions may not break; what holds in general when left out.',
    }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ definition, compatibility }, context, options) =>
    createTool(context, { document: documentOf(definition), compatibility }, options),
})

addToolMutation('updateTool', {
  description:
    'Rename a tool (it keeps its versions, history and id), set what its versions may not break, or say something else of it. Published versions are immutable: what is said anew becomes the next patch version.',
  role: 'editor',
  errors: [...toolErrors, NameTakenError, CompatibilityError],
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    name: t.string({ description: 'Its new name.' }),
    compatibility: t.field({
      type: CompatibilityEnum,
      description:
        'What later versions may not break; null for what holds in general. Asking for less than now takes the role admin.',
    }),
    description: t.string({ description: 'What the tool is for, from the next version on.' }),
    platform: t.string({ description: 'Where it runs, from the next version on.' }),
    category: t.string({ description: 'What kind of tool it is, from the next version on.' }),
    tags: t.stringList({ description: 'Words to find it by, from the next version on.' }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: ({ tool, name, compatibility, description, platform, category, tags }, context, options) =>
    updateTool(
      context,
      {
        tool,
        name: name ?? undefined,
        compatibility,
        fields: {
          ...(description == null ? {} : { description }),
          ...(platform == null ? {} : { platform }),
          ...(category == null ? {} : { category }),
          ...(tags == null ? {} : { tags }),
        },
      },
      options,
    ),
})

addToolMutation('setToolEnabled', {
  description: 'Take a tool out of service, or put it back. A disabled tool can still be read by those who ask for it.',
  role: 'editor',
  errors: toolErrors,
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    enabled: t.boolean({ required: true, description: 'Whether it is to be served.' }),
  }),
  success: (t) => ({ tool: toolField(t) }),
  run: (input, context, options) => setToolEnabled(context, input, options),
})

addToolMutation('deleteTool', {
  description:
    'Take a tool out of the catalog. Its versions and history stay, its name becomes free; it can be restored.',
  role: 'editor',
  errors: toolErrors,
  input: (t) => ({ ...toolArgument(t), expectedRevision: expectedRevision(t) }),
  success: (t) => ({ tool: toolField(t) }),
  run: (input, context, options) => deleteTool(context, input, options),
})

addToolMutation('restoreTool', {
  description: 'Bring a deleted tool back, with everything it had.',
  role: 'editor',
  errors: [...toolErrors, NameTakenError],
  input: (t) => ({
    tool: t.string({
      required: true,
      description: 'Name of the deleted tool; or its id, when several deleted tools had this name.',
    }),
    expectedRevision: expectedRevision(t),
  }),
  success: (t) => ({ tool: toolField(t) }),
  run: ({ tool }, context, options) => restoreTool(context, { tool: localId('Tool', tool) }, options),
})

addToolMutation('rollbackTool', {
  description:
    'Serve another published version by default. A change like any other: rolling back to the version that was latest before undoes it.',
  role: 'editor',
  errors: [...toolErrors, VersionNotFoundError, VersionNotPublishedError],
  input: (t) => ({
    ...toolArgument(t),
    expectedRevision: expectedRevision(t),
    toVersion: t.string({ required: true, description: 'The version to serve.' }),
  }),
  success: (t) => ({ tool: toolField(t), version: versionField(t) }),
  run: (input, context, options) => rollbackTool(context, input, options),
})
