import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classifyDifferences } from '../../src/definition/classify.ts'
import { diffDocuments } from '../../src/definition/diff.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { jsonValues, keys } from './json-values.ts'

/** `kind breaking: reason` of each difference. */
const said = (before: JsonObject, after: JsonObject) =>
  classifyDifferences(before, after).map(({ kind, breaking, reason }) => `${kind} ${breaking}: ${reason}`)
const onePattern = (name: string, fields: JsonObject = aPattern()) => ({
  description: 'C.',
  patterns: { [name]: fields },
})

describe('capabilities and patterns', () => {
  const c = onePattern('p')
  const [isNew, isGone] = ['what was there stays', 'no longer find it']
  test.each<[string, JsonObject, JsonObject, string[], string[]]>([
    [
      'a capability',
      { c },
      { c, d: c },
      [`spec no: d is a new capability, and ${isNew}`],
      [`spec yes: callers who use the capability d ${isGone}`],
    ],
    [
      'a pattern',
      { c },
      { c: { ...c, patterns: { ...c.patterns, q: {} } } },
      [`spec no: q is a new pattern, and ${isNew}`],
      [`spec yes: callers who use the pattern q ${isGone}`],
    ],
    [
      'all patterns of a capability',
      { c: { description: 'C.' } },
      { c },
      [`spec no: p is a new pattern, and ${isNew}`],
      [`spec yes: callers who use the pattern p ${isGone}`],
    ],
    [
      'an empty list of patterns',
      { c: { description: 'C.' } },
      { c: { description: 'C.', patterns: {} } },
      ['spec no: there is nothing in it'],
      ['spec no: there is nothing in it'],
    ],
    [
      'another name',
      { c },
      { d: c },
      [`spec yes: callers who use the capability c ${isGone}`, `spec no: d is a new capability, and ${isNew}`],
      [`spec no: c is a new capability, and ${isNew}`, `spec yes: callers who use the capability d ${isGone}`],
    ],
    [
      'the description of a capability',
      { c },
      { c: { ...c, description: 'D.' } },
      ['metadata no: only people read it'],
      ['metadata no: only people read it'],
    ],
    [
      'an unknown field of a capability',
      { c },
      { c: { ...c, icon: 'x' } },
      ['metadata no: the format does not know icon'],
      ['metadata no: the format does not know icon'],
    ],
  ])('%s', (_name, before, after, forth, back) => {
    expect(said(aDefinition({ capabilities: before }), aDefinition({ capabilities: after }))).toEqual(forth)
    expect(said(aDefinition({ capabilities: after }), aDefinition({ capabilities: before }))).toEqual(back)
  })

  test('all of them', () => {
    const { capabilities, ...without } = aDefinition()
    expect(capabilities).toBeDefined()
    expect(said(without, aDefinition())).toEqual([`spec no: text_search is a new capability, and ${isNew}`])
    expect(said(aDefinition(), without)).toEqual([`spec yes: callers who use the capability text_search ${isGone}`])
  })

  test('many of them are said for the first three', () => {
    const names = ['a', 'b', 'c', 'd']
    const capabilities = Object.fromEntries(names.map((name) => [name, {}]))
    const { capabilities: _, ...without } = aDefinition()
    expect(said(aDefinition({ capabilities }), without)).toEqual([
      `spec yes: ${names
        .slice(0, 3)
        .map((name) => `callers who use the capability ${name} ${isGone}`)
        .join('; ')}; and more`,
    ])
  })

  test('a name of which only the case changes breaks nobody, unless something inside does', () => {
    const sameName = 'spec no: only the case of its name changed, and names are compared without it'
    const capabilities = (name: string, pattern: string, fields: JsonObject = {}) =>
      aDefinition({ capabilities: { [name]: onePattern(pattern, aPattern(fields)) } })
    expect(said(capabilities('c', 'p'), capabilities('C', 'p'))).toEqual([sameName, sameName])
    expect(said(capabilities('c', 'p'), capabilities('c', 'P'))).toEqual([sameName, sameName])
    // Upper case sorts first, so the part as it is spelt now comes first.
    expect(said(capabilities('c', 'p'), capabilities('C', 'P', { expected_outputs: [] }))).toEqual([
      'spec yes: callers who read lines no longer get it',
      sameName,
    ])
    const optional = { required_inputs: [], optional_inputs: [{ name: 'pattern' }] }
    expect(said(capabilities('c', 'p', optional), capabilities('c', 'P'))[0]).toBe(
      'spec yes: callers must now give pattern',
    )
  })

  test('a name with dots is not taken for a path', () => {
    const odd = { 'a.patterns.p.policy.max_cost': { description: 'C.' } }
    expect(said(aDefinition({ capabilities: {} }), aDefinition({ capabilities: odd }))).toEqual([
      `spec no: a.patterns.p.policy.max_cost is a new capability, and ${isNew}`,
    ])
  })
})

test('every difference between any two documents is classified, in the order and words of the diff', () => {
  const values = fc.dictionary(keys, jsonValues, { noNullPrototype: true, maxKeys: 3 })
  const fieldNames = fc.constantFrom(
    ...Object.keys(aPattern()),
    'optional_inputs',
    'output_schema',
    'api_parameters',
    'x',
  )
  const documents = fc
    .tuple(values, fc.dictionary(fieldNames, jsonValues, { noNullPrototype: true }), values)
    .map(([top, pattern, rest]) =>
      aDefinition({ ...top, capabilities: { c: { ...rest, patterns: { p: aPattern(pattern), q: rest } } } }),
    )
  fc.assert(
    fc.property(documents, documents, (before, after) => {
      const classified = classifyDifferences(before, after)
      expect(classified.map(({ kind, breaking, reason, ...difference }) => difference)).toEqual(
        diffDocuments(before, after),
      )
      for (const { reason } of classified) expect(reason.trim()).not.toBe('')
      expect(classifyDifferences(before, structuredClone(before))).toEqual([])
    }),
  )
})
