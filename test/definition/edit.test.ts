import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDefinition } from '../../src/definition/definition.ts'
import {
  addCapability,
  addPattern,
  removeCapability,
  removePattern,
  updateCapability,
  updatePattern,
} from '../../src/definition/edit.ts'
import type { JsonObject } from '../../src/definition/json.ts'

const asMapping: JsonObject = {
  tool_name: 'x',
  capabilities: {
    Read: { icon: 'r', patterns: { All: { scope: 'batch', weight: 1 }, some: {} }, description: 'Read.' },
    write: { description: 'Write.' },
  },
  zeta: 1,
}
const asList: JsonObject = {
  tool_name: 'x',
  capabilities: [
    {
      icon: 'r',
      capability_name: 'Read',
      patterns: [{ scope: 'batch', pattern_name: 'All', weight: 1 }, { pattern_name: 'some' }],
      description: 'Read.',
    },
    { capability_name: 'write', description: 'Write.' },
  ],
  zeta: 1,
}
type Edit = (document: JsonObject) => JsonObject
const none = { fields: {}, removed: [] }

/** What an edit makes of the two shapes: the parts of the mapping, and those of the list. */
const EDITS: [string, Edit, JsonObject, JsonObject[]][] = [
  [
    'a capability is added at the end',
    (document) => addCapability(document, 'new', { description: 'N.' }),
    { ...mapping(), new: { description: 'N.' } },
    [...list(), { capability_name: 'new', description: 'N.' }],
  ],
  [
    'a capability is added at its place, whatever it says its name is',
    (document) => addCapability(document, 'new', { description: 'N.', capability_name: 'old' }, 1),
    { Read: mapping().Read ?? null, new: { description: 'N.' }, write: { description: 'Write.' } },
    list().toSpliced(1, 0, { capability_name: 'new', description: 'N.' }),
  ],
  [
    'a capability is renamed in its place, found in any case',
    (document) => updateCapability(document, 'READ', { ...none, name: 'look' }),
    { look: mapping().Read ?? null, write: { description: 'Write.' } },
    list().with(0, { ...list()[0], capability_name: 'look' }),
  ],
  [
    'only the case of a name changes',
    (document) => updateCapability(document, 'read', { ...none, name: 'READ' }),
    { READ: mapping().Read ?? null, write: { description: 'Write.' } },
    list().with(0, { ...list()[0], capability_name: 'READ' }),
  ],
  [
    'fields of a capability are replaced, added and removed, and its name is not one of them',
    (document) =>
      updateCapability(document, 'write', {
        fields: { icon: 'w', description: 'Put.', capability_name: 'no' },
        removed: ['capability_name', 'nothing'],
      }),
    { ...mapping(), write: { description: 'Put.', icon: 'w' } },
    list().with(1, { capability_name: 'write', description: 'Put.', icon: 'w' }),
  ],
  [
    'a capability is removed',
    (document) => removeCapability(document, 'read'),
    { write: { description: 'Write.' } },
    list().slice(1),
  ],
  [
    'all capabilities are removed, and the empty shape stays',
    (document) => removeCapability(removeCapability(document, 'read'), 'Write'),
    {},
    [],
  ],
  [
    'the first pattern of a capability makes a mapping',
    (document) => addPattern(document, 'WRITE', 'p', { scope: 'batch' }),
    { ...mapping(), write: { description: 'Write.', patterns: { p: { scope: 'batch' } } } },
    list().with(1, { capability_name: 'write', description: 'Write.', patterns: { p: { scope: 'batch' } } }),
  ],
  [
    'a pattern is added at the front',
    (document) => addPattern(document, 'read', 'first', { scope: 'batch' }, 0),
    withPatterns({ first: { scope: 'batch' }, All: { scope: 'batch', weight: 1 }, some: {} }),
    listWithPatterns([
      { pattern_name: 'first', scope: 'batch' },
      { scope: 'batch', pattern_name: 'All', weight: 1 },
      { pattern_name: 'some' },
    ]),
  ],
  [
    'a pattern is renamed and changed in its place',
    (document) =>
      updatePattern(document, 'read', 'all', {
        name: 'ALL',
        fields: { scope: 'one' },
        removed: ['weight', 'pattern_name'],
      }),
    withPatterns({ ALL: { scope: 'one' }, some: {} }),
    listWithPatterns([{ scope: 'one', pattern_name: 'ALL' }, { pattern_name: 'some' }]),
  ],
  [
    'a pattern is removed',
    (document) => removePattern(document, 'read', 'SOME'),
    withPatterns({ All: { scope: 'batch', weight: 1 } }),
    listWithPatterns([{ scope: 'batch', pattern_name: 'All', weight: 1 }]),
  ],
]

describe.each(EDITS)('%s', (_name, edit, mappingAfter, listAfter) => {
  const text = (document: JsonObject) => JSON.stringify(document)

  test('in the shape that is there, in order, with the rest as it was', () => {
    expect(text(edit(asMapping))).toBe(text({ ...asMapping, capabilities: mappingAfter }))
    expect(text(edit(asList))).toBe(text({ ...asList, capabilities: listAfter }))
  })

  test('under the wrapper', () => {
    expect(text(edit({ a: 1, tool: asList }))).toBe(text({ a: 1, tool: { ...asList, capabilities: listAfter } }))
  })

  test('without a change of what was given', () => {
    const before = structuredClone(asMapping)
    edit(asMapping)
    expect(asMapping).toEqual(before)
  })
})

test('the first capability makes a mapping', () => {
  expect(addCapability({ tool_name: 'x' }, 'a', { description: 'A.' })).toEqual({
    tool_name: 'x',
    capabilities: { a: { description: 'A.' } },
  })
})

test.each([
  [-5, 0],
  [-1, 0],
  [0, 0],
  [1, 1],
  [2, 2],
  [99, 2],
  [undefined, 2],
])('position %s of two capabilities is place %i', (position, place) => {
  for (const document of [asMapping, asList]) {
    const { capabilities } = readDefinition(addCapability(document, 'new', {}, position))
    expect(capabilities.findIndex(({ name }) => name === 'new')).toBe(place)
  }
})

test('a part that is added and removed again leaves the document as it was, at any place', () => {
  const names = fc.stringMatching(/^[a-z_]{1,6}$/).filter((name) => !['read', 'write', 'all', 'some'].includes(name))
  fc.assert(
    fc.property(names, fc.integer({ min: -1, max: 4 }), fc.constantFrom(asMapping, asList), (name, place, document) => {
      const upper = name.toUpperCase()
      const bigger = addPattern(addCapability(document, name, { a: 1 }, place), 'read', name, { b: 2 }, place)
      const same = removeCapability(removePattern(bigger, 'READ', upper), upper)
      expect(JSON.stringify(same)).toBe(JSON.stringify(document))
    }),
  )
})

function mapping(): JsonObject {
  return asMapping.capabilities as JsonObject
}

function list(): JsonObject[] {
  return asList.capabilities as JsonObject[]
}

function withPatterns(patterns: JsonObject): JsonObject {
  return { ...mapping(), Read: { icon: 'r', patterns, description: 'Read.' } }
}

function listWithPatterns(patterns: JsonObject[]): JsonObject[] {
  return list().with(0, { icon: 'r', capability_name: 'Read', patterns, description: 'Read.' })
}
