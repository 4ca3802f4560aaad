import fc from 'fast-check'
import yaml from 'js-yaml'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/definition/json.ts'
import { dottedPath } from '../../src/definition/problem.ts'
import { decodeSource } from '../../src/definition/source.ts'
import { validateText } from '../../src/definition/validate.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'

const P = 'capabilities.text_search.patterns.search_files'
const withPattern = (fields: JsonObject) =>
  aDefinition({
    capabilities: { text_search: { description: 'Find text.', patterns: { search_files: aPattern(fields) } } },
  })
const withoutField = (fields: JsonObject, gone: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== gone))
const pathsOf = (document: Json) => validateText(yaml.dump(document)).problems.map(({ path }) => path)

describe('a problem says which field it is about', () => {
  test.each<[string, Json, string]>([
    ['a field of the definition', aDefinition({ status: 'nope' }), 'status'],
    ['a name with characters that are not allowed', aDefinition({ tool_name: 'a b' }), 'tool_name'],
    ['a field that is required and missing', withoutField(aDefinition(), 'description'), 'description'],
    ['a field of metadata', aDefinition({ metadata: { author: 5 } }), 'metadata.author'],
    ['an item of a list of texts', aDefinition({ metadata: { tags: ['a', 5] } }), 'metadata.tags[1]'],
    ['a dependency', aDefinition({ dependencies: [{ name: 'x' }, { name: 5 }] }), 'dependencies[1].name'],
    ['an example', aDefinition({ examples: [{ expected_cost: -1 }] }), 'examples[0].expected_cost'],
    ['a field of a pattern', withPattern({ complexity_score: 2 }), `${P}.complexity_score`],
    ['a field of a policy', withPattern({ policy: { ...policy(), max_cost: -1 } }), `${P}.policy.max_cost`],
    ['an expression', withPattern({ cost_estimate: '1 +' }), `${P}.cost_estimate`],
    ['the type of an input', withPattern({ required_inputs: [anInput({ type: 5 })] }), `${P}.required_inputs[0].type`],
    [
      'a validation that is none',
      withPattern({ optional_inputs: [anInput({ validation: '(' })] }),
      `${P}.optional_inputs[0].validation`,
    ],
    [
      'a name that is there twice',
      withPattern({ required_inputs: [anInput({}), anInput({})] }),
      `${P}.required_inputs[1].name`,
    ],
    ['a word that is not usual', withPattern({ scope: 'sometimes' }), `${P}.scope`],
    ['a field that is wanted and missing', asPattern(withoutField(aPattern(), 'scope')), `${P}.scope`],
    [
      'a policy field that is wanted and missing',
      withPattern({ policy: withoutField(policy(), 'max_cost') }),
      `${P}.policy.max_cost`,
    ],
    ['an unknown field', withPattern({ weight: 1 }), `${P}.weight`],
    [
      'an unknown field of an input',
      withPattern({ required_inputs: [anInput({ x: 1 })] }),
      `${P}.required_inputs[0].x`,
    ],
    ['a part that is no mapping', aDefinition({ capabilities: { a: 5 } }), 'capabilities.a'],
    ['the wrapper', { tool: aDefinition() }, 'tool'],
    ['a number that is too large', aDefinition({ x: { y: [1, 1e20] } }), 'x.y[1]'],
    ['a character that is not allowed', aDefinition({ x: ['\u009b'] }), 'x[0]'],
    ['a key that is not allowed', aDefinition({ x: { constructor: 1 } }), 'x.constructor'],
    ['the whole file', { services: {} }, ''],
    ['the whole file, when it is a list', ['a'], ''],
  ])('%s', (_name, document, path) => {
    const { problems } = validateText(yaml.dump(document))
    // A broken part lacks fields that are wanted as well.
    const problem = problems.find(({ severity }) => severity === 'error') ?? problems[0]
    expect(problem?.path).toBe(path)
  })

  test('in the list shape by index, and under the wrapper from its key', () => {
    const document = {
      tool: aDefinition({
        capabilities: [
          { capability_name: 'a', description: 'A.', patterns: [{ pattern_name: 'p', ...aPattern({ scope: 5 }) }] },
        ],
      }),
    }
    expect(pathsOf(document)).toEqual(['tool', 'tool.capabilities[0].patterns[0].scope'])
  })

  test('a version without quotes', () => {
    expect(validateText(yaml.dump(aDefinition({ version: 1.5 }))).problems).toMatchObject([
      { code: 'definition.version', path: 'version' },
    ])
  })

  test.each(['', 'a: [', '{a: b', '"', 'a: 1\n---\nb: 2\n', '['.repeat(100)])(
    'a text that cannot be read is a problem of the whole file: %j',
    (text) => {
      expect(validateText(text).problems.map(({ path }) => path)).toEqual([''])
    },
  )

  test('bytes that are no text are a problem of the whole file', () => {
    const decoded = decodeSource(new Uint8Array([0xff]))
    expect('problem' in decoded && decoded.problem.path).toBe('')
  })

  test('where the rest is not listed, no field is to blame', () => {
    const unknown = Object.fromEntries(Array.from({ length: 210 }, (_, i) => [`odd${i}`, 1]))
    const { problems } = validateText(yaml.dump(aDefinition(unknown)))
    expect(problems.find(({ code }) => code === 'file.too_many_problems')?.path).toBe('')
  })
})

describe('a path', () => {
  test('has dots between names and brackets around indexes', () => {
    expect(dottedPath([])).toBe('')
    expect(dottedPath(['a'])).toBe('a')
    expect(dottedPath([0, 'a', 1, 2, 'b'])).toBe('[0].a[1][2].b')
    expect(dottedPath(['.a', '', 'b'])).toBe('.a..b')
  })

  test('is short, however long the keys are, and has no half characters', () => {
    expect(dottedPath(['k'.repeat(900_000), 'x'])).toBe(`${'k'.repeat(128)}.x`)
    expect(dottedPath([`${'k'.repeat(127)}😀`])).toBe('k'.repeat(127))
    const { problems } = validateText(yaml.dump(aDefinition({ ['k'.repeat(900_000)]: 1 })))
    expect(problems.map(({ path }) => path.length)).toEqual([128])
  })

  test('leads to the value, when it is walked step by step', () => {
    const names = fc.stringMatching(/^[a-z_]{1,8}$/)
    fc.assert(
      fc.property(fc.array(fc.oneof(names, fc.nat(99)), { maxLength: 6 }), (steps) => {
        const read = dottedPath(steps)
          .split(/\.|(?=\[)/)
          .filter((step) => step !== '')
          .map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step))
        expect(read).toEqual(steps)
      }),
    )
  })
})

function policy(): JsonObject {
  return { max_cost: 5, requires_approval: false, production_safe: true, max_execution_time: 60 }
}

function anInput(fields: JsonObject): JsonObject {
  return { name: 'a', type: 'string', description: 'What to look for.', ...fields }
}

function asPattern(pattern: JsonObject): JsonObject {
  return aDefinition({
    capabilities: { text_search: { description: 'Find text.', patterns: { search_files: pattern } } },
  })
}
