import { hasRole } from '../auth/viewer.ts'
import { originOf, type WriteOptions } from '../catalog/change-tool.ts'
import { ForbiddenError, InvalidInputError, type LabelledProblem, RevisionConflictError } from '../catalog/errors.ts'
import {
  type ConflictStrategy,
  IMPORT_BATCH,
  ImportConflictError,
  type ImportItem,
  type ImportResult,
  importDefinitions,
  type Outcome,
  prepareItem,
} from '../catalog/import.ts'
import { hasErrors } from '../definition/problem.ts'
import { splitStream } from '../definition/serialise.ts'
import { validateText } from '../definition/validate.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { enumValues } from './enums.ts'
import { ErrorInterface } from './errors.ts'
import { addMutation } from './mutation.ts'

/** Of one call, so that it is one change set that subscribers can take in one message. */
const MOST_DEFINITIONS = IMPORT_BATCH.changes
/** Nobody reads more at once; the rest shows when these are mended. */
const MOST_PROBLEMS = 500

const STRATEGY_DESCRIPTIONS: Record<ConflictStrategy, string> = {
  fail: 'Import nothing.',
  skip: 'Leave the version as it is, and import the rest.',
  overwrite: 'Replace the content of the version. Takes the role admin.',
  'new-version': 'Import it under the next free version.',
}

export const ConflictStrategyEnum = builder.enumType('ConflictStrategy', {
  description: 'What to do when the catalog has the same tool and version with other content.',
  values: enumValues(STRATEGY_DESCRIPTIONS),
})

const OUTCOME_DESCRIPTIONS: Record<Outcome, string> = {
  created: 'A tool came with it.',
  updated: 'A tool got it as another version, or in the place of one.',
  unchanged: 'It was there already.',
  skipped: 'Another content stands under its version, and stays.',
  rejected: 'It cannot be imported.',
}

const ImportOutcome = builder.enumType('ImportOutcome', {
  description: 'What came of one definition.',
  values: enumValues(OUTCOME_DESCRIPTIONS),
})

const ImportResultRef = builder.objectRef<ImportResult>('ImportResult').implement({
  description: 'What came of one definition.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'Which definition: its place in the text.' }),
    tool: t.exposeString('tool', { description: 'Name of the tool.' }),
    version: t.exposeString('version', { description: 'Version it stands under now.' }),
    outcome: t.field({ type: ImportOutcome, description: 'What came of it.', resolve: ({ outcome }) => outcome }),
    detail: t.string({ nullable: true, description: 'Why, or what exactly.', resolve: ({ detail }) => detail }),
  }),
})

/** Nothing was imported, and which definitions are to blame. */
class ImportRejectedError extends Error {
  override readonly name = 'ImportRejectedError'
  constructor(
    message: string,
    readonly results: readonly ImportResult[],
  ) {
    super(message)
  }
}

builder.objectType(ImportRejectedError, {
  name: 'ImportRejectedError',
  description: 'Something of the import cannot be imported, so nothing was.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    results: t.field({
      type: [ImportResultRef],
      description: 'What would have come of each definition.',
      resolve: ({ results }) => [...results],
    }),
  }),
})

addMutation('importTools', {
  description: `Import up to ${MOST_DEFINITIONS} definitions: everything is checked first, then written in one revision. Large texts belong to /graphql/import, which takes more bytes; \`tool-catalog import\` takes any number.`,
  role: 'editor',
  errors: [ImportRejectedError, RevisionConflictError],
  input: (t) => ({
    text: t.string({ required: true, description: 'The definitions: YAML documents, or JSON documents one per line.' }),
    onConflict: t.field({
      type: ConflictStrategyEnum,
      required: true,
      defaultValue: 'fail',
      description: 'What to do when the catalog has the same tool and version with other content.',
    }),
    overrideCompatibility: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Publish even what breaks those who use the tools. Takes the role admin.',
    }),
    expectedRevision: t.field({
      type: 'Revision',
      description: 'Revision of the catalog that you have seen. When it is another one by now, nothing is imported.',
    }),
  }),
  run: async (input, context, options) => {
    const { performance } = context
    try {
      const imported = await importTexts(input, context, options)
      if (!options.dryRun) countImport(performance, imported.value.results)
      return imported
    } catch (error) {
      if (!options.dryRun)
        performance.imports.add(REFUSALS.some((type) => error instanceof type) ? 'rejected' : 'failed')
      throw error
    }
  },
  success: (t) => ({
    results: t.field({
      type: [ImportResultRef],
      description: 'What came of each definition, in order.',
      resolve: ({ value }) => [...value.results],
    }),
  }),
})

interface ImportTexts {
  readonly text: string
  readonly onConflict: ConflictStrategy
  readonly overrideCompatibility: boolean
}

async function importTexts(
  input: ImportTexts,
  context: Context,
  { expectedRevision, dryRun = false, ...options }: WriteOptions,
) {
  const { onConflict, overrideCompatibility } = input
  mayImport(input, context)
  const { compatibility, database } = context
  const origin = { ...originOf(context, options), source: 'import' } as const
  const answer = await importDefinitions(database, origin, validItems(input.text), {
    onConflict,
    compatibility,
    overrideCompatibility,
    dryRun,
    single: { expectedRevision, once: options.once },
  }).catch((error: unknown) => {
    throw error instanceof ImportConflictError ? new ImportRejectedError(error.message, []) : error
  })
  const rejected = answer.results.filter(({ outcome }) => outcome === 'rejected')
  if (rejected.length > 0) throw new ImportRejectedError(`${rejected.length} cannot be imported`, answer.results)
  const results = answer.results.map((result) => ({ ...result }))
  return { value: { results }, revision: answer.revisions[0], events: [] }
}

/** What a caller is told, and can mend. */
const REFUSALS = [ImportRejectedError, InvalidInputError, RevisionConflictError, ForbiddenError]

function countImport(performance: Context['performance'], results: readonly ImportResult[]): void {
  const taken = results.filter(({ outcome }) => outcome === 'created' || outcome === 'updated').length
  performance.importedTools += taken
  performance.imports.add(taken > 0 ? 'succeeded' : 'unchanged')
}

export function mayImport({ onConflict, overrideCompatibility }: Omit<ImportTexts, 'text'>, { viewer }: Context): void {
  if ((onConflict === 'overwrite' || overrideCompatibility) && !hasRole(viewer, 'admin'))
    throw new ForbiddenError('Overwriting versions and overriding compatibility take the role admin')
}

/** @throws InvalidInputError with every problem of every definition */
function validItems(text: string): ImportItem[] {
  const items: ImportItem[] = []
  const problems: LabelledProblem[] = []
  const parts = splitStream(text)
  if (parts.length > MOST_DEFINITIONS)
    throw new InvalidInputError(`At most ${MOST_DEFINITIONS} definitions in one call, not ${parts.length}`)
  for (const [index, { text: own, firstLine }] of parts.entries()) {
    const label = `definition ${index + 1}`
    const validation = validateText(own, firstLine)
    if (validation.document) items.push(prepareItem(label, validation.document))
    if (problems.length < MOST_PROBLEMS) problems.push(...validation.problems.map((problem) => ({ ...problem, label })))
    else if (hasErrors(validation.problems)) break
  }
  if (hasErrors(problems))
    throw new InvalidInputError('Some of the definitions are not valid; nothing was imported', problems)
  if (items.length === 0) throw new InvalidInputError('There is no definition in the text')
  return items
}
