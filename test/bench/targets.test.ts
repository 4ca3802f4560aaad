import { expect, test } from 'vitest'
import type { Mode } from '../../load/bench/options.ts'
import type { Cell, CellFigures, NodeResults, SizeResults } from '../../load/bench/results.ts'
import { limitOf, measuredOf, ratio, type Target, targetsOf, verdictOf } from '../../load/bench/targets.ts'

const target = (given: Partial<Target>): Target => ({
  what: 'something',
  limit: 2,
  isUpper: true,
  unit: 'times',
  measured: 1,
  ...given,
})

test.each([
  [target({ limit: 1.5, measured: 1.5 }), '≤ 1.5 ×', '1.5 ×', 'met'],
  [target({ limit: 1.5, measured: 3 }), '≤ 1.5 ×', '3 ×', 'missed by 100 %'],
  [target({ limit: 1.5, measured: 1.501 }), '≤ 1.5 ×', '1.5 ×', 'missed by 1 %'],
  [target({ limit: 1 / 8, measured: 1 / 10 }), '≤ 1/8', '1/10', 'met'],
  [target({ limit: 1 / 8, measured: 1 / 4 }), '≤ 1/8', '1/4', 'missed by 100 %'],
  [target({ limit: 1 / 8, measured: 2.4 }), '≤ 1/8', '2.4 ×', 'missed by 1820 %'],
  [target({ limit: 15, measured: 20, isUpper: false }), '≥ 15 ×', '20 ×', 'met'],
  [target({ limit: 15, measured: 12, isUpper: false }), '≥ 15 ×', '12 ×', 'missed by 20 %'],
  [target({ limit: 150, measured: 149.9, unit: 'MB' }), '≤ 150 MB', '150 MB', 'met'],
  [target({ limit: 97, measured: 99.4, isUpper: false, unit: '%' }), '≥ 97 %', '99 %', 'met'],
  [target({ measured: undefined }), '≤ 2 ×', '–', 'not measured'],
  [target({ measured: Number.NaN }), '≤ 2 ×', '–', 'not measured'],
])('%# says what was asked for, what was found, and whether that is enough', (given, limit, measured, verdict) => {
  expect([limitOf(given), measuredOf(given), verdictOf(given)]).toEqual([limit, measured, verdict])
})

const figures = (cpuMicros: number, requestsPerSecond: number): CellFigures => ({
  cpuMicros,
  requestsPerSecond,
  databaseMicros: 0,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 3,
  rssMb: 100,
})

function cell(contestant: string, mode: Mode, rounds: readonly CellFigures[]): Cell {
  const [first] = rounds
  if (!first) throw new Error('A cell has rounds')
  return { contestant, mode, median: first, rounds, requests: 1, failed: 0, answerBytes: 1 }
}

test('a ratio is the median of the ratios of the rounds, so that a busy moment of the machine is in both', () => {
  const cells = [
    cell('ours', 'repeated', [figures(40, 1), figures(120, 1), figures(44, 1)]),
    cell('bare', 'repeated', [figures(40, 1), figures(100, 1), figures(40, 1)]),
  ]
  expect(ratio(cells, 'cpuMicros', 'repeated', 'ours', 'bare')).toBeCloseTo(1.1)
  expect(ratio(cells, 'cpuMicros', 'unrepeated', 'ours', 'bare')).toBeUndefined()
  expect(ratio(cells, 'cpuMicros', 'repeated', 'ours', 'yoga')).toBeUndefined()
})

const size: SizeResults = {
  tools: 200,
  answerBytes: 6_000,
  comparisons: [],
  cells: [
    cell('ours', 'repeated', [figures(40, 20_000)]),
    cell('bare', 'repeated', [figures(40, 20_000)]),
    cell('postgraphile', 'repeated', [figures(1_000, 1_000)]),
    cell('yoga', 'repeated', [figures(2_000, 500)]),
    cell('ours-no-response-cache', 'unrepeated', [figures(200, 4_000)]),
    cell('postgraphile', 'unrepeated', [figures(1_000, 900)]),
    cell('bare', 'unrepeated', [figures(40, 20_000)]),
  ],
  rssMb: 160,
  hitRate: 0.985,
  firstAnswer: { writes: 60, oursMs: 6, jsonAggMs: 4 },
  soak: { minutes: 4, rssMb: [90, 120, 121, 126] },
}
const results: NodeResults = {
  node: 'v20.20.2',
  postgraphileNode: 'v24.21.0',
  sizes: [size],
  growth: [
    { contestant: 'ours-no-response-cache', read: 'list', tools: [200, 20_000], cpuMicros: [100, 140] },
    { contestant: 'json-agg', read: 'search by name', tools: [200, 20_000], cpuMicros: [100, 900] },
  ],
  fanout: {
    subscribers: 5e3,
    changes: 15,
    sides: [
      {
        contestant: 'ours',
        firstMs: 5,
        lastMs: 100,
        cpuMicros: 16,
        rssKbPerSubscriber: 12,
      },
      {
        contestant: 'yoga',
        firstMs: 200,
        lastMs: 400,
        cpuMicros: 80,
        rssKbPerSubscriber: 20,
      },
    ],
  },
  import: undefined,
}

test('each target of the issue is a line, of ours against the peer that it names', () => {
  const lines = new Map(targetsOf(results).map((each) => [each.what, `${measuredOf(each)} ${verdictOf(each)}`]))
  expect(lines.get('repeated reads, CPU: bare node:http, 200 tools')).toBe('1 × met')
  expect(lines.get('never-repeated reads, CPU: PostGraphile, 200 tools')).toBe('1/5 missed by 60 %')
  expect(lines.get('never-repeated reads, CPU: bare node:http, 200 tools')).toBe('5 × missed by 25 %')
  expect(lines.get('whole mix, throughput: PostGraphile, 200 tools')).toBe('20 × met')
  expect(lines.get('whole mix, throughput: plain Yoga, 200 tools')).toBe('40 × met')
  expect(lines.get('whole mix, throughput: Apollo, 200 tools')).toBe('– not measured')
  expect(lines.get('growth of CPU from 200 to 20,000 tools: list')).toBe('1.4 × met')
  // Only the growth of ours counts.
  expect(lines.get('growth of CPU: search by name')).toBe('– not measured')
  expect(lines.get('first answer after a write: json_agg, 200 tools')).toBe('1.5 × met')
  expect(lines.get('memory under load, 200 tools')).toBe('160 MB missed by 7 %')
  // 126 MB after 120 MB: the first minute fills the caches.
  expect(lines.get('memory at the end of a soak: after its second minute, 200 tools')).toBe('1.1 × met')
  expect(lines.get('response cache, hits in the repeated mix, 200 tools')).toBe('99 % met')
  expect(lines.get('fan-out to 5,000, last delivery: Yoga + graphql-ws')).toBe('1/4 met')
  expect(lines.get('fan-out to 5,000, CPU per delivery: Yoga + graphql-ws')).toBe('1/5 met')
  expect(lines.get('fan-out to 5,000, memory of each: Yoga + graphql-ws')).toBe('1/1.7 missed by 20 %')
  expect(lines.get('import, from start to end')).toBe('– not measured')
})

test('a large catalog may take more memory', () => {
  const large = targetsOf({ ...results, sizes: [{ ...size, tools: 20_000 }] })
  expect(large.find(({ what }) => what === 'memory under load, 20,000 tools')).toMatchObject({
    limit: 300,
    measured: 160,
  })
})

test('where PostGraphile ran on another Node, its lines say so', () => {
  const noted = targetsOf(results).filter(({ note }) => note !== undefined)
  expect(noted.map(({ what }) => what)).toSatisfy((lines: string[]) =>
    lines.every((line) => line.includes('PostGraphile')),
  )
  expect(noted[0]?.note).toBe('PostGraphile on v24.21.0')
  expect(targetsOf({ ...results, node: 'v24.21.0' }).every(({ note }) => note === undefined)).toBe(true)
})
