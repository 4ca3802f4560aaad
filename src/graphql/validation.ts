import type { LabelledProblem } from '../catalog/errors.ts'
import { digest } from '../definition/canonical.ts'
import { hasErrors } from '../definition/problem.ts'
import { type Validation, validateText } from '../definition/validate.ts'
import { builder } from './builder.ts'
import { COST } from './cost.ts'

export const ProblemSeverity = builder.enumType('ProblemSeverity', {
  description: 'How bad a problem is.',
  values: {
    ERROR: { value: 'error', description: 'The definition cannot be used.' },
    WARNING: { value: 'warning', description: 'It can be used, and could be better.' },
  } as const,
})

export const ProblemRef = builder.objectRef<LabelledProblem>('DefinitionProblem').implement({
  description: 'One thing that is wrong with a definition.',
  fields: (t) => ({
    label: t.string({
      nullable: true,
      description: 'Which of several definitions, where several were given.',
      resolve: ({ label }) => label ?? null,
    }),
    line: t.exposeInt('line', { description: 'Line, from 1.' }),
    column: t.exposeInt('column', { description: 'Column, from 1.' }),
    severity: t.field({
      type: ProblemSeverity,
      description: 'How bad it is.',
      resolve: ({ severity }) => severity,
    }),
    code: t.exposeString('code', {
      description: 'Stable and machine-readable, for example `pattern.complexity_score`.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, in words.' }),
    path: t.exposeString('path', {
      description:
        'Which field, dotted through names, for example `capabilities.search.patterns.files.required_inputs[0].type`; empty for the whole file.',
    }),
  }),
})

const ValidationRef = builder.objectRef<Validation>('DefinitionValidation').implement({
  description: 'What came of checking a definition.',
  fields: (t) => ({
    valid: t.boolean({
      description: 'Whether it has no errors; warnings do not count.',
      resolve: ({ problems }) => !hasErrors(problems),
    }),
    problems: t.field({
      type: [ProblemRef],
      description: 'Every problem, in the order of the text.',
      resolve: ({ problems }) => [...problems],
    }),
    digest: t.string({
      nullable: true,
      description: 'Digest the definition would have; null when it is not valid.',
      resolve: ({ document }) => (document ? digest(document) : null),
    }),
  }),
})

builder.queryField('validateDefinition', (t) =>
  t.field({
    type: ValidationRef,
    extensions: { cost: COST.validation },
    description: 'Check the text of one definition, without storing anything.',
    args: { text: t.arg.string({ required: true, description: 'The definition, YAML or JSON; at most 1 MiB.' }) },
    resolve: (_, { text }) => validateText(text),
  }),
)
