import { MOST_FILES, readAppliedFiles } from '../catalog/applied-files.ts'
import { ApplyRejectedError, applyDefinitions, PlanOutdatedError } from '../catalog/apply-definitions.ts'
import type { PlanAction, PlanItem, ToldChange } from '../catalog/apply-plan.ts'
import { originOf } from '../catalog/change-tool.ts'
import { InvalidInputError, RevisionConflictError } from '../catalog/errors.ts'
import type { ClassifiedDifference } from '../definition/classify.ts'
import { TOOL_NAME } from '../definition/schema-fields.ts'
import { builder } from './builder.ts'
import { enumValues } from './enums.ts'
import { ErrorInterface } from './errors.ts'
import { ConflictStrategyEnum, mayImport } from './import-tools.ts'
import { addMutation } from './mutation.ts'
import { ClassifiedDifferenceRef } from './tool-diff.ts'

const ACTION_DESCRIPTIONS: Record<PlanAction, string> = {
  create: 'A tool comes with the file.',
  change: 'The tool gets another version, or its version another content or stage.',
  rename: 'The tool gets another name, and stays the same otherwise.',
  deprecate: 'The tool says from now on that it should not be used any more.',
  prune: 'The tool is deleted: the source has brought it, and no file holds it any more.',
  leave: 'No file holds the tool any more; it would be deleted with `prune`.',
  unchanged: 'The catalog has it already.',
  refuse: 'It cannot be applied, and so nothing can.',
}

const PlanActionEnum = builder.enumType('PlanAction', {
  description: 'What becomes of a tool when files are applied.',
  values: enumValues(ACTION_DESCRIPTIONS),
})

const PlanItemRef = builder.objectRef<PlanItem>('PlanItem').implement({
  description: 'What becomes of one file, or of a tool whose files are gone.',
  fields: (t) => ({
    action: t.field({ type: PlanActionEnum, description: 'What becomes of it.', resolve: ({ action }) => action }),
    tool: t.exposeString('tool', { description: 'Name of the tool, after it.' }),
    version: t.string({
      nullable: true,
      description: 'Version that the definition stands under, after it; null for a tool whose files are gone.',
      resolve: ({ version }) => version,
    }),
    previous: t.string({
      nullable: true,
      description: 'Version that it is compared with; null when there is nothing to compare.',
      resolve: ({ previous }) => previous,
    }),
    renamedFrom: t.string({
      nullable: true,
      description: 'Name of the tool before, when it gets another one.',
      resolve: ({ renamedFrom }) => renamedFrom,
    }),
    path: t.string({
      nullable: true,
      description: 'The file; null for a tool whose files are gone.',
      resolve: ({ path }) => path,
    }),
    detail: t.string({ nullable: true, description: 'Why, or what exactly.', resolve: ({ detail }) => detail }),
    differences: t.field({
      type: [ClassifiedDifferenceRef],
      description: 'What changes for those who use the tool now.',
      resolve: ({ differences }) => differences.map(asDifference),
    }),
  }),
})

/** Absent is null where it is kept, and null where it is told. */
function asDifference({ before, after, ...rest }: ToldChange): ClassifiedDifference {
  return { ...rest, before, after }
}

builder.objectType(ApplyRejectedError, {
  name: 'ApplyRejectedError',
  description: 'Something of the files cannot be applied, so nothing was.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    items: t.field({
      type: [PlanItemRef],
      description: 'What would have become of each file.',
      resolve: ({ items }) => [...items],
    }),
  }),
})

builder.objectType(PlanOutdatedError, {
  name: 'PlanOutdatedError',
  description: 'What would happen is not what was planned: plan again.',
  interfaces: [ErrorInterface],
})

const DefinitionFileInput = builder.inputType('DefinitionFileInput', {
  description: 'A definition file.',
  fields: (t) => ({
    path: t.string({ required: true, description: 'Path in its folder, with `/` between its parts.' }),
    text: t.string({ required: true, description: 'What is in it: one definition, as YAML or JSON.' }),
  }),
})

addMutation('applyDefinitions', {
  description: `Bring the tools of a source to what its files say (catalog as code), in one revision, whole or not at all; at most ${MOST_FILES} files. With \`dryRun\` it is a plan: the same work, undone. Large inputs belong to /graphql/import, which takes more bytes.`,
  role: 'editor',
  errors: [ApplyRejectedError, PlanOutdatedError, RevisionConflictError],
  input: (t) => ({
    source: t.string({
      required: true,
      defaultValue: 'default',
      description: 'Whose files these are: what one source has brought, another neither changes nor prunes.',
    }),
    files: t.field({ type: [DefinitionFileInput], required: true, description: 'Every file of the source.' }),
    prune: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Delete the tools that the source has brought and no file holds any more.',
    }),
    onConflict: t.field({
      type: ConflictStrategyEnum,
      required: true,
      defaultValue: 'new-version',
      description: 'What to do with a file that was changed and kept its version.',
    }),
    overrideCompatibility: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Publish even what breaks those who use the tools. Takes the role admin.',
    }),
    expectedRevision: t.field({
      type: 'Revision',
      description:
        'Revision of the catalog that the plan was made at. When it is another one by now, nothing is applied.',
    }),
    expectedPlan: t.string({
      description: 'Digest of the plan that you have seen. When another one would be carried out, nothing is applied.',
    }),
  }),
  run: async (input, context, { expectedRevision, dryRun, ...options }) => {
    const { source, prune, onConflict, overrideCompatibility } = input
    mayImport(input, context)
    if (!TOOL_NAME.test(source))
      throw new InvalidInputError('A source has letters, digits and . _ + - (at most 128, a letter or digit first)')
    const { compatibility, database } = context
    const origin = { ...originOf(context, options), source: 'import' } as const
    const settings = { source, prune, onConflict, overrideCompatibility, compatibility, dryRun, expectedRevision }
    const expectedPlan = input.expectedPlan ?? undefined
    return applyDefinitions(database, origin, readAppliedFiles(input.files), {
      ...settings,
      expectedPlan,
      once: options.once,
    })
  },
  success: (t) => ({
    items: t.field({
      type: [PlanItemRef],
      description: 'What became of each file, in order, and of the tools whose files are gone.',
      resolve: ({ value }) => [...value.items],
    }),
    plan: t.string({ description: 'Digest of the items.', resolve: ({ value }) => value.plan }),
    plannedAt: t.field({
      type: 'Revision',
      description: 'Revision that the catalog was at before.',
      resolve: ({ value }) => value.plannedAt,
    }),
  }),
})
