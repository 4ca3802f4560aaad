import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffDocuments } from '../../src/definition/diff.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { jsonValues, keys } from './json-values.ts'

const withPattern = (fields: JsonObject) =>
  aDefinition({
    capabilities: { text_search: { description: 'Find text.', patterns: { search_files: aPattern(fields) } } },
  })
const P = 'capabilities.text_search.patterns.search_files'

describe('two ways of writing the same thing are no difference', () => {
  const { tool_name, ...rest } = aDefinition()
  const listShape = aDefinition({
    capabilities: [
      {
        capability_name: 'text_search',
        description: 'Find text.',
        patterns: [{ pattern_name: 'search_files', ...aPattern() }],
      },
    ],
  })
  test.each<[string, JsonObject]>([
    ['the same document', aDefinition()],
    ['lists of capabilities and patterns', listShape],
    ['name instead of tool_name', { name: tool_name ?? null, ...rest }],
    ['the tool: wrapper', { tool: aDefinition() }],
    ['another order of keys', Object.fromEntries(Object.entries(aDefinition()).reverse())],
  ])('%s', (_name, document) => {
    expect(diffDocuments(aDefinition(), document)).toEqual([])
    expect(diffDocuments(document, aDefinition())).toEqual([])
  })

  test('inputs in another order', () => {
    const [a, b] = [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'string' },
    ]
    expect(diffDocuments(withPattern({ required_inputs: [a, b] }), withPattern({ required_inputs: [b, a] }))).toEqual(
      [],
    )
  })
})

test('added, removed and changed fields are said by path, in path order', () => {
  const before = aDefinition({ owner: 'ops', metadata: { tags: ['a'], author: 'x' } })
  const after = aDefinition({ version: '1.1.0', metadata: { tags: ['a', 'b'], author: 'x' }, status: 'deprecated' })
  expect(diffDocuments(before, after)).toEqual([
    { path: 'metadata.tags', before: ['a'], after: ['a', 'b'] },
    { path: 'owner', before: 'ops' },
    { path: 'status', after: 'deprecated' },
    { path: 'version', before: '1.0.0', after: '1.1.0' },
  ])
})

test('a change deep in a pattern is said by the names on the way, also against the list shape', () => {
  const list = aDefinition({
    capabilities: [
      {
        capability_name: 'text_search',
        description: 'Find text.',
        patterns: [{ pattern_name: 'search_files', ...aPattern({ complexity_score: 0.9 }) }],
      },
    ],
  })
  expect(diffDocuments(aDefinition(), list)).toEqual([{ path: `${P}.complexity_score`, before: 0.2, after: 0.9 }])
})

test('capabilities, patterns and inputs that come and go are said whole', () => {
  const input = { name: 'depth', type: 'integer', description: 'How deep.' }
  const after = aDefinition({
    capabilities: {
      text_search: {
        description: 'Find text.',
        patterns: { search_files: aPattern({ optional_inputs: [input] }), other: { scope: 'batch' } },
      },
      extra: { description: 'New.' },
    },
  })
  expect(diffDocuments(aDefinition(), after)).toEqual([
    { path: 'capabilities.extra', after: { description: 'New.' } },
    { path: 'capabilities.text_search.patterns.other', after: { scope: 'batch' } },
    { path: `${P}.optional_inputs`, after: { depth: { type: 'integer', description: 'How deep.' } } },
  ])
  expect(diffDocuments(after, aDefinition()).map(({ path, after: now }) => [path, now])).toEqual([
    ['capabilities.extra', undefined],
    ['capabilities.text_search.patterns.other', undefined],
    [`${P}.optional_inputs`, undefined],
  ])
})

test('null is a value: to have it and not to have it differ', () => {
  expect(diffDocuments(aDefinition(), aDefinition({ x: null }))).toEqual([{ path: 'x', after: null }])
  expect(diffDocuments(aDefinition({ x: null }), aDefinition({ x: 0 }))).toEqual([
    { path: 'x', before: null, after: 0 },
  ])
})

test('a document never differs from itself, and differences turn round when the two do', () => {
  const documents = fc.dictionary(keys, jsonValues, { noNullPrototype: true }).map((extra) => aDefinition(extra))
  fc.assert(
    fc.property(documents, documents, (a, b) => {
      expect(diffDocuments(a, structuredClone(a))).toEqual([])
      const turned = diffDocuments(b, a).map(({ path, before, after }) => ({
        path,
        ...(after === undefined ? {} : { before: after }),
        ...(before === undefined ? {} : { after: before }),
      }))
      const byText = (x: object, y: object) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1)
      expect(diffDocuments(a, b).sort(byText)).toEqual(turned.sort(byText))
    }),
  )
})

test('fields with the names of what every object inherits come and go like others', () => {
  const after = aDefinition({ toString: 'x', defaults: { valueOf: 1 } })
  expect(diffDocuments(aDefinition({ defaults: {} }), after)).toEqual([
    { path: 'defaults.valueOf', after: 1 },
    { path: 'toString', after: 'x' },
  ])
})
