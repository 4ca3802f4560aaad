import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { digest } from '../../src/definition/canonical.ts'
import type { Json, JsonObject } from '../../src/definition/json.ts'
import { validateText } from '../../src/definition/validate.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'
import { exportTexts, parsed, storedTexts } from './round-trip.ts'

let first: Database
let second: Database
beforeAll(async () => {
  first = await openTestDatabase()
  second = await openTestDatabase()
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a definition may not have.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

/** Texts that writers and readers of YAML like to get wrong. */
const awkward = fc.constantFrom(
  '1.10',
  '007',
  '0x1F',
  '1e3',
  '1_000',
  '.5',
  '12:30:45',
  '2025-10-03',
  'yes',
  'No',
  'on',
  'true',
  'null',
  '~',
  '',
  ' ',
  'a: b',
  '- a',
  '# no',
  "it's",
  '"quoted"',
  '{',
  '[',
  '&a',
  '*a',
  '!tag',
  '|',
  '>',
  '%',
  '@',
  '`',
  '---',
  '...',
  'line\nline',
  'line\n',
  '\nline',
  'a\n\n  b\n',
  '\ttab',
  'a\t\n b ',
  'trailing ',
  'wïde',
  '日本語',
  '👩‍💻',
  'e\u0301',
  '\u00a0',
  '\u2028',
  '\u0085',
  '\ufeff',
  '<<',
  '=',
  'a\r\nb',
  '\r',
)
const text = fc
  .oneof(
    awkward,
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.array(awkward, { maxLength: 3 }).map((lines) => lines.join('\n')),
  )
  .filter((value) => !FORBIDDEN.test(value))
const key = text.filter((value) => !['__proto__', 'constructor', 'prototype', 'tool'].includes(value))
const number = fc.oneof(
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
)
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value
/** Fields that no version of the format knows. */
const unknown: fc.Arbitrary<JsonObject> = fc.dictionary(
  key.map((name) => `x ${name}`),
  json,
  { maxKeys: 3, noNullPrototype: true },
)
const said = text.filter((value) => value.trim() !== '')

const definition = fc
  .record({
    top: unknown,
    capability: unknown,
    pattern: unknown,
    policy: unknown,
    input: unknown,
    description: said,
    useCases: fc.array(text),
    value: json,
    shape: fc.constantFrom('mapping', 'list', 'wrapped'),
  })
  .map(({ shape, top, capability, pattern, policy, input, description, useCases, value }) => {
    const way = aPattern({
      ...pattern,
      description,
      typical_use_cases: useCases,
      output_schema: value,
      api_parameters: value,
      policy: { max_cost: 1, ...policy },
      required_inputs: [{ name: 'q', default: value, examples: [value], ...input }],
    })
    const mapping = { find: { description, ...capability, patterns: { way } } }
    const list = [{ capability_name: 'find', ...capability, patterns: [{ pattern_name: 'way', ...way }] }]
    const document = aDefinition({
      ...top,
      description,
      defaults: { value },
      capabilities: shape === 'list' ? list : mapping,
    })
    return shape === 'wrapped' ? { tool: document } : document
  })
  // What the validator refuses (-0.0 and the like never get into a catalog) has no round trip.
  .map((document): JsonObject => JSON.parse(JSON.stringify(document)))

test('any definition that is valid goes through import, export and import without losing anything', async () => {
  const documents = fc
    .sample(definition, { numRuns: 400, seed: Number(process.env.SEED ?? 20_261_122) })
    .filter((document) => validateText(JSON.stringify(document)).document)
  expect(documents.length).toBeGreaterThan(350)
  const named = documents.map((document, index) => rename(document, `tool-${String(index).padStart(4, '0')}`))
  await importAll(first, named)
  expect((await storedTexts(first)).map(({ text: stored }) => stored)).toEqual(
    named.map((document) => JSON.stringify(document)),
  )
  for (const format of ['yaml', 'json'] as const) {
    const exported = (await exportTexts(first, format)).map(parsed)
    expect(exported.map(digest)).toEqual(named.map(digest))
    const { results } = await importAll(second, exported)
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(
      new Set([format === 'yaml' ? 'created' : 'unchanged']),
    )
    expect(await storedTexts(second)).toEqual(await storedTexts(first))
  }
})

function rename(document: JsonObject, name: string): JsonObject {
  const { tool } = document
  return tool === undefined ? { ...document, tool_name: name } : { tool: { ...(tool as JsonObject), tool_name: name } }
}
