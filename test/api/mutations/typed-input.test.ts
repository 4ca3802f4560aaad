import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/definition/json.ts'
import { schema } from '../../../src/graphql/schema.ts'
import { startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const head = { version: '1.2.0', description: 'Everything.', platform: 'linux', category: 'system' }
const parameter = {
  name: 'path',
  type: 'string',
  description: 'Where.',
  validation: '^/',
  default: '/tmp',
  examples: ['/tmp', '/var'],
  required: true,
}
const output = { name: 'lines', type: 'array', description: 'What was found.' }
const preferences = { speed: 0.1, accuracy: 0.2, cost: 0.3, complexity: 0.4, completeness: 0.5 }

/** Every field that the typed input has. */
const TYPED = {
  ...head,
  executionLocation: 'automation-service',
  status: 'TESTING',
  enabled: false,
  defaults: { accuracy_level: 'real-time', nested: { a: [1, null] } },
  dependencies: [{ name: 'bash', type: 'package', required: false, version: '>=5', extensions: { x_from: 'apt' } }],
  capabilities: [
    {
      name: 'search',
      description: 'Find.',
      extensions: { x_owner: 'me' },
      patterns: [
        {
          name: 'deep',
          description: 'Look everywhere.',
          typicalUseCases: ['find a file'],
          timeEstimateMs: '500 + 0.1 * N',
          costEstimate: 'ceil(N / 100)',
          complexityScore: 0.7,
          scope: 'batch',
          completeness: 'partial',
          limitations: ['Slow'],
          policy: {
            maxCost: 5,
            requiresApproval: true,
            productionSafe: false,
            maxExecutionTime: 60,
            maxNImmediate: 100,
            requiresBackgroundIf: 'N > 100',
          },
          preferenceMatch: preferences,
          requiredInputs: [{ ...parameter, extensions: { x_secret: true } }],
          optionalInputs: [{ name: 'mode', allowedValues: ['fast', 'slow'] }],
          expectedOutputs: [{ ...output, extensions: { x_unit: 'line' } }],
          outputSchema: { type: 'object' },
          exampleRequest: 'find /',
          apiParameters: { q: 'path' },
          examples: [{ a: 1 }],
          extensions: { x_more: { deep: true } },
        },
        { name: 'shallow', description: 'Look here.' },
      ],
    },
    { name: 'another' },
  ],
  metadata: { author: 'me', tags: ['find'] },
  examples: [{ name: 'One', inputs: { path: '/' }, expected_time_ms: 3 }],
  extensions: { x_origin: 'wiki' },
}

/** The same as an author writes it. */
const YAML = `
version: "1.2.0"
description: Everything.
platform: linux
category: system
execution_location: automation-service
status: testing
enabled: false
defaults: { accuracy_level: real-time, nested: { a: [1, null] } }
dependencies: [{ name: bash, type: package, required: false, version: ">=5", x_from: apt }]
x_origin: wiki
capabilities:
  search:
    description: Find.
    x_owner: me
    patterns:
      deep:
        description: Look everywhere.
        typical_use_cases: [find a file]
        time_estimate_ms: "500 + 0.1 * N"
        cost_estimate: "ceil(N / 100)"
        complexity_score: 0.7
        scope: batch
        completeness: partial
        limitations: [Slow]
        policy: { max_cost: 5, requires_approval: true, production_safe: false, max_execution_time: 60,
          max_N_immediate: 100, requires_background_if: "N > 100" }
        preference_match: { speed: 0.1, accuracy: 0.2, cost: 0.3, complexity: 0.4, completeness: 0.5 }
        required_inputs:
          - { name: path, type: string, description: Where., validation: "^/", default: /tmp, examples: [/tmp, /var],
              required: true, x_secret: true }
        optional_inputs: [{ name: mode, allowed_values: [fast, slow] }]
        expected_outputs: [{ name: lines, type: array, description: What was found., x_unit: line }]
        output_schema: { type: object }
        example_request: find /
        api_parameters: { q: path }
        examples: [{ a: 1 }]
        x_more: { deep: true }
      shallow: { description: Look here. }
  another: {}
metadata: { author: me, tags: [find] }
examples: [{ name: One, inputs: { path: / }, expected_time_ms: 3 }]
`

const MADE = '... on CreateToolSuccess { version { digest definition definitionText } }'

test('typed input gives the document that the same YAML gives, field for field', async () => {
  const typed = await catalog.done('createTool', { definition: { typed: { name: 'same', ...TYPED } } }, MADE)
  await catalog.done('updateTool', { tool: 'same', name: 'typed-one' })
  const text = `tool_name: same${YAML}`
  const written = await catalog.done('createTool', { definition: { text } }, MADE)
  expect(typed.version.definition).toEqual(written.version.definition)
  expect(typed.version.digest).toBe(written.version.digest)
})

test('every field of the typed input is tried above', () => {
  const names = (type: string) => {
    const input = schema.getType(type)
    return input && 'getFields' in input ? Object.keys(input.getFields()).sort() : []
  }
  const pattern = TYPED.capabilities[0]?.patterns?.[0]
  const tried: Record<string, object> = {
    DefinitionInput: { name: 'x', ...TYPED },
    DependencyInput: TYPED.dependencies[0] ?? {},
    CapabilityDefinitionInput: TYPED.capabilities[0] ?? {},
    PatternDefinitionInput: pattern ?? {},
    PolicyInput: pattern?.policy ?? {},
    PreferenceMatchInput: preferences,
    ParameterInput: { ...pattern?.requiredInputs?.[0], ...pattern?.optionalInputs?.[0] },
    OutputInput: pattern?.expectedOutputs?.[0] ?? {},
  }
  for (const [type, fields] of Object.entries(tried)) expect(Object.keys(fields).sort(), type).toEqual(names(type))
})

test('typed input is written in the order that authors write', async () => {
  const { version } = await catalog.done('createTool', { definition: { typed: { name: 'order', ...TYPED } } }, MADE)
  const definition = version.definition as JsonObject
  expect(Object.keys(definition)).toEqual([
    'tool_name',
    'version',
    'description',
    'platform',
    'category',
    'execution_location',
    'status',
    'enabled',
    'defaults',
    'dependencies',
    'x_origin',
    'capabilities',
    'metadata',
    'examples',
  ])
  expect(version.definitionText).toMatch(/^tool_name: order\nversion: "?1\.2\.0"?\n/)
})

test('null is the same as nothing', async () => {
  const nothing = { ...head, capabilities: [{ name: 'a', patterns: [{ name: 'b', description: 'B.' }] }] }
  const nulls = {
    ...head,
    status: null,
    enabled: null,
    metadata: null,
    capabilities: [
      {
        name: 'a',
        description: null,
        patterns: [{ name: 'b', description: 'B.', policy: null, typicalUseCases: null }],
      },
    ],
  }
  const one = await catalog.done('createTool', { definition: { typed: { name: 'nulls', ...nothing } } }, MADE)
  await catalog.done('deleteTool', { tool: 'nulls' })
  const other = await catalog.done('createTool', { definition: { typed: { name: 'nulls', ...nulls } } }, MADE)
  expect(other.version.digest).toBe(one.version.digest)
})

test.each([
  ['two capabilities of one name', { capabilities: [{ name: 'a' }, { name: 'a' }] }],
  ['two capabilities that differ in case', { capabilities: [{ name: 'a' }, { name: 'A' }] }],
  ['two patterns of one name', { capabilities: [{ name: 'a', patterns: [{ name: 'b' }, { name: 'b' }] }] }],
  ['a score above 1', { capabilities: [{ name: 'a', patterns: [{ name: 'b', complexityScore: 1.5 }] }] }],
  ['an expression that is none', { capabilities: [{ name: 'a', patterns: [{ name: 'b', costEstimate: '1 +' }] }] }],
  ['a name with spaces', { name: 'no name' }],
  ['extensions that are no object', { extensions: [1] }],
  ['extensions that say a field anew in another type', { extensions: { description: 7 } }],
])('%s is refused', async (_, fields) => {
  const typed = { name: 'refused', ...head, ...fields }
  await catalog.refused('createTool', { definition: { typed } }, 'InvalidInputError')
})
