import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATEGORIES, nearestWord, normaliseWord, PLATFORMS } from '../../src/definition/vocabulary.ts'

test.each([
  ['Linux', 'linux'],
  ['Text Processing', 'text-processing'],
  ['text_processing', 'text-processing'],
  ['  --Cross--Platform!! ', 'cross-platform'],
  ['Windows 11 / ARM64', 'windows-11-arm64'],
  ['ＬＩＮＵＸ', 'linux'],
  ['ﬁle', 'file'],
  ['!!!', ''],
  ['', ''],
])('%j is compared as %j', (word, expected) => {
  expect(normaliseWord(word)).toBe(expected)
})

test('accents are dropped without tearing a word apart', () => {
  expect(normaliseWord('Réseau')).toBe('reseau')
  expect(normaliseWord('Re\u0301seau')).toBe('reseau')
})

test('a normalised word has only a-z, 0-9 and single inner dashes, and stays itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (word) => {
      const normal = normaliseWord(word)
      expect(normal).toMatch(/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$/)
      expect(normaliseWord(normal)).toBe(normal)
    }),
  )
})

test('every known platform and category is its own normal form', () => {
  for (const word of [...PLATFORMS, ...CATEGORIES]) expect(normaliseWord(word)).toBe(word)
})

test.each([
  ['linx', 'linux'],
  ['Linux', 'linux'],
  ['kubernets', 'kubernetes'],
  ['contianer', 'container'],
  ['windos', 'windows'],
  ['databse', 'database'],
  ['mainframe', undefined],
  ['xyz', undefined],
  ['', undefined],
])('the known platform nearest to %j is %s', (word, expected) => {
  expect(nearestWord(word, PLATFORMS)).toBe(expected)
})

test('nothing is near when nothing is known', () => {
  expect(nearestWord('linux', [])).toBeUndefined()
})
