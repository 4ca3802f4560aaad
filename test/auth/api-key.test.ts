import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apiKeyPrefix, generateApiKey, hashApiKey, isApiKey } from '../../src/auth/api-key.ts'

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

test('a key has a prefix that scanners find, 30 random characters and a checksum', () => {
  const key = generateApiKey()
  expect(key).toMatch(/^tcat_[0-9A-Za-z]{36}$/)
  expect(isApiKey(key)).toBe(true)
})

test('the format stays: a key that was made by an earlier version is still one', () => {
  // Python's zlib.crc32 of the 30 characters is 4039328943, which is 4PMbyp in base62.
  expect(isApiKey('tcat_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp')).toBe(true)
})

test('keys differ, and use every character about equally often', () => {
  const keys = Array.from({ length: 4_000 }, generateApiKey)
  expect(new Set(keys).size).toBe(4_000)
  const counts = new Map<string, number>()
  for (const key of keys)
    for (const character of key.slice(5, 35)) counts.set(character, (counts.get(character) ?? 0) + 1)
  expect(counts.size).toBe(62)
  // 1935 of each on average, with a standard deviation of 44; bytes modulo 62 would give eight of them 2344.
  for (const count of counts.values()) expect(Math.abs(count - 1_935)).toBeLessThan(300)
})

test('no key survives the change of a single character, nor the swap of two neighbours', () => {
  const place = fc.nat({ max: 40 })
  fc.assert(
    fc.property(place, fc.constantFrom(...CHARACTERS.split('')), (at, character) => {
      const key = generateApiKey()
      fc.pre(key[at] !== character)
      expect(isApiKey(key.slice(0, at) + character + key.slice(at + 1))).toBe(false)
    }),
    { numRuns: 5_000 },
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 39 }), (at) => {
      const key = generateApiKey()
      const [first = '', second = ''] = key.slice(at, at + 2)
      fc.pre(first !== second)
      expect(isApiKey(key.slice(0, at) + second + first + key.slice(at + 2))).toBe(false)
    }),
    { numRuns: 2_000 },
  )
})

test('what is not a key is refused: cut off, too long, with spaces or a line break, or something else', () => {
  const key = generateApiKey()
  const others = ['', 'tcat_', key.slice(0, -1), `${key}a`, ` ${key}`, `${key}\n`, key.slice(5), key.toUpperCase()]
  expect(others.filter(isApiKey)).toEqual([])
  fc.assert(fc.property(fc.string(), (text) => !isApiKey(text)))
})

test('a key is stored as its SHA-256 and recognised by its first characters', () => {
  // SHA-256 test vector of FIPS 180-2, appendix B.1.
  expect(hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(apiKeyPrefix('tcat_0123456789')).toBe('tcat_0123')
})
