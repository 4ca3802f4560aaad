import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backoff } from '../../src/client/backoff.ts'
import { higher, isHigher, lower } from '../../src/client/revision.ts'

/** The longest and the shortest of many waits at the same try. */
function waits(tries: number): { shortest: number; longest: number } {
  const all = Array.from({ length: 500 }, () => {
    const backoff = new Backoff({ minMs: 1_000, maxMs: 30_000 })
    for (let before = 0; before < tries; before++) backoff.next()
    return backoff.next()
  })
  return { shortest: Math.min(...all), longest: Math.max(...all) }
}

test.each([
  [0, 1_000],
  [1, 2_000],
  [4, 16_000],
  [5, 30_000],
  [2_000, 30_000],
])('after %i tries the wait is anything up to %i ms', (tries, bound) => {
  const { shortest, longest } = waits(tries)
  expect(longest).toBeLessThanOrEqual(bound)
  expect(longest).toBeGreaterThan(bound * 0.9)
  expect(shortest).toBeLessThan(bound * 0.1)
})

test('what worked begins with short waits again, and what waiting does not mend waits long', () => {
  const backoff = new Backoff({ minMs: 1_000, maxMs: 30_000 })
  for (let tries = 0; tries < 10; tries++) backoff.next()
  backoff.reset()
  expect(backoff.next()).toBeLessThanOrEqual(1_000)
  expect(backoff.slow()).toBeGreaterThanOrEqual(15_000)
  expect(backoff.slow()).toBeLessThanOrEqual(30_000)
})

test('revisions are compared as the numbers that they are', () => {
  const revision = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(revision, revision, (a, b) => {
      expect(isHigher(String(a), String(b))).toBe(a > b)
      expect(higher(String(a), String(b))).toBe(String(a > b ? a : b))
      expect(lower(String(a), String(b))).toBe(String(a > b ? b : a))
    }),
    {
      examples: [
        [9n, 10n],
        [10n, 9n],
        [7n, 7n],
      ],
    },
  )
})
