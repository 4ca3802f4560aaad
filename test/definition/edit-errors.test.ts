import { describe, expect, test } from 'vitest'
import {
  addCapability,
  addPattern,
  PartExistsError,
  PartNotFoundError,
  removeCapability,
  removePattern,
  updateCapability,
  updatePattern,
} from '../../src/definition/edit.ts'
import type { JsonObject } from '../../src/definition/json.ts'

const asMapping: JsonObject = { capabilities: { Read: { patterns: { All: {}, some: {} } }, write: {} } }
const asList: JsonObject = {
  capabilities: [
    { capability_name: 'Read', patterns: [{ pattern_name: 'All' }, { pattern_name: 'some' }] },
    { capability_name: 'write' },
  ],
}
type Edit = (document: JsonObject) => JsonObject
const none = { fields: {}, removed: [] }

describe('what cannot be done is said by kind and name', () => {
  test.each<[string, Edit, 'capability' | 'pattern', string]>([
    ['update of a capability', (d) => updateCapability(d, 'nope', none), 'capability', 'nope'],
    ['removal of a capability', (d) => removeCapability(d, 'nope'), 'capability', 'nope'],
    ['a pattern of no capability', (d) => addPattern(d, 'nope', 'p', {}), 'capability', 'nope'],
    ['update of a pattern of no capability', (d) => updatePattern(d, 'nope', 'p', none), 'capability', 'nope'],
    ['removal of a pattern of no capability', (d) => removePattern(d, 'nope', 'p'), 'capability', 'nope'],
    ['update of a pattern', (d) => updatePattern(d, 'read', 'nope', none), 'pattern', 'nope'],
    ['removal of a pattern', (d) => removePattern(d, 'read', 'nope'), 'pattern', 'nope'],
    ['a pattern where there are none', (d) => removePattern(d, 'write', 'All'), 'pattern', 'All'],
  ])('not there: %s', (_name, edit, kind, partName) => {
    for (const document of [asMapping, asList]) {
      expect(() => edit(document)).toThrow(PartNotFoundError)
      expect(() => edit(document)).toThrow(expect.objectContaining({ kind, partName }))
    }
  })

  test.each<[string, Edit, 'capability' | 'pattern', string]>([
    ['a capability', (d) => addCapability(d, 'READ', {}), 'capability', 'Read'],
    [
      'the new name of a capability',
      (d) => updateCapability(d, 'write', { ...none, name: 'rEAD' }),
      'capability',
      'Read',
    ],
    ['a pattern', (d) => addPattern(d, 'read', 'ALL', {}), 'pattern', 'All'],
    ['the new name of a pattern', (d) => updatePattern(d, 'read', 'some', { ...none, name: 'all' }), 'pattern', 'All'],
  ])('there already: %s', (_name, edit, kind, partName) => {
    for (const document of [asMapping, asList]) {
      expect(() => edit(document)).toThrow(PartExistsError)
      expect(() => edit(document)).toThrow(expect.objectContaining({ kind, partName }))
    }
  })

  test('nothing is there in a document without capabilities', () => {
    expect(() => updateCapability({}, 'a', none)).toThrow(PartNotFoundError)
    expect(() => addPattern({}, 'a', 'p', {})).toThrow(PartNotFoundError)
  })
})
