import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions, nextVersion, versionSortKey } from '../../src/definition/version-order.ts'

test.each([
  [
    'the chain of semver.org §11',
    [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ],
  ],
  ['major, minor and patch by value', ['1.0.0', '2.0.0', '2.1.0', '2.1.1', '2.1.10', '2.10.0', '10.0.0']],
  ['loose versions', ['1.0', '1.2', '1.10', '2', '2.0.1', 'v3', '3.1-rc', '3.1']],
  ['numbers before words in a pre-release', ['1.0.0-1', '1.0.0-2', '1.0.0-10', '1.0.0-1a', '1.0.0-a']],
  ['case and signs in a pre-release, by ASCII', ['1.0.0--', '1.0.0-A', '1.0.0-a', '1.0.0-a-', '1.0.0-aa']],
  ['more identifiers after fewer', ['1.0.0-a', '1.0.0-a.0', '1.0.0-a.0.0', '1.0.0-a.a', '1.0.0-a-b']],
  ['what is no version, before all that are', ['2024/10/03', 'build7', 'final', '0.0.0-0', '0.0.1']],
])('versions are ordered: %s', (_name, versions) => {
  for (const [i, left] of versions.entries()) {
    for (const [j, right] of versions.entries()) {
      expect(compareVersions(left, right), `${left} and ${right}`).toBe(Math.sign(i - j))
    }
  }
})

test.each([
  ['1.0.0+linux', '1.0.0+windows'],
  ['1.0', '1.0.0'],
  ['2.0.0', 'v2'],
])('%s and %s stand for the same version, and only their text orders them', (first, second) => {
  expect(versionSortKey(first)).toBe(versionSortKey(second))
  expect(compareVersions(first, second)).toBe(-1)
  expect(compareVersions(second, first)).toBe(1)
  expect(compareVersions(first, first)).toBe(0)
})

const identifiers = fc.oneof(fc.nat(20).map(String), fc.stringMatching(/^[0-9A-Za-z-]{0,3}[A-Za-z-]$/))
const semantic = fc
  .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.array(identifiers, { maxLength: 3 }))
  .map(([major, minor, patch, rest]) => ({
    release: [major, minor, patch],
    rest,
    text: `${major}.${minor}.${patch}${rest.length > 0 ? `-${rest.join('.')}` : ''}`,
  }))

test('sort keys compare as semver.org §11 says, step by step', () => {
  fc.assert(
    fc.property(semantic, semantic, (a, b) => {
      expect(compareVersions(a.text, b.text)).toBe(precedence(a, b))
      expect(versionSortKey(a.text) === versionSortKey(b.text)).toBe(a.text === b.text)
    }),
    { numRuns: 1000 },
  )
})

interface Parts {
  readonly release: readonly number[]
  readonly rest: readonly string[]
}

function precedence(a: Parts, b: Parts): number {
  for (const [index, value] of a.release.entries()) {
    const difference = value - (b.release[index] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  if (a.rest.length === 0 || b.rest.length === 0) return Math.sign(b.rest.length - a.rest.length)
  for (const [index, left] of a.rest.entries()) {
    const right = b.rest[index]
    if (right === undefined) return 1
    if (left === right) continue
    const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)]
    if (leftIsNumber && rightIsNumber) return Math.sign(Number(left) - Number(right))
    if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1
    return left < right ? -1 : 1
  }
  return a.rest.length === b.rest.length ? 0 : -1
}

test.each([
  ['1.2.3', [], '1.2.4'],
  ['1.2.3', ['1.2.4', '1.2.5'], '1.2.6'],
  ['1.0', [], '1.0.1'],
  ['2', [], '2.0.1'],
  ['v1.10', ['1.10.1'], '1.10.2'],
  ['1.0.0-rc.1', [], '1.0.1'],
  ['final', [], 'final.1'],
  ['final', ['final.1'], 'final.2'],
])('the next version after %s with %j taken is %s', (version, taken, expected) => {
  expect(nextVersion(version, new Set(taken))).toBe(expected)
})

test('the next version is free and comes after', () => {
  fc.assert(
    fc.property(semantic, fc.array(fc.nat(5)), ({ text, release }, steps) => {
      const taken = new Set(steps.map((step) => `${release[0]}.${release[1]}.${(release[2] ?? 0) + step}`))
      const next = nextVersion(text, taken)
      expect(taken.has(next)).toBe(false)
      expect(compareVersions(next, text)).toBe(1)
    }),
  )
})
