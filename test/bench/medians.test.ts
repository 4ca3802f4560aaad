import { expect, test } from 'vitest'
import { median, medianOfEach, percentile, shuffled } from '../../load/bench/medians.ts'

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 100], 10],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

test('a median of nothing is not a number, and its input is left as it was', () => {
  const values = [3, 1, 2]
  median(values)
  expect(values).toEqual([3, 1, 2])
  expect(median([])).toBeNaN()
})

test('a percentile is the smallest value that so many do not exceed', () => {
  const sorted = Float64Array.from({ length: 100 }, (_, i) => i + 1)
  expect(percentile(sorted, 0.5)).toBe(50)
  expect(percentile(sorted, 0.99)).toBe(99)
  expect(percentile(sorted, 1)).toBe(100)
  expect(percentile([7], 0.5)).toBe(7)
  expect(percentile([], 0.5)).toBeNaN()
})

test('each figure has its own median over the rounds', () => {
  const rounds = [
    { cpu: 1, rate: 300 },
    { cpu: 5, rate: 100 },
    { cpu: 2, rate: 200 },
  ]
  expect(medianOfEach(rounds)).toEqual({ cpu: 2, rate: 200 })
  expect(() => medianOfEach([])).toThrow(/one round/)
})

test('every order of the contestants comes up, and nobody is lost', () => {
  const orders = new Set(Array.from({ length: 500 }, () => shuffled(['a', 'b', 'c']).join('')))
  expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
})
