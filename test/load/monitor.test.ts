import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSchema, parse, validate } from 'graphql'
import { afterAll, expect, test } from 'vitest'
import { cpuOfStat, parsePs, readMachine, readProcess } from '../../load/monitor/process-figures.ts'
import { gauge, parseSamples, rate, share } from '../../load/monitor/series.ts'
import { NotToldError, parseStatistics, STATISTICS_QUERY } from '../../load/monitor/server-statistics.ts'
import { Monitor, type Sample } from '../../load/monitor.ts'
import { STATISTICS } from './figures.ts'

const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-monitor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const answerOf = (performanceStatistics: unknown) => ({ data: { performanceStatistics } })

test('processor time is read from proc(5), also of a command with blanks and parentheses', () => {
  const fields = `S 1 1 1 0 -1 4194304 100 0 0 0 250 150 0 0 20 0`
  expect(cpuOfStat(`42 (node) ${fields}`)).toBe(4)
  expect(cpuOfStat(`42 (a (b) c) ${fields}`)).toBe(4)
})

test('where there is no proc(5), ps(1) says it', () => {
  expect(parsePs('  2048    1:02\n')).toEqual({ cpuSeconds: 62, rssBytes: 2_097_152 })
  expect(parsePs('10 0:00.25')).toEqual({ cpuSeconds: 0.25, rssBytes: 10_240 })
  expect(parsePs('1 2-03:04:05')).toEqual({ cpuSeconds: 183_845, rssBytes: 1_024 })
  expect(parsePs('')).toBeUndefined()
})

test('a process that works uses processor time and memory; one that is gone has neither', () => {
  const before = readProcess(process.pid)
  // Processor time and not the clock's: others may have the machine.
  const start = process.cpuUsage()
  while (process.cpuUsage(start).user < 100_000);
  const after = readProcess(process.pid)
  expect((after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)).toBeGreaterThan(0.05)
  expect(after?.rssBytes).toBeGreaterThan(10_000_000)
  expect(readProcess(2 ** 22 + 1)).toBeUndefined()
  expect(readMachine().busySeconds).toBeGreaterThan(0)
})

test('what the server says of itself is taken, with fields that we do not know', () => {
  expect(parseStatistics(answerOf({ ...STATISTICS, at: 'now' }))).toEqual(STATISTICS)
})

test('what is asked of the server is in its schema', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'))
  expect(validate(schema, parse(STATISTICS_QUERY))).toEqual([])
})

test('a server that refuses, or answers something else, is said to', () => {
  const refusal = { errors: [{ message: 'Cannot query field "performanceStatistics"' }] }
  expect(() => parseStatistics(refusal)).toThrow(new NotToldError('Cannot query field "performanceStatistics"'))
  expect(() => parseStatistics(answerOf({ process: {} }))).toThrow(/not understood[\s\S]*rssBytes/)
  expect(() => parseStatistics(answerOf(null))).toThrow(NotToldError)
})

const sample = (second: number, more: Partial<Sample>): Sample => ({
  at: second * 1_000,
  machine: { busySeconds: 0, cores: 2 },
  ...more,
})
const hits = ({ statistics }: Sample) => statistics?.caches[0]?.hits
const lookUps = ({ statistics }: Sample) => {
  const cache = statistics?.caches[0]
  return cache && cache.hits + cache.misses
}
const counted = (second: number, found: number, missed: number) =>
  sample(second, {
    statistics: {
      ...STATISTICS,
      caches: [
        { ...STATISTICS.caches[0], name: 'tools', hits: found, misses: missed, evictions: 0, entries: 1, bytes: 1 },
      ],
    },
  })

test('counts become rates, also over a look that was missed, and over a restart', () => {
  const cpu = (second: number, cpuSeconds: number) => sample(second, { server: { cpuSeconds, rssBytes: 0 } })
  const { points } = rate(
    'server',
    [cpu(0, 10), cpu(1, 10.5), sample(2, {}), cpu(3, 12.5), cpu(4, 0.25)],
    (one) => one.server?.cpuSeconds,
  )
  expect(points).toEqual([
    [1_000, 0.5],
    [3_000, 1],
    [4_000, 0.25],
  ])
})

test('the hit rate is of the look-ups since the look before; without any there is none', () => {
  const samples = [counted(0, 0, 0), counted(1, 3, 1), counted(2, 3, 1), counted(3, 13, 1)]
  expect(share('tools', samples, hits, lookUps).points).toEqual([
    [1_000, 75],
    [2_000, null],
    [3_000, 100],
  ])
})

test('what is not known is a hole in the line', () => {
  const memory = gauge(
    'rss',
    [sample(0, {}), sample(1, { server: { cpuSeconds: 0, rssBytes: 7 } })],
    (one) => one.server?.rssBytes,
  )
  expect(memory.points).toEqual([
    [0, null],
    [1_000, 7],
  ])
})

test('samples are read in the order of their time, and a line that was cut off is left out', () => {
  const text = `${JSON.stringify(sample(2, {}))}\n${JSON.stringify(sample(1, {}))}\n{"at":3`
  expect(parseSamples(text).map(({ at }) => at)).toEqual([1_000, 2_000])
})

/** A server that gives these answers, one after the other, and then the last one again and again. */
async function answering(answers: readonly object[]) {
  let asked = 0
  const server = createServer((_, response) => {
    response.end(JSON.stringify(answers[Math.min(asked++, answers.length - 1)]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  afterAll(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/graphql`, asked: () => asked }
}

async function monitorFor(
  ms: number,
  watched: { url: string; key?: string },
): Promise<{ samples: Sample[]; notTold: string | undefined }> {
  const file = join(folder, `${Math.random()}.ndjson`)
  const monitor = new Monitor({ pid: process.pid, k6: () => undefined, file, key: undefined, ...watched })
  await new Promise((resolve) => setTimeout(resolve, ms))
  await monitor.stop()
  return { samples: parseSamples(readFileSync(file, 'utf8')), notTold: monitor.notTold }
}

test('the monitor looks once a second, at the process and at what the server says', async () => {
  const { url } = await answering([answerOf(STATISTICS)])
  const { samples, notTold } = await monitorFor(2_300, { url, key: 'k' })
  expect(samples.length).toBeGreaterThanOrEqual(2)
  expect(notTold).toBeUndefined()
  expect(samples.at(-1)?.statistics).toEqual(STATISTICS)
  expect(samples.at(-1)?.server?.rssBytes).toBeGreaterThan(10_000_000)
})

test('an old server, or none of the keys that it takes, leaves the figures of the process, and is not asked again', async () => {
  const { url, asked } = await answering([{ errors: [{ message: 'Cannot query field' }] }])
  const { samples, notTold } = await monitorFor(1_300, { url, key: 'k' })
  expect(notTold).toBe('Cannot query field')
  expect(asked()).toBe(1)
  expect(samples).toHaveLength(2)
  expect(samples.every(({ server, statistics }) => server && !statistics)).toBe(true)
  expect((await monitorFor(100, { url })).notTold).toMatch(/key of an admin/)
})

test('a server that cannot be reached now may be later', async () => {
  const { samples, notTold } = await monitorFor(100, { url: 'http://127.0.0.1:1/graphql', key: 'k' })
  expect(notTold).toBeUndefined()
  expect(samples).toHaveLength(1)
})
