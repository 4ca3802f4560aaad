import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, digest } from '../../src/definition/canonical.ts'
import { isList, isObject, type Json } from '../../src/definition/json.ts'
import { jsonValues } from './json-values.ts'

describe('the examples of RFC 8785', () => {
  test('§3.2.2 and §3.2.3: numbers, escapes, literals and sorted keys', () => {
    const input =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    expect(canonicalJson(JSON.parse(input))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('§3.2.3: keys are sorted by UTF-16 code units, not by code points', () => {
    const keys = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    const order = [...canonicalJson(keys).matchAll(/":"([^"]*)"/g)].map((match) => match[1])
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  test.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-5e-324, '-5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [1.0000000000000001e23, '1.0000000000000001e+23'],
    [999999999999999900000, '999999999999999900000'],
    [1e21, '1e+21'],
    [333333333.3333332, '333333333.3333332'],
    [333333333.33333325, '333333333.33333325'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [Number('1424953923781206.25'), '1424953923781206.2'],
  ])('appendix B: %d is written %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })
})

test('the digest is that of the canonical text, as any other tool computes it', () => {
  // printf '{"a":1,"b":[true,null]}' | sha256sum
  expect(digest({ b: [true, null], a: 1 })).toBe(
    'sha256:1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668',
  )
})

test('the order of keys never changes the digest', () => {
  fc.assert(
    fc.property(jsonValues, (value) => {
      const shuffled = reversed(value)
      expect(digest(shuffled)).toBe(digest(value))
    }),
  )
})

test('the canonical text is JSON of the same value, and different values never share one', () => {
  fc.assert(
    fc.property(jsonValues, jsonValues, (a, b) => {
      expect(JSON.parse(canonicalJson(a))).toEqual(a)
      const isSame = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(canonicalJson(a) === canonicalJson(b)).toBe(isSame)
    }),
  )
})

test('changing any one value changes the digest', () => {
  fc.assert(
    fc.property(jsonValues, fc.nat(), (value, seed) => {
      expect(digest(changedAt(value, seed))).not.toBe(digest(value))
    }),
  )
})

function mapKeys(value: Json, order: (keys: string[]) => string[]): Json {
  if (isList(value)) return value.map((item) => mapKeys(item, order))
  if (!isObject(value)) return value
  return Object.fromEntries(order(Object.keys(value)).map((key) => [key, mapKeys(value[key] ?? null, order)]))
}
const reversed = (value: Json) => mapKeys(value, (keys) => keys.reverse())
const sorted = (value: Json) => mapKeys(value, (keys) => keys.sort())

/** The same value with one leaf, chosen by `seed`, replaced by another. */
function changedAt(value: Json, seed: number): Json {
  const entries = isList(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
  const chosen = entries[seed % Math.max(entries.length, 1)]
  if (!chosen)
    return typeof value === 'string'
      ? `${value}!`
      : isList(value)
        ? [0]
        : isObject(value)
          ? { added: 0 }
          : value === 0
            ? 1
            : 0
  const [at, item] = chosen
  const changed = changedAt(item, Math.floor(seed / entries.length))
  if (isList(value)) return value.map((old, index) => (index === at ? changed : old))
  return { ...(isObject(value) ? value : {}), [at]: changed }
}
