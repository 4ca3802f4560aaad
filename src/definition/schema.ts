import { z } from 'zod'
import {
  amount,
  anything,
  expression,
  formerName,
  PART_NAME,
  partName,
  TOOL_NAME,
  text,
  unitInterval,
} from './schema-fields.ts'
import { Input, Output } from './schema-inputs.ts'
import { CATEGORIES, COMPLETENESS, DEPENDENCY_TYPES, PLATFORMS, SCOPES, STATUSES } from './vocabulary.ts'

/**
 * The definition format, once: the validator runs these, the published JSON Schema is generated from them, and the
 * descriptions are what an author's editor shows. Every object is open, because fields we do not know must survive.
 */
const VERSION = /^(?!latest$)[A-Za-z0-9](?:[A-Za-z0-9._+-]*[A-Za-z0-9])?$/i

export const Policy = z
  .looseObject({
    max_cost: amount('Most that one run may cost, in the units of cost_estimate.').optional(),
    requires_approval: z.boolean().optional().meta({ description: 'Whether a person must approve each run.' }),
    production_safe: z.boolean().optional().meta({ description: 'Whether it may run against a production system.' }),
    max_execution_time: amount('Longest run, in seconds.').optional(),
    max_N_immediate: amount('Largest N to run at once in the foreground.').optional(),
    requires_background_if: z
      .unknown()
      .optional()
      .meta({ description: 'When the run belongs in the background.', examples: ['N > 100'] }),
  })
  .meta({ id: 'Policy', description: 'When a pattern may be used, and within which bounds.' })

export const PreferenceMatch = z
  .looseObject({
    speed: unitInterval('How well it serves a caller who wants speed.').optional(),
    accuracy: unitInterval('How well it serves a caller who wants accuracy.').optional(),
    cost: unitInterval('How well it serves a caller who wants low cost.').optional(),
    complexity: unitInterval('How well it serves a caller who wants simplicity.').optional(),
    completeness: unitInterval('How well it serves a caller who wants everything.').optional(),
  })
  .meta({ id: 'PreferenceMatch', description: 'How well a pattern suits what a caller cares about; each from 0 to 1.' })

const patternFields = {
  description: text(10_000, 'What this way of using the capability does.').optional(),
  typical_use_cases: z
    .array(z.string())
    .optional()
    .meta({
      description: 'Requests this pattern answers, in the words of who asks.',
      examples: [['find errors in a log', 'list the files that mention a host']],
    }),
  time_estimate_ms: expression('Expected run time in milliseconds.').optional(),
  cost_estimate: expression('Expected cost, in abstract units.').optional(),
  complexity_score: unitInterval('How hard it is to use well: 0 trivial, 1 expert.').optional(),
  scope: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'How much one run covers.', examples: [...SCOPES] }),
  completeness: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'How much of the truth the answer holds.', examples: [...COMPLETENESS] }),
  limitations: z
    .array(z.string())
    .optional()
    .meta({
      description: 'What it cannot do, or does badly.',
      examples: [['Does not look inside compressed files']],
    }),
  policy: Policy.optional(),
  preference_match: PreferenceMatch.optional(),
  required_inputs: z.array(Input).optional().meta({ description: 'Inputs that must be given.' }),
  optional_inputs: z.array(Input).optional().meta({ description: 'Inputs that may be given.' }),
  expected_outputs: z.array(Output).optional().meta({ description: 'What comes back.' }),
  output_schema: anything('Schema of the output, in any form.').optional(),
  example_request: anything('A real command or request.', ['grep -rn ERROR /var/log']).optional(),
  api_parameters: anything('How inputs map to API parameters.').optional(),
  examples: z.array(z.unknown()).optional().meta({ description: 'Examples of this pattern, in any form.' }),
}
export const Pattern = z
  .looseObject(patternFields)
  .meta({ id: 'Pattern', description: 'One way of using a capability.' })
const NamedPattern = z
  .looseObject({ pattern_name: partName('Name of the pattern.'), ...patternFields })
  .meta({ description: 'One way of using a capability.' })

const capabilityFields = { description: text(10_000, 'What a tool with this capability can do.').optional() }
export const Capability = z.looseObject(capabilityFields).meta({ description: 'Something a tool can do.' })

const patterns = z
  .union([z.record(z.string().regex(PART_NAME), Pattern), z.array(NamedPattern)])
  .optional()
  .meta({ description: 'Ways of using it: a mapping by name, or a list with pattern_name.' })
const capabilities = z
  .union([
    z.record(z.string().regex(PART_NAME), Capability.extend({ patterns })),
    z.array(z.looseObject({ capability_name: partName('Name of the capability.'), ...capabilityFields, patterns })),
  ])
  .meta({ description: 'What the tool can do: a mapping by name, or a list with capability_name.' })

export const Dependency = z
  .looseObject({
    name: text(200, 'What is needed.', ['openssh-client', 'Docker daemon']),
    type: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Kind of thing, for example package or permission.', examples: [...DEPENDENCY_TYPES] }),
    required: z.boolean().optional().meta({ description: 'Whether the tool is useless without it.' }),
    version: z
      .string()
      .optional()
      .meta({ description: 'Versions that will do, for example ">=3.0".', examples: ['>=3.0'] }),
  })
  .meta({ id: 'Dependency', description: 'Something the tool needs to run.' })

export const Metadata = z
  .looseObject({
    author: z.string().optional().meta({ description: 'Who wrote the definition.' }),
    created: z
      .string()
      .optional()
      .meta({ description: 'Date it was written.', examples: ['2026-01-31'] }),
    updated: z.string().optional().meta({ description: 'Date it was last changed.' }),
    tags: z
      .array(z.string().max(200))
      .optional()
      .meta({ description: 'Words to find it by.', examples: [['search', 'logs']] }),
    documentation_url: z
      .string()
      .optional()
      .meta({ description: "The tool's own documentation.", examples: ['https://www.gnu.org/software/grep/manual/'] }),
  })
  .meta({ id: 'Metadata', description: 'About the definition itself.' })

export const Example = z
  .looseObject({
    name: text(500, 'What the example shows.').optional(),
    description: text(10_000, 'What happens in it.').optional(),
    inputs: z.record(z.string(), z.unknown()).optional().meta({ description: 'Value of each input.' }),
    expected_time_ms: amount('Time it should take, in milliseconds.').optional(),
    expected_cost: amount('What it should cost.').optional(),
    expected_output: anything('What should come back.').optional(),
  })
  .meta({ id: 'Example', description: 'A worked example.' })

const name = z
  .string()
  .regex(TOOL_NAME)
  .meta({ description: 'Unique name of the tool; compared case-insensitively.', examples: ['grep'] })
/** Everything of a definition but its name and its capabilities. */
export const headFields = {
  version: z
    .string()
    .max(64)
    .regex(VERSION)
    .meta({ description: 'Version of the definition, in quotes: "1.0".', examples: ['1.0.0'] }),
  description: text(10_000, 'What the tool is for.', ['Print the lines of files that match a pattern.']),
  platform: text(64, 'Where it runs, for example linux or kubernetes.', PLATFORMS),
  category: text(64, 'What kind of tool it is, for example network.', CATEGORIES),
  renamed_from: formerName,
  execution_location: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Which service or host runs it.', examples: ['target-host'] }),
  status: z.enum(STATUSES).optional().meta({ description: 'Stage of its life; active when left out.' }),
  enabled: z.boolean().optional().meta({ description: 'Whether the tool is served at all; true when left out.' }),
  tags: z
    .array(z.string().max(200))
    .optional()
    .meta({ description: 'Words to find it by; metadata.tags is the usual place.' }),
  created_by: z.string().optional().meta({ description: 'Who made the definition.' }),
  defaults: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({
      description: 'Values that hold for every pattern.',
      examples: [{ accuracy_level: 'exact', freshness: 'live', data_source: 'filesystem' }],
    }),
  dependencies: z.array(Dependency).optional().meta({ description: 'What the tool needs to run.' }),
  metadata: Metadata.optional(),
  examples: z.array(Example).optional().meta({ description: 'Worked examples.' }),
}

/** A definition without its name (which may be `tool_name` or `name`) and its capabilities, which are checked one by one. */
export const Head = z.looseObject(headFields)

const definitionFields = z.looseObject({ tool_name: name, name, ...headFields, capabilities }).partial()
const needed = ['version', 'description', 'platform', 'category']
const named = ['tool_name', 'name'].map((key) => ({ required: [key, ...needed] }))

/** The whole document: what the JSON Schema is made from. One object with every field, so that editors complete them all. */
export const DefinitionDocument = definitionFields
  .extend({
    tool: definitionFields
      .meta({ description: 'The same fields under one key; read, but not needed.', anyOf: named })
      .optional(),
  })
  .meta({ anyOf: [...named, { required: ['tool'] }] })

/** Fields each kind of object knows; anything else is kept as an extension. */
export const KNOWN_FIELDS = {
  definition: new Set(['tool_name', 'name', 'capabilities', ...Object.keys(headFields)]),
  capability: new Set(['capability_name', 'patterns', ...Object.keys(capabilityFields)]),
  pattern: new Set(['pattern_name', ...Object.keys(patternFields)]),
  input: new Set(Object.keys(Input.shape)),
  output: new Set([...Object.keys(Output.shape), 'required']),
  policy: new Set(Object.keys(Policy.shape)),
  preference_match: new Set(Object.keys(PreferenceMatch.shape)),
  dependency: new Set(Object.keys(Dependency.shape)),
  example: new Set(Object.keys(Example.shape)),
} as const satisfies Record<string, ReadonlySet<string>>
export type Noun = keyof typeof KNOWN_FIELDS
