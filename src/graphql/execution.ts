import { InvalidInputError } from '../catalog/errors.ts'
import { type ExecutionStatistics, executionStatistics } from '../catalog/execution-statistics.ts'
import { MOST_EXECUTIONS, recordExecutions } from '../catalog/executions.ts'
import { isObject, type Json } from '../definition/json.ts'
import { builder } from './builder.ts'
import { addMutation } from './mutation.ts'

const ExecutionInput = builder.inputType('ExecutionInput', {
  description: 'One real run of a pattern.',
  fields: (t) => ({
    tool: t.string({ required: true, description: 'Name of the tool.' }),
    version: t.string({ description: 'Version that was run; the latest when left out.' }),
    capability: t.string({ required: true, description: 'Name of the capability.' }),
    pattern: t.string({ required: true, description: 'Name of the pattern.' }),
    at: t.field({ type: 'DateTime', description: 'When it ended; now when left out.' }),
    actualMs: t.float({ required: true, description: 'How long it took, in milliseconds.' }),
    actualCost: t.float({ description: 'What it cost, in the units of costEstimate.' }),
    success: t.boolean({ required: true, description: 'Whether it did what it was run for.' }),
    errorType: t.string({ description: 'Kind of failure, in the words of the pipeline.' }),
    environment: t.string({ description: 'Where it ran, for example production.' }),
    variables: t.field({
      type: 'JSON',
      description:
        'Values of the estimates\' variables, for example `{ "N": 120 }`. The estimates are evaluated with them.',
    }),
  }),
})

addMutation('recordExecutions', {
  description:
    'Report real runs, to be held against the estimates. All of them are kept, or none; the catalog and its revision stay as they are.',
  role: 'editor',
  errors: [],
  input: (t) => ({
    executions: t.field({
      type: [ExecutionInput],
      required: true,
      description: `The runs, at most ${MOST_EXECUTIONS}.`,
    }),
  }),
  run: ({ executions }, context, options) =>
    recordExecutions(
      context,
      executions.map(({ variables, ...report }) => ({ ...report, variables: variablesOf(variables) })),
      options,
    ),
  success: (t) => ({
    recorded: t.int({ description: 'How many were kept.', resolve: ({ value }) => value.recorded }),
  }),
})

function variablesOf(variables: Json | undefined) {
  if (variables === null || variables === undefined) return {}
  if (!isObject(variables)) throw new InvalidInputError('variables must be an object')
  return variables
}

const Statistics = builder.objectRef<ExecutionStatistics>('ExecutionStatistics').implement({
  description: 'What real runs of a pattern were like, beside what its definition estimates.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'Runs.' }),
    successRate: t.exposeFloat('successRate', { description: 'Share of them that succeeded, from 0 to 1.' }),
    p50Ms: t.exposeFloat('p50Ms', { description: 'Half of them took at most so long, in milliseconds.' }),
    p95Ms: t.exposeFloat('p95Ms', { description: '95 % of them took at most so long, in milliseconds.' }),
    timeRatio: t.float({
      nullable: true,
      description: 'Actual time by estimated time, over the runs that have both; above 1 the estimate is too low.',
      resolve: ({ timeRatio }) => timeRatio,
    }),
    costRatio: t.float({
      nullable: true,
      description: 'Actual cost by estimated cost, over the runs that have both.',
      resolve: ({ costRatio }) => costRatio,
    }),
  }),
})

builder.queryField('executionStatistics', (t) =>
  t.field({
    type: Statistics,
    nullable: true,
    description: 'What the reported runs of one pattern were like. Null when there are none.',
    args: {
      tool: t.arg.string({ required: true, description: 'Name of the tool, compared case-insensitively.' }),
      capability: t.arg.string({ required: true, description: 'Name of the capability, compared case-insensitively.' }),
      pattern: t.arg.string({ required: true, description: 'Name of the pattern, compared case-insensitively.' }),
      version: t.arg.string({ description: 'Only runs of this version.' }),
      since: t.arg({ type: 'DateTime', description: 'Only runs that ended since then.' }),
    },
    resolve: async (_, { tool, ...which }, { reader, loaders }) => {
      const row = await loaders.toolByName.load(tool.toLowerCase())
      return row && executionStatistics(reader, row.id, which)
    },
  }),
)
