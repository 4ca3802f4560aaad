import { describe, expect, test } from 'vitest'
import { COMPATIBILITIES, incompatibilities } from '../../src/definition/compatibility.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'

const P = 'capabilities.text_search.patterns.search_files'
const withPattern = (fields: JsonObject) =>
  aDefinition({
    capabilities: { text_search: { description: 'Find text.', patterns: { search_files: aPattern(fields) } } },
  })
const pattern = { name: 'pattern', type: 'string', description: 'What to look for.' }
const lines = { name: 'lines', type: 'array', description: 'What was found.' }
const fromNew = 'seen from the new version, with the old one in its place: '

const before = withPattern({ expected_outputs: [lines, { name: 'count' }] })
const after = withPattern({
  complexity_score: 0.9,
  expected_outputs: [lines, { name: 'files' }],
  required_inputs: [{ ...pattern, type: 'integer' }],
  optional_inputs: [{ name: 'depth' }],
})

test('nothing is held against a version where nothing is asked', () => {
  expect(incompatibilities(before, after, 'none')).toEqual([])
})

test('backward holds what breaks callers of the version before', () => {
  expect(incompatibilities(before, after, 'backward')).toEqual([
    {
      path: `${P}.expected_outputs.count`,
      before: {},
      kind: 'spec',
      breaking: 'yes',
      reason: 'callers who read count no longer get it',
    },
    {
      path: `${P}.required_inputs.pattern.type`,
      before: 'string',
      after: 'integer',
      kind: 'spec',
      breaking: 'yes',
      reason: 'callers give pattern as another type',
    },
  ])
})

test('full also holds what breaks callers of the new version, said in the order of time and once a path', () => {
  const [count, type] = incompatibilities(before, after, 'backward')
  expect(incompatibilities(before, after, 'full')).toEqual([
    count,
    {
      path: `${P}.expected_outputs.files`,
      after: {},
      kind: 'spec',
      breaking: 'yes',
      reason: `${fromNew}callers who read files no longer get it`,
    },
    type,
  ])
})

describe('an input that is required no longer breaks nobody who knew it, and those who leave it out', () => {
  const required = withPattern({})
  const optional = withPattern({ required_inputs: [{ ...pattern, required: false }] })
  test.each([
    ['none', []],
    ['backward', []],
    ['full', [`${fromNew}callers must now give pattern`]],
  ] as const)('%s', (mode, reasons) => {
    expect(incompatibilities(required, optional, mode).map(({ reason }) => reason)).toEqual(reasons)
  })
})

test.each(COMPATIBILITIES)('under %s a version is compatible with itself, and with another description', (mode) => {
  expect(incompatibilities(before, before, mode)).toEqual([])
  expect(incompatibilities(before, { ...before, description: 'Other.', version: '2.0' }, mode)).toEqual([])
})

test('full finds the same paths whichever version came first', () => {
  const paths = (a: JsonObject, b: JsonObject) => incompatibilities(a, b, 'full').map(({ path }) => path)
  expect(paths(before, after)).toEqual(paths(after, before))
  expect(paths(before, after)).toHaveLength(3)
})
