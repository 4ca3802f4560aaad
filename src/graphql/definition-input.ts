import { builder } from './builder.ts'
import { ToolStatus } from './enums.ts'

/** The definition format as typed input; `definition-from-input.ts` makes the document of it. */

const extensions = 'Fields that the format does not know, kept as they are.'

const DependencyInput = builder.inputType('DependencyInput', {
  description: 'Something a tool needs to run.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What is needed.' }),
    type: t.string({ description: 'Kind of thing, for example package or permission.' }),
    required: t.boolean({ description: 'Whether the tool is useless without it.' }),
    version: t.string({ description: 'Versions that will do.' }),
    extensions: t.field({ type: 'JSON', description: extensions }),
  }),
})

const ParameterInput = builder.inputType('ParameterInput', {
  description: 'One input of a pattern.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the input.' }),
    type: t.string({ description: 'Type of the value, for example string or integer.' }),
    description: t.string({ description: 'What to give.' }),
    validation: t.string({ description: 'Regular expression that every legal value matches.' }),
    default: t.field({ type: 'JSON', description: 'Value used when the input is not given.' }),
    examples: t.field({ type: ['JSON'], description: 'Legal values to show.' }),
    allowedValues: t.field({ type: ['JSON'], description: 'The only legal values.' }),
    required: t.boolean({ description: 'Whether the input must be given.' }),
    extensions: t.field({ type: 'JSON', description: extensions }),
  }),
})

const OutputInput = builder.inputType('OutputInput', {
  description: 'One output of a pattern.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the output.' }),
    type: t.string({ description: 'Type of the value.' }),
    description: t.string({ description: 'What the value means.' }),
    extensions: t.field({ type: 'JSON', description: extensions }),
  }),
})

const PolicyInput = builder.inputType('PolicyInput', {
  description: 'When a pattern may be used, and within which bounds.',
  fields: (t) => ({
    maxCost: t.float({ description: 'Most that one run may cost, in the units of costEstimate.' }),
    requiresApproval: t.boolean({ description: 'Whether a person must approve each run.' }),
    productionSafe: t.boolean({ description: 'Whether it may run against a production system.' }),
    maxExecutionTime: t.float({ description: 'Longest run, in seconds.' }),
    maxNImmediate: t.float({ description: 'Largest N to run at once in the foreground.' }),
    requiresBackgroundIf: t.field({ type: 'JSON', description: 'When the run belongs in the background.' }),
  }),
})

const PreferenceMatchInput = builder.inputType('PreferenceMatchInput', {
  description: 'How well a pattern suits what a caller cares about, from 0 to 1.',
  fields: (t) => ({
    speed: t.float({ description: 'Speed.' }),
    accuracy: t.float({ description: 'Accuracy.' }),
    cost: t.float({ description: 'Low cost.' }),
    complexity: t.float({ description: 'Simplicity.' }),
    completeness: t.float({ description: 'Everything there is.' }),
  }),
})

type InputBuilder = Parameters<Parameters<typeof builder.inputType<'x', Record<string, never>>>[1]['fields']>[0]

/** Fields of a pattern, but for its name. */
const patternFields = (t: InputBuilder) => ({
  description: t.string({ description: 'What this way of using the capability does.' }),
  typicalUseCases: t.stringList({ description: 'Requests it answers, in the words of who asks.' }),
  timeEstimateMs: t.string({ description: 'Expected time in milliseconds: a number or an expression.' }),
  costEstimate: t.string({ description: 'Expected cost: a number or an expression.' }),
  complexityScore: t.float({ description: 'How hard it is to use well: 0 trivial, 1 expert.' }),
  scope: t.string({ description: 'How much one run covers, for example batch.' }),
  completeness: t.string({ description: 'How much of the truth the answer holds.' }),
  limitations: t.stringList({ description: 'What it cannot do, or does badly.' }),
  policy: t.field({ type: PolicyInput, description: 'When it may be used, and within which bounds.' }),
  preferenceMatch: t.field({ type: PreferenceMatchInput, description: 'How well it suits what a caller cares about.' }),
  requiredInputs: t.field({ type: [ParameterInput], description: 'Inputs that must be given.' }),
  optionalInputs: t.field({ type: [ParameterInput], description: 'Inputs that may be given.' }),
  expectedOutputs: t.field({ type: [OutputInput], description: 'What comes back.' }),
  outputSchema: t.field({ type: 'JSON', description: 'Schema of the output, in any form.' }),
  exampleRequest: t.field({ type: 'JSON', description: 'A real command or request.' }),
  apiParameters: t.field({ type: 'JSON', description: 'How inputs map to API parameters.' }),
  examples: t.field({ type: ['JSON'], description: 'Examples, in any form.' }),
  extensions: t.field({ type: 'JSON', description: extensions }),
})

export const PatternInput = builder.inputType('PatternDefinitionInput', {
  description: 'One way of using a capability.',
  fields: (t) => ({ name: t.string({ required: true, description: 'Name of the pattern.' }), ...patternFields(t) }),
})

export const PatternChanges = builder.inputType('PatternChanges', {
  description:
    'What to say anew of a pattern. What is left out stays; null takes a field away. Policy and preferences are merged field by field.',
  fields: (t) => ({ name: t.string({ description: 'Another name; it keeps its place.' }), ...patternFields(t) }),
})

export const CapabilityInput = builder.inputType('CapabilityDefinitionInput', {
  description: 'Something a version can do.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the capability.' }),
    description: t.string({ description: 'What it means to have it.' }),
    patterns: t.field({ type: [PatternInput], description: 'Ways of using it, in order.' }),
    extensions: t.field({ type: 'JSON', description: extensions }),
  }),
})

export const CapabilityChanges = builder.inputType('CapabilityChanges', {
  description: 'What to say anew of a capability. What is left out stays; null takes a field away.',
  fields: (t) => ({
    name: t.string({ description: 'Another name; it keeps its place.' }),
    description: t.string({ description: 'What it means to have it.' }),
    extensions: t.field({ type: 'JSON', description: `${extensions} Merged with those that are there.` }),
  }),
})

const DefinitionInput = builder.inputType('DefinitionInput', {
  description: 'The whole definition of one version.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the tool.' }),
    version: t.string({ required: true, description: 'Name of the version, for example 1.2.0.' }),
    description: t.string({ required: true, description: 'What the tool is for.' }),
    platform: t.string({ required: true, description: 'Where it runs.' }),
    category: t.string({ required: true, description: 'What kind of tool it is.' }),
    executionLocation: t.string({ description: 'Which service or host runs it.' }),
    status: t.field({ type: ToolStatus, description: 'Stage to start in; active when left out.' }),
    enabled: t.boolean({ description: 'Whether a new tool is served; true when left out.' }),
    defaults: t.field({ type: 'JSON', description: 'Values that hold for every pattern.' }),
    dependencies: t.field({ type: [DependencyInput], description: 'What the tool needs to run.' }),
    capabilities: t.field({ type: [CapabilityInput], description: 'What it can do, in order.' }),
    metadata: t.field({ type: 'JSON', description: 'About the definition itself: author, dates, tags.' }),
    examples: t.field({ type: ['JSON'], description: 'Worked examples.' }),
    extensions: t.field({ type: 'JSON', description: extensions }),
  }),
})

export const DefinitionSource = builder.inputType('DefinitionSource', {
  description: 'A definition, in one of two forms.',
  isOneOf: true,
  fields: (t) => ({
    typed: t.field({ type: DefinitionInput, description: 'As typed input.' }),
    text: t.string({ description: 'As text, YAML or JSON, just as it would stand in a file.' }),
  }),
})
