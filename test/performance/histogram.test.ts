import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Counts } from '../../src/performance/counts.ts'
import { Histogram } from '../../src/performance/histogram.ts'

const values = fc.array(fc.integer({ min: 1, max: 2 ** 30 }), { minLength: 1, maxLength: 200 })
const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 30 }), { minLength: 1, maxLength: 20 })

function histogramOf(recorded: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of recorded) histogram.record(value)
  return histogram
}

test('how many values are up to a bound is exact, but for those within 1.6 % of it', () => {
  fc.assert(
    fc.property(values, bounds, (recorded, given) => {
      const ascending = given.sort((a, b) => a - b)
      const counts = histogramOf(recorded).countsUpTo(ascending)
      const most = (bound: number) => recorded.filter((value) => value <= bound).length
      ascending.forEach((bound, index) => {
        expect(counts[index]).toBeGreaterThanOrEqual(most(bound / 1.016 - 1))
        expect(counts[index]).toBeLessThanOrEqual(most(bound * 1.016 + 1))
        expect(counts[index]).toBeGreaterThanOrEqual(counts[index - 1] ?? 0)
      })
    }),
  )
})

test('the sum is that of all values, and two that are merged are one of all values', () => {
  fc.assert(
    fc.property(values, values, (one, other) => {
      const merged = histogramOf(one)
      merged.merge(histogramOf(other))
      const all = histogramOf([...one, ...other])
      expect(merged.sum).toBe([...one, ...other].reduce((sum, value) => sum + value, 0))
      expect(merged.count).toBe(one.length + other.length)
      expect([50, 95, 99].map((percent) => merged.percentile(percent))).toEqual(
        [50, 95, 99].map((percent) => all.percentile(percent)),
      )
    }),
  )
})

test('counts tell a bounded number of values apart, and lose none', () => {
  const counts = new Counts<string>([['known', 'a', 'b']], 10)
  for (let index = 0; index < 1_000; index++) counts.add(`name ${index % 500}`, `${index}`)
  counts.add('known', 'a')
  counts.add('other', 'anything')
  const entries = Array.from(counts.entries())
  expect(entries).toHaveLength(11)
  expect(entries.slice(0, 2)).toEqual([
    ['known', 'a', 1],
    ['known', 'b', 0],
  ])
  expect(entries.find(([first, second]) => first === 'other' && second === 'other')?.[2]).toBe(993)
  expect(entries.reduce((sum, [, , count]) => sum + count, 0)).toBe(1_002)
})
