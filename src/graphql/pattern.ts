import { loadAll } from '../catalog/loaders.ts'
import { mapPage } from '../catalog/page.ts'
import { listPatterns } from '../catalog/parts.ts'
import type { PatternRow } from '../catalog/rows.ts'
import type { Json, JsonObject } from '../definition/json.ts'
import { builder } from './builder.ts'
import { Capability } from './capability.ts'
import { loadNodes } from './context.ts'
import { ToolFilterInput } from './tool-filter.ts'

const numberOrNull = (value: Json | undefined) => (typeof value === 'number' ? value : null)
const textOrNull = (value: Json | undefined) => (typeof value === 'string' ? value : null)

const Policy = builder.objectRef<PatternRow>('Policy').implement({
  description: 'When a pattern may be used, and within which bounds. Null means the definition does not say.',
  fields: (t) => ({
    maxCost: t.float({
      nullable: true,
      description: 'Most that one run may cost, in the units of costEstimate.',
      resolve: ({ maxCost }) => maxCost,
    }),
    requiresApproval: t.boolean({
      nullable: true,
      description: 'Whether a person must approve each run.',
      resolve: ({ requiresApproval }) => requiresApproval,
    }),
    productionSafe: t.boolean({
      nullable: true,
      description: 'Whether it may run against a production system.',
      resolve: ({ productionSafe }) => productionSafe,
    }),
    maxExecutionTime: t.float({
      nullable: true,
      description: 'Longest run, in seconds.',
      resolve: ({ maxExecutionTime }) => maxExecutionTime,
    }),
    maxNImmediate: t.float({
      nullable: true,
      description: 'Largest N to run at once in the foreground.',
      resolve: ({ maxNImmediate }) => maxNImmediate,
    }),
    requiresBackgroundIf: t.field({
      type: 'JSON',
      nullable: true,
      description: 'When the run belongs in the background.',
      resolve: ({ backgroundIf }) => backgroundIf,
    }),
  }),
})

const PREFERENCES = {
  speed: 'speed',
  accuracy: 'accuracy',
  cost: 'low cost',
  complexity: 'simplicity',
  completeness: 'everything there is',
} as const
const PreferenceMatch = builder.objectRef<JsonObject>('PreferenceMatch').implement({
  description: 'How well a pattern suits what a caller cares about, from 0 to 1.',
  fields: (t) =>
    Object.fromEntries(
      Object.entries(PREFERENCES).map(([name, wish]) => [
        name,
        t.float({
          nullable: true,
          description: `How well it serves a caller who wants ${wish}.`,
          resolve: (match) => numberOrNull(match[name]),
        }),
      ]),
    ),
})

const PatternInput = builder.objectRef<JsonObject>('PatternInput').implement({
  description: 'One input of a pattern.',
  fields: (t) => ({
    name: t.string({ description: 'Name of the input.', resolve: ({ name }) => textOrNull(name) ?? '' }),
    type: t.string({ nullable: true, description: 'Type of the value.', resolve: ({ type }) => textOrNull(type) }),
    description: t.string({
      nullable: true,
      description: 'What to give.',
      resolve: ({ description }) => textOrNull(description),
    }),
    validation: t.string({
      nullable: true,
      description: 'Regular expression that every legal value matches.',
      resolve: ({ validation }) => textOrNull(validation),
    }),
    default: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Value used when the input is not given.',
      resolve: ({ default: value }) => value ?? null,
    }),
    examples: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Legal values to show.',
      resolve: ({ examples }) => examples ?? null,
    }),
    allowedValues: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The only legal values.',
      resolve: ({ allowed_values: allowed }) => allowed ?? null,
    }),
  }),
})

const PatternOutput = builder.objectRef<JsonObject>('PatternOutput').implement({
  description: 'One output of a pattern.',
  fields: (t) => ({
    name: t.string({ description: 'Name of the output.', resolve: ({ name }) => textOrNull(name) ?? '' }),
    type: t.string({ nullable: true, description: 'Type of the value.', resolve: ({ type }) => textOrNull(type) }),
    description: t.string({
      nullable: true,
      description: 'What the value means.',
      resolve: ({ description }) => textOrNull(description),
    }),
  }),
})

export const Pattern = builder.objectRef<PatternRow>('Pattern')

builder.node(Pattern, {
  description: 'One way of using a capability, with what it costs and when it is safe.',
  id: { resolve: ({ id }) => id },
  loadManyWithoutCache: (ids, { loaders }) => loadNodes(loaders.pattern, ids),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'capabilityId' in value,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name, unique within the capability.' }),
    description: t.exposeString('description', { description: 'What this way of using the capability does.' }),
    typicalUseCases: t.stringList({
      description: 'Requests it answers, in the words of who asks.',
      resolve: ({ useCases }) => [...useCases],
    }),
    timeEstimateMs: t.string({
      nullable: true,
      description: 'Expected run time in milliseconds: an arithmetic expression over variables such as N.',
      resolve: ({ timeEstimateMs }) => timeEstimateMs,
    }),
    costEstimate: t.string({
      nullable: true,
      description: 'Expected cost in abstract units: an arithmetic expression.',
      resolve: ({ costEstimate }) => costEstimate,
    }),
    complexityScore: t.float({
      nullable: true,
      description: 'How hard it is to use well: 0 trivial, 1 expert.',
      resolve: ({ complexityScore }) => complexityScore,
    }),
    scope: t.string({
      nullable: true,
      description: 'How much one run covers, for example single_item or exhaustive.',
      resolve: ({ scope }) => scope,
    }),
    completeness: t.string({
      nullable: true,
      description: 'How much of the truth the answer holds, for example complete or sampled.',
      resolve: ({ completeness }) => completeness,
    }),
    limitations: t.stringList({
      description: 'What it cannot do, or does badly.',
      resolve: ({ limitations }) => [...limitations],
    }),
    policy: t.field({ type: Policy, description: 'When it may be used.', resolve: (pattern) => pattern }),
    preferenceMatch: t.field({
      type: PreferenceMatch,
      description: 'How well it suits what a caller cares about.',
      resolve: ({ preferenceMatch }) => preferenceMatch,
    }),
    requiredInputs: t.field({
      type: [PatternInput],
      description: 'Inputs that must be given.',
      resolve: ({ requiredInputs }) => [...requiredInputs],
    }),
    optionalInputs: t.field({
      type: [PatternInput],
      description: 'Inputs that may be given.',
      resolve: ({ optionalInputs }) => [...optionalInputs],
    }),
    expectedOutputs: t.field({
      type: [PatternOutput],
      description: 'What comes back.',
      resolve: ({ expectedOutputs }) => [...expectedOutputs],
    }),
    outputSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Schema of the output, as written.',
      resolve: ({ details }) => details.output_schema ?? null,
    }),
    exampleRequest: t.field({
      type: 'JSON',
      nullable: true,
      description: 'A real command or request.',
      resolve: ({ details }) => details.example_request ?? null,
    }),
    apiParameters: t.field({
      type: 'JSON',
      nullable: true,
      description: 'How inputs map to API parameters.',
      resolve: ({ details }) => details.api_parameters ?? null,
    }),
    examples: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Examples of this pattern, as written.',
      resolve: ({ details }) => details.examples ?? null,
    }),
    extensions: t.field({
      type: 'JSON',
      description: 'Fields that the format does not know, as written.',
      resolve: ({ extensions }) => extensions,
    }),
    capability: t.field({
      type: Capability,
      nullable: true,
      description: 'The capability that it is a way of using.',
      resolve: ({ capabilityId }, _, { loaders }) => loaders.capability.load(capabilityId),
    }),
  }),
})

const PatternFilterInput = builder.inputType('PatternFilter', {
  description: 'Which patterns. Every field that is given must hold.',
  fields: (t) => ({
    name: t.string({ description: 'Exact name, compared case-insensitively.' }),
    tool: t.string({ description: 'Name of the tool, compared case-insensitively.' }),
    tools: t.field({ type: ToolFilterInput, description: 'Only those of tools like these; enabled ones by default.' }),
    capability: t.string({ description: 'Name of the capability, compared case-insensitively.' }),
    productionSafe: t.boolean({ description: 'Whether the policy says it is production safe.' }),
    requiresApproval: t.boolean({ description: 'Whether the policy says it requires approval.' }),
  }),
})

builder.queryField('patterns', (t) =>
  t.connection({
    type: Pattern,
    description: 'Patterns of the latest versions of tools, sorted by name.',
    args: { filter: t.arg({ type: PatternFilterInput, description: 'Which patterns.' }) },
    resolve: async (_, { filter, ...page }, { reader, loaders }) =>
      mapPage(await listPatterns(reader, filter ?? {}, page), (ids) => loadAll(loaders.pattern, ids)),
  }),
)
