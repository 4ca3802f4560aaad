import { describe, expect, test } from 'vitest'
import { addPattern, removeCapability, updateCapability, updatePattern } from '../../src/definition/edit.ts'
import type { JsonObject } from '../../src/definition/json.ts'

const none = { fields: {}, removed: [] }

describe('policy and preference_match are merged, one level deep', () => {
  const before = pattern({ policy: { max_cost: 5, extra: { a: 1 }, note: null }, preference_match: { speed: 1 } })
  test.each<[string, JsonObject, JsonObject]>([
    [
      'a field is replaced and another added',
      { policy: { max_cost: 6, requires_approval: true } },
      { policy: { max_cost: 6, extra: { a: 1 }, note: null, requires_approval: true }, preference_match: { speed: 1 } },
    ],
    [
      'null removes, and a mapping inside is replaced',
      { policy: { max_cost: null, extra: { b: 2 }, unheard_of: null } },
      { policy: { extra: { b: 2 }, note: null }, preference_match: { speed: 1 } },
    ],
    [
      'preference_match likewise',
      { preference_match: { speed: null, cost: 0.5 } },
      { policy: { max_cost: 5, extra: { a: 1 }, note: null }, preference_match: { cost: 0.5 } },
    ],
    [
      'other mappings are replaced',
      { output_schema: { a: null } },
      {
        policy: { max_cost: 5, extra: { a: 1 }, note: null },
        preference_match: { speed: 1 },
        output_schema: { a: null },
      },
    ],
  ])('%s', (_name, fields, after) => {
    expect(updatePattern(before, 'c', 'p', { fields, removed: [] })).toEqual(pattern(after))
  })

  test('a whole policy is removed by name, and a new one has no nulls', () => {
    const removed = updatePattern(before, 'c', 'p', { fields: {}, removed: ['policy'] })
    expect(removed).toEqual(pattern({ preference_match: { speed: 1 } }))
    const fields = { policy: { max_cost: null, production_safe: true } }
    expect(updatePattern(removed, 'c', 'p', { fields, removed: [] })).toEqual(
      pattern({ preference_match: { speed: 1 }, policy: { production_safe: true } }),
    )
  })
})

test('a new pattern has no nulls in its policy, and keeps them elsewhere', () => {
  const fields = { policy: { max_cost: null, production_safe: true }, output_schema: { a: null } }
  expect(addPattern({ capabilities: { c: {} } }, 'c', 'p', fields)).toEqual(
    pattern({ policy: { production_safe: true }, output_schema: { a: null } }),
  )
})

describe('a part that also says its name inside', () => {
  const inside = (said: string) => ({ capabilities: { a: { capability_name: said } } })
  test('goes on saying the same when it is renamed', () => {
    expect(updateCapability(inside('a'), 'a', { ...none, name: 'b' })).toEqual({
      capabilities: { b: { capability_name: 'b' } },
    })
  })

  test('goes on saying something else when it did', () => {
    expect(updateCapability(inside('z'), 'a', { ...none, name: 'b' })).toEqual({
      capabilities: { b: { capability_name: 'z' } },
    })
  })

  test('keeps a name that was written as a number', () => {
    const document = { capabilities: [{ capability_name: 7 }, { capability_name: 'a' }] }
    expect(removeCapability(document, 'a')).toEqual({ capabilities: [{ capability_name: 7 }] })
    expect(updateCapability(document, '7', { ...none, name: 'seven' })).toEqual({
      capabilities: [{ capability_name: 'seven' }, { capability_name: 'a' }],
    })
  })
})

function pattern(fields: JsonObject): JsonObject {
  return { capabilities: { c: { patterns: { p: fields } } } }
}
