import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { OperationTimings } from '../../src/performance/operation-timings.ts'

test('percentiles are exact to 1 %, over all that was recorded', () => {
  const timings = new OperationTimings()
  for (let ms = 1; ms <= 1_000; ms++) timings.record('List', ms, ms % 10 === 0)
  const [list] = timings.figures()
  expect(list).toMatchObject({ name: 'List', count: 1_000, errors: 100 })
  for (const [actual, wanted] of [
    [list?.p50Ms, 500],
    [list?.p95Ms, 950],
    [list?.p99Ms, 990],
  ] as const) {
    expect(actual).toBeGreaterThan(wanted * 0.99)
    expect(actual).toBeLessThan(wanted * 1.01)
  }
})

test('what takes less than a microsecond, or more than ten minutes, is counted all the same', () => {
  const timings = new OperationTimings()
  timings.record('Fast', 0, false)
  timings.record('Slow', 3_600_000, false)
  const figures = Object.fromEntries(timings.figures().map(({ name, count, p99Ms }) => [name, { count, p99Ms }]))
  expect(figures.Fast).toEqual({ count: 1, p99Ms: 0.001 })
  expect(figures.Slow?.count).toBe(1)
  expect(figures.Slow?.p99Ms).toBeGreaterThan(590_000)
})

test('those without a name, and those behind the first 200, are counted together', () => {
  const timings = new OperationTimings()
  timings.record(undefined, 1, false)
  for (let index = 0; index < 10_000; index++) timings.record(`Name${index}`, 1, index >= 9_000)
  const figures = timings.figures()
  expect(figures).toHaveLength(201)
  // 199 names beside `(unnamed)`.
  expect(figures[0]).toMatchObject({ name: '(other)', count: 9_801, errors: 1_000 })
  expect(figures.find(({ name }) => name === '(unnamed)')?.count).toBe(1)
  timings.record('Name0', 1, false)
  expect(timings.figures().find(({ name }) => name === 'Name0')?.count).toBe(2)
})

test('long names are cut, and do not keep what they were cut from', () => {
  const timings = new OperationTimings()
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < 200; index++) {
    // As the lexer of GraphQL does: a part of a document.
    const document = Buffer.alloc(1_000_000, `query Name${index}${'x'.repeat(1_000)} `).toString('latin1')
    timings.record(document.slice(6, 800), 1, false)
  }
  expect(timings.figures().map(({ name }) => name.length)).toEqual(Array(200).fill(100))
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000)
})
