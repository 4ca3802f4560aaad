import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { operationRows, series } from '../../load/report/k6-record.ts'
import { lineChart, niceTicks } from '../../load/report/line-chart.ts'
import { drawReport, MONITOR_FILE, RUN_FILE, readFigures, writeReport } from '../../load/report/report.ts'
import { escapeHtml, formatFigure } from '../../load/report/text.ts'
import { thresholdRows, verdictOf } from '../../load/report/thresholds.ts'
import { K6_FILES } from '../../load/run/k6-command.ts'
import { summaryLines } from '../../load/run/summary-lines.ts'
import { RECORD, RECORD_TEXT, RUN, STATISTICS, SUMMARY, sampleAt } from './figures.ts'

const SAMPLES = [1, 2, 3, 4].map((second) => sampleAt(second))
const SPAN = { from: 0, to: 10_000 }

test('what k6 recorded is read second by second, though metrics come later and are left out when nothing happened', () => {
  expect(series(RECORD, 'p95', 'http_req_duration{name:list}', 'p(95)').points).toEqual([
    [2_000, null],
    [3_000, 8],
    [4_000, null],
  ])
  expect(series(RECORD, 'requests', 'http_reqs{name:list}', 'rate', 0).points).toEqual([
    [2_000, 5],
    [3_000, 2],
    [4_000, 0],
  ])
  expect(series(RECORD, 'users', 'vus', 'value').points.map(([, value]) => value)).toEqual([3, 4, 4])
})

test('operations are told apart, with the figures of the whole run', () => {
  expect(operationRows(RECORD)).toEqual([{ name: 'list', requests: 8, failed: 2, p50: 3, p95: 8, p99: 8.5, most: 9 }])
})

test('each threshold says what was measured, and whether it held', () => {
  expect(thresholdRows(SUMMARY)).toEqual([
    { metric: 'checks', limit: 'rate>0.99', value: '99.50 %', isHeld: true },
    { metric: 'http_req_duration{scenario:reads}', limit: 'p(95)<50', value: '49.9 ms', isHeld: true },
    { metric: 'http_req_duration{scenario:reads}', limit: 'p(99)<100', value: '120.5 ms', isHeld: false },
    { metric: 'revision_gaps', limit: 'count==0', value: '0', isHeld: true },
  ])
})

test('what is only late is told apart from what is broken', () => {
  const rows = thresholdRows(SUMMARY)
  const also = (metric: string) => [...rows, { metric, limit: 'x', value: 'y', isHeld: false }]
  expect(verdictOf(rows.filter(({ isHeld }) => isHeld))).toBe('held')
  expect(verdictOf(rows)).toBe('late')
  expect(verdictOf(also('dropped_iterations{scenario:reads}'))).toBe('late')
  expect(verdictOf(also('catalog_delivery_ms'))).toBe('late')
  for (const metric of ['revision_gaps', 'catalog_deliveries', 'checks', 'http_req_failed{scenario:reads}'])
    expect(verdictOf(also(metric))).toBe('broken')
})

test('ticks are round, begin with nothing and reach what was measured', () => {
  expect(niceTicks(9)).toEqual([0, 5, 10])
  expect(niceTicks(47)).toEqual([0, 20, 40, 60])
  expect(niceTicks(0.3)).toEqual([0, 0.1, 0.2, 0.3])
  expect(niceTicks(0)).toEqual([0, 1])
})

const pathsOf = (svg: string) => [...svg.matchAll(/<path class="line c\d" d="([^"]*)"/g)].map(([, path]) => path)

test('a line goes where its values are: upwards, from the left to the right, broken where nothing is known', () => {
  const chart = lineChart({
    ...SPAN,
    title: 't',
    unit: 'u',
    series: [
      {
        label: 'a',
        points: [
          [0, 0],
          [5_000, 10],
          [6_000, null],
          [10_000, 5],
        ],
      },
    ],
  })
  // 640 × 200, with room for the labels: 48 to the left, 8 to the right and above, 22 below.
  expect(pathsOf(chart)).toEqual(['M48.0 178.0L340.0 8.0M632.0 93.0L632.0 93.0'])
  expect(chart).toContain('mean 5, most 10')
})

test('a limit is drawn when it is near, and said when it is not', () => {
  const chart = (limit: number) =>
    lineChart({
      ...SPAN,
      title: 't',
      unit: 'u',
      limit,
      series: [
        {
          label: 'a',
          points: [
            [0, 10],
            [1, 20],
          ],
        },
      ],
    })
  expect(chart(50)).toContain('class="limit"')
  expect(chart(100)).not.toContain('class="limit"')
  expect(chart(100)).toContain('limit 100, far above')
})

test('a chart of nothing says so', () => {
  const chart = lineChart({ ...SPAN, title: '<b>', unit: 'u', series: [{ label: 'a', points: [[0, null]] }] })
  expect(chart).toContain('Nothing was measured')
  expect(chart).toContain('&lt;b&gt;')
  expect(chart).not.toContain('<svg')
})

test('figures have three digits, and text cannot become markup', () => {
  expect([0, 1234.5, 99.94, 0.12345, 0.00123].map(formatFigure)).toEqual(['0', '1,235', '99.9', '0.123', '0.001'])
  expect(escapeHtml(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;')
})

test('the report is one page that needs nothing from elsewhere, with the verdict and every plot', () => {
  const samples = SAMPLES.map((sample) => ({ ...sample, statistics: STATISTICS }))
  const page = drawReport({ run: RUN, summary: SUMMARY, record: RECORD, samples }, undefined)
  expect(page).toContain('took too long')
  expect(page).toContain('2 × &lt;processor&gt;')
  expect(page).not.toMatch(/<script|<link|\bsrc=|@import|url\(/)
  for (const title of [
    'Requests',
    'Reads: time',
    'Processors',
    'Memory',
    'Event loop lag',
    'Garbage',
    'Database connections',
    'Cache hits',
    'Size of the caches',
  ])
    expect(page).toMatch(new RegExp(`<figcaption><b>${title}`))
  // Half a core, and the whole of one.
  expect(page).toContain('server <span>mean 0.5, most 0.5')
  expect(page).toContain('whole machine <span>mean 1, most 1')
  expect(page).toContain('90.0 %')
})

test('a run within its limits is told apart from one that is not', () => {
  const { checks, revision_gaps: gaps } = SUMMARY.metrics
  if (!checks || !gaps) throw new Error('the fixture has both')
  const page = drawReport(
    { run: RUN, summary: { ...SUMMARY, metrics: { checks, gaps } }, record: RECORD, samples: SAMPLES },
    undefined,
  )
  expect(page).toContain('Every threshold was held')
  expect(page).not.toContain('crossed')
  const broken = { ...SUMMARY.metrics, revision_gaps: { ...gaps, thresholds: { 'count==0': { ok: false } } } }
  expect(
    drawReport({ run: RUN, summary: { ...SUMMARY, metrics: broken }, record: RECORD, samples: SAMPLES }, undefined),
  ).toContain('Thresholds were crossed')
})

test('without the figures of the server the report says why, and shows those of the process', () => {
  const run = { ...RUN, notTold: 'it takes the key of an admin' }
  const page = drawReport({ run, summary: SUMMARY, record: RECORD, samples: SAMPLES }, undefined)
  expect(page).toContain('it takes the key of an admin')
  expect(page).toContain('<b>Processors</b>')
  expect(page).not.toContain('<b>Event loop lag</b>')
})

test("a run's folder is all that its report needs, and k6's dashboard is inside of it", () => {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-report-'))
  try {
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
    write(RUN_FILE, JSON.stringify(RUN))
    write(K6_FILES.summary, JSON.stringify(SUMMARY))
    write(K6_FILES.record, RECORD_TEXT)
    write(K6_FILES.dashboard, '<p title="x">drawn</p>')
    write(MONITOR_FILE, SAMPLES.map((sample) => `${JSON.stringify(sample)}\n`).join(''))
    const figures = readFigures(folder)
    expect(figures).toEqual({ run: { ...RUN, notTold: undefined }, summary: SUMMARY, record: RECORD, samples: SAMPLES })
    const page = readFileSync(writeReport(folder, figures), 'utf8')
    expect(page).toContain('srcdoc="&lt;p title=&quot;x&quot;&gt;drawn&lt;/p&gt;"')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the terminal gets the operations and each threshold', () => {
  const lines = summaryLines({ run: { ...RUN, notTold: 'no key' }, summary: SUMMARY, record: RECORD, samples: SAMPLES })
  expect(lines).toContain('operation  requests  failed  p50 ms  p95 ms  p99 ms')
  expect(lines).toContain('list              8       2       3       8     8.5')
  expect(lines.some((line) => /^CROSSED http_req_duration\{scenario:reads\} +p\(99\)<100 +120\.5 ms$/.test(line))).toBe(
    true,
  )
  expect(lines.at(-1)).toMatch(/no key/)
})
