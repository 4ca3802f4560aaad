import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digest } from '../../src/definition/canonical.ts'
import { readDefinition, readIdentity } from '../../src/definition/definition.ts'
import { contentDigest, presentDocument, statedState, withName, withVersion } from '../../src/definition/document.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { STATUSES } from '../../src/definition/vocabulary.ts'
import { aDefinition } from '../support/fixtures.ts'
import { jsonValues, keys } from './json-values.ts'

const { tool_name, ...nameless } = aDefinition()
const SHAPES: [string, JsonObject][] = [
  ['tool_name', aDefinition()],
  ['name', { name: 'grep', ...nameless }],
  ['tool_name under the wrapper', { schema: 2, tool: aDefinition() }],
  ['name under the wrapper', { tool: { ...nameless, name: 'grep' } }],
  ['both names, of which only tool_name is read', { name: 'other', ...aDefinition() }],
]
const text = (document: JsonObject) => JSON.stringify(document)

describe.each(SHAPES)('a document with %s', (_name, document) => {
  test('gets another version, and nothing else changes, nor its order', () => {
    expect(text(withVersion(document, '2.0'))).toBe(text(document).replace('"1.0.0"', '"2.0"'))
  })

  test('gets another name, and nothing else changes, nor its order', () => {
    expect(text(withName(document, 'GREP'))).toBe(text(document).replace('"grep"', '"GREP"'))
    expect(readIdentity(withName(document, 'GREP')).name).toBe('GREP')
  })

  test('is presented as it is when it says all already', () => {
    expect(presentDocument(document, { name: 'grep', status: 'active', enabled: true })).toBe(document)
  })

  test('is presented with the state it is in, right behind its version', () => {
    const presented = presentDocument(document, { name: 'Grep', status: 'deprecated', enabled: false })
    expect(text(presented)).toBe(
      text(document)
        .replace('"grep"', '"Grep"')
        .replace('"version":"1.0.0"', '"version":"1.0.0","enabled":false,"status":"deprecated"'),
    )
  })

  test('has the same content whatever its name and state, and another with any other change', () => {
    const presented = presentDocument(document, { name: 'other-name', status: 'draft', enabled: false })
    expect(contentDigest(presented)).toBe(contentDigest(document))
    expect(contentDigest(withVersion(document, '2.0'))).not.toBe(contentDigest(document))
    expect(contentDigest(presented)).not.toBe(digest(presented))
  })
})

describe('a state is written only where it differs from what the document says', () => {
  const state = { name: 'grep', status: 'active', enabled: true } as const
  test.each<[string, JsonObject, Partial<Parameters<typeof presentDocument>[1]>, JsonObject]>([
    ['a draft that is active now', { status: 'draft' }, {}, { status: 'active' }],
    ['a status that nothing said', {}, { status: 'disabled' }, { status: 'disabled' }],
    ['disabled in the document, enabled now', { enabled: false }, {}, { enabled: true }],
    ['enabled said, disabled now', { enabled: true }, { enabled: false }, { enabled: false }],
    ['an old status, replaced in place', { status: 'testing', z: 1 }, { status: 'draft' }, { status: 'draft', z: 1 }],
  ])('%s', (_name, fields, now, expected) => {
    const presented = presentDocument(aDefinition(fields), { ...state, ...now })
    expect(presented).toEqual(aDefinition(expected))
    if ('status' in fields) expect(Object.keys(presented)).toEqual(Object.keys(aDefinition(fields)))
  })

  test.each<JsonObject>([{ status: 'active' }, { enabled: true }, { status: 'active', enabled: true }])(
    'said already: %j',
    (fields) => {
      const document = aDefinition(fields)
      expect(presentDocument(document, state)).toBe(document)
    },
  )

  test('a name that differs only in case is another spelling, and is written', () => {
    expect(presentDocument(aDefinition(), { ...state, name: 'Grep' })).toEqual(aDefinition({ tool_name: 'Grep' }))
  })
})

test('what a document says of its state is told from what it leaves out', () => {
  expect(statedState(aDefinition())).toEqual({ status: undefined, enabled: undefined })
  expect(statedState(aDefinition({ status: 'draft', enabled: true }))).toEqual({ status: 'draft', enabled: true })
  expect(statedState({ tool: aDefinition({ enabled: false }) })).toEqual({ status: undefined, enabled: false })
  expect(statedState(aDefinition({ status: 'nope', enabled: 'yes' }))).toEqual({
    status: undefined,
    enabled: undefined,
  })
})

test('the content of a document tells tool_name from an unread name, and both from another field', () => {
  const digests = [
    aDefinition(),
    aDefinition({ name: 'unread' }),
    aDefinition({ description: 'Other.' }),
    aDefinition({ Status: 'active' }),
    { tool: aDefinition() },
  ].map(contentDigest)
  expect(new Set(digests).size).toBe(digests.length)
  expect(contentDigest({ name: 'grep', ...nameless })).toBe(contentDigest(aDefinition()))
})

test('whatever else a document holds, it is presented as asked and keeps its content', () => {
  const extras = fc.dictionary(keys, jsonValues, { noNullPrototype: true, maxKeys: 4 })
  const states = fc.record({
    name: fc.constantFrom('grep', 'Grep', 'other'),
    status: fc.constantFrom(...STATUSES),
    enabled: fc.boolean(),
  })
  fc.assert(
    fc.property(extras, states, states, fc.constantFrom(...SHAPES), (extra, first, second, [, shape]) => {
      const document = { ...extra, ...shape }
      const presented = presentDocument(presentDocument(document, first), second)
      expect(readDefinition(presented)).toMatchObject(second)
      expect(contentDigest(presented)).toBe(contentDigest(document))
      expect(presentDocument(presented, second)).toBe(presented)
    }),
  )
})
