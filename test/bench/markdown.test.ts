import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderResults, table } from '../../load/bench/markdown.ts'
import type { NodeResults, Results, SizeResults } from '../../load/bench/results.ts'
import { OBSTACLES } from '../../load/bench/targets.ts'

test('a table has a line for each row, figures to the right, and its cells cannot break it', () => {
  expect(table(['who', 'µs'], [['a|b', '1']])).toEqual(['| who | µs |', '| --- | ---: |', '| a\\|b | 1 |', ''])
})

const figures = {
  databaseMicros: Number.NaN,
  requestsPerSecond: 1_234.5,
  p50Ms: 1.25,
  p95Ms: 9.94,
  p99Ms: 40.4,
  rssMb: 99.6,
}
const cell = (contestant: string, cpuMicros: number, failed = 0) => ({
  contestant,
  mode: 'repeated' as const,
  requests: 5e3,
  failed,
  answerBytes: 1,
  median: {
    ...figures,
    cpuMicros,
  },
  rounds: [
    {
      ...figures,
      cpuMicros,
    },
  ],
})
const results: Results = {
  at: '2026-11-25T01:02:03.000Z',
  machine: { cpu: 'EPYC', cores: 2, memoryGb: 24, load: [0.1, 2] },
  database: 'PostgreSQL 15.20',
  versions: { 'Tool Catalog': '0.1.0', pg: '8.23.1' },
  settings: { rounds: 5, seconds: 3, connections: 50 },
  minutes: 12,
  nodes: [
    {
      node: 'v20.20.2',
      postgraphileNode: 'v24.21.0',
      growth: [],
      fanout: undefined,
      import: undefined,
      sizes: [
        {
          tools: 2e4,
          answerBytes: 6144,
          rssMb: 120,
          hitRate: undefined,
          firstAnswer: undefined,
          soak: undefined,
          comparisons: [
            {
              contestant: 'yoga',
              answers: 60,
              differences: [],
            },
            {
              contestant: 'apollo',
              answers: 60,
              differences: [
                {
                  read: 'list',
                  path: 'tools.nodes[0].name',
                  ours: 'a',
                  theirs: 'b',
                },
              ],
            },
          ],
          cells: [cell('bare', 40), cell('ours', 50), cell('postgraphile', 1e3, 3)],
        },
      ],
    },
  ],
}

test('the page names the machine, the date, every version, and who ran on another Node', () => {
  const page = renderResults(results)
  expect(page).toContain('2026-11-25, 2 × EPYC, 24 GB, PostgreSQL 15.20, 12 minutes.')
  expect(page).toContain('Versions: Tool Catalog 0.1.0, pg 8.23.1.')
  expect(page).toContain('## Node v20.20.2 (PostGraphile on v24.21.0: it does not run on this one)')
})

test('a row has processor time first, and its ratios to the bare server and to PostGraphile', () => {
  const page = renderResults(results)
  expect(page).toContain('| **Tool Catalog** | 50 | 1.25 | 0.050 | – | 1,235 | 1.3 | 9.9 | 40 | 100 | 0 |')
  expect(page).toContain(
    '| PostGraphile 5 (Amber) | 1000 | 25.00 | 1.00 | – | 1,235 | 1.3 | 9.9 | 40 | 100 | 3 of 5000 |',
  )
  expect(page).not.toContain('Mercurius')
})

test('a peer whose answers differ is named, with the difference', () => {
  expect(renderResults(results)).toContain(
    '**Answers differ from ours, and are not timed: apollo (list, tools.nodes[0].name: "b" and not "a").**',
  )
})

test('a target that was missed leads to what stands in the way, which is on the page', () => {
  const page = readFileSync('load/README.md', 'utf8')
  for (const obstacle of OBSTACLES) expect(page).toContain(`\n#### ${obstacle}\n`)
  const slow = { ...results.nodes[0]?.sizes[0], cells: [cell('bare', 40), cell('ours', 80)] } as SizeResults
  const missed = renderResults({ ...results, nodes: [{ ...(results.nodes[0] as NodeResults), sizes: [slow] }] })
  expect(missed).toContain('| ≤ 1.5 × | 2 × | missed by 33 % ([why](README.md#http-itself)) |')
})

test('the targets come first', () => {
  const page = renderResults(results)
  expect(page).toContain('| repeated reads, CPU: bare node:http, 20,000 tools | ≤ 1.5 × | 1.3 × | met |')
  expect(page.indexOf('### Targets')).toBeLessThan(page.indexOf('### 20,000 tools'))
})
