import { describe, expect, test } from 'vitest'
import { classifyDifferences } from '../../src/definition/classify.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'

const withPattern = (fields: JsonObject) =>
  aDefinition({ capabilities: { c: { description: 'C.', patterns: { p: fields } } } })
/** `kind breaking: reason` of each difference between two patterns. */
const said = (before: JsonObject, after: JsonObject) =>
  classifyDifferences(withPattern(before), withPattern(after)).map(
    ({ kind, breaking, reason }) => `${kind} ${breaking}: ${reason}`,
  )

/** name, before, after, and what is said from the one to the other and back. */
type Case = readonly [string, JsonObject, JsonObject, string, string]

function check(cases: readonly Case[]): void {
  test.each(cases)('%s', (_name, before, after, forth, back) => {
    expect(said(aPattern(before), aPattern(after))).toEqual([forth])
    expect(said(aPattern(after), aPattern(before))).toEqual([back])
  })
}

describe('a field of an input', () => {
  const input = (fields: JsonObject) => ({ optional_inputs: [{ name: 'size', ...fields }] })
  const legal = 'spec no: every size that was legal still is'
  const narrow = 'spec yes: callers may give a size that is no longer allowed'
  const other = 'behaviour maybe: callers who leave size out may get another result'
  const same = 'spec no: size may be left out as little or as much as before'
  check([
    [
      'its type',
      input({ type: 'string' }),
      input({ type: 'integer' }),
      'spec yes: callers give size as another type',
      'spec yes: callers give size as another type',
    ],
    [
      'a type where there was none',
      input({}),
      input({ type: 'integer' }),
      'spec maybe: callers may give size as another type',
      legal,
    ],
    ['fewer values', input({ allowed_values: [1, 2] }), input({ allowed_values: [1] }), narrow, legal],
    ['other values', input({ allowed_values: [1, 2] }), input({ allowed_values: [1, 3] }), narrow, narrow],
    ['values where any were legal', input({}), input({ allowed_values: [1] }), narrow, legal],
    [
      'values in another order',
      input({ allowed_values: [1, { a: 1, b: 2 }] }),
      input({ allowed_values: [{ b: 2, a: 1 }, 1] }),
      legal,
      legal,
    ],
    ['values of another type', input({ allowed_values: [1] }), input({ allowed_values: ['1'] }), narrow, narrow],
    [
      'another validation',
      input({ validation: 'a' }),
      input({ validation: 'b' }),
      'spec maybe: a size that was legal may be refused',
      'spec maybe: a size that was legal may be refused',
    ],
    [
      'a validation where there was none',
      input({}),
      input({ validation: 'a' }),
      'spec maybe: a size that was legal may be refused',
      legal,
    ],
    ['another default', input({ default: 1 }), input({ default: 2 }), other, other],
    ['a default where there was none', input({}), input({ default: { a: 1 } }), other, other],
    ['a part of a default', input({ default: { a: 1 } }), input({ default: { a: 2 } }), other, other],
    [
      'its description',
      input({}),
      input({ description: 'D.' }),
      'metadata no: only people read it',
      'metadata no: only people read it',
    ],
    [
      'its examples',
      input({}),
      input({ examples: [1] }),
      'metadata no: only people read it',
      'metadata no: only people read it',
    ],
    [
      'an unknown field',
      input({}),
      input({ unit: 'kb' }),
      'metadata no: the format does not know unit',
      'metadata no: the format does not know unit',
    ],
    [
      'required by its own word, in the list of optional ones',
      input({}),
      input({ required: true }),
      'spec yes: callers must now give size',
      'spec no: callers may now leave size out',
    ],
    ['said to be optional, as it was', input({}), input({ required: false }), same, same],
  ])
})

describe('an input that comes or goes', () => {
  const pattern = { name: 'pattern', type: 'string', description: 'What to look for.' }
  const size = { name: 'size', type: 'integer' }
  const leftOut = 'spec no: size may be left out'
  const refused = 'spec maybe: callers who give size may be refused'
  const must = 'spec yes: callers must now give size'
  check([
    ['required', {}, { required_inputs: [pattern, size] }, must, refused],
    ['optional', { optional_inputs: [] }, { optional_inputs: [size] }, leftOut, refused],
    ['optional, and the list with it', {}, { optional_inputs: [size] }, leftOut, refused],
    [
      'required by its own word',
      { optional_inputs: [] },
      { optional_inputs: [{ ...size, required: true }] },
      must,
      refused,
    ],
    ['optional by its own word', {}, { required_inputs: [pattern, { ...size, required: false }] }, leftOut, refused],
    [
      'an empty list',
      {},
      { optional_inputs: [] },
      'spec no: there is nothing in it',
      'spec no: there is nothing in it',
    ],
  ])

  test('a list of required ones that comes or goes is as bad as the worst of them', () => {
    const { required_inputs: _, ...without } = aPattern()
    const list = { required_inputs: [size, { name: 'a' }, { name: 'b', required: false }] }
    expect(said(without, { ...without, ...list })).toEqual([
      'spec yes: callers must now give size; callers must now give a',
    ])
    expect(said({ ...without, ...list }, without)).toEqual([
      'spec maybe: callers who give size may be refused; callers who give a may be refused; callers who give b may be refused',
    ])
  })
})

describe('an input that moves from one list to the other', () => {
  const optional = (fields: JsonObject = {}) => ({
    required_inputs: [],
    optional_inputs: [{ name: 'size', ...fields }],
  })
  const required = (fields: JsonObject = {}) => ({
    required_inputs: [{ name: 'size', ...fields }],
    optional_inputs: [],
  })
  const stays = 'spec no: size is still there'

  test('from optional to required is one that callers must give', () => {
    expect(said(aPattern(optional()), aPattern(required()))).toEqual([stays, 'spec yes: callers must now give size'])
  })

  test('from required to optional is one that they may leave out', () => {
    expect(said(aPattern(required()), aPattern(optional()))).toEqual(['spec no: callers may now leave size out', stays])
  })

  test('together with its whole list', () => {
    const { required_inputs: _, ...pattern } = aPattern()
    const before = { ...pattern, optional_inputs: [{ name: 'size' }] }
    const after = { ...pattern, required_inputs: [{ name: 'size' }] }
    expect(said(before, after)).toEqual([stays, 'spec yes: callers must now give size'])
    expect(said(after, before)).toEqual(['spec no: callers may now leave size out', stays])
  })

  test('by a word of its own is no change, in either list', () => {
    expect(said(aPattern(optional({ required: true })), aPattern(required()))).toEqual([
      stays,
      'spec no: size may be left out as little or as much as before',
    ])
  })

  test('is judged by what else changes about it', () => {
    expect(said(aPattern(required({ type: 'string' })), aPattern(optional({ type: 'integer' })))).toEqual([
      'spec yes: callers give size as another type',
      stays,
    ])
    expect(said(aPattern(required()), aPattern(optional({ default: 1, description: 'D.' })))).toEqual([
      'spec maybe: callers who leave size out may get another result',
      stays,
    ])
  })
})

describe('an output', () => {
  const output = (...fields: JsonObject[]) => ({ expected_outputs: fields })
  const lines = { name: 'lines', type: 'array' }
  check([
    [
      'that comes or goes',
      output(lines),
      output(lines, { name: 'count' }),
      'spec no: callers need not read count',
      'spec yes: callers who read count no longer get it',
    ],
    [
      'of another type',
      output(lines),
      output({ ...lines, type: 'string' }),
      'spec yes: callers read lines as another type',
      'spec yes: callers read lines as another type',
    ],
    [
      'of no known type',
      output({ name: 'lines' }),
      output(lines),
      'spec no: nothing was said about the type of lines before',
      'spec maybe: callers can no longer rely on the type of lines',
    ],
    [
      'that is not always there, said',
      output(lines),
      output({ ...lines, required: false }),
      'spec no: callers who read lines get it as often as before',
      'spec no: callers who read lines get it as often as before',
    ],
    [
      'that is always there',
      output(lines),
      output({ ...lines, required: true }),
      'spec no: callers who read lines get it as often as before',
      'spec maybe: callers who read lines may not always get it',
    ],
    [
      'described',
      output(lines),
      output({ ...lines, description: 'D.' }),
      'metadata no: only people read it',
      'metadata no: only people read it',
    ],
    [
      'with an unknown field',
      output(lines),
      output({ ...lines, unit: 'kb' }),
      'metadata no: the format does not know unit',
      'metadata no: the format does not know unit',
    ],
  ])

  test('all of them come and go as one', () => {
    const { expected_outputs: _, ...without } = aPattern()
    expect(said(without, aPattern())).toEqual(['spec no: callers need not read lines'])
    expect(said(aPattern(), without)).toEqual(['spec yes: callers who read lines no longer get it'])
  })
})
