import { readFileSync } from 'node:fs'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { METRICS, type Metric, PREFIX } from '../../src/metrics.ts'
import {
  allAlerts,
  allRules,
  evaluationOrders,
  expressions,
  RULE_TESTS,
  ruleGroups,
  ruleTests,
} from './monitoring-files.ts'
import { groupedLabels, recordedMetrics, selectedMetrics } from './promql-names.ts'

const alerts = allAlerts()

describe('alerts', () => {
  test('there are enough of them, in groups, of three severities', () => {
    expect(alerts.length).toBeGreaterThanOrEqual(18)
    expect(ruleGroups().filter(({ rules }) => rules.some(({ alert }) => alert)).length).toBeGreaterThanOrEqual(7)
    expect(new Set(alerts.map(({ labels }) => labels.severity))).toEqual(new Set(['P1', 'P2', 'P3']))
  })

  test.each(alerts)('$alert waits, says what it is about and how bad it is', (alert) => {
    expect(alert.alert).toMatch(/^ToolCatalog[A-Z]\w+$/)
    expect(alert.for).toMatch(/^\d+[mh]$/)
    expect(alert.labels.concern).toMatch(/^[a-z-]+$/)
    expect(alert.annotations.summary).toMatch(/^[A-Z].{15,}/)
    expect(alert.annotations.description).toContain('{{ $value')
  })

  test.each(alerts)('$alert names a heading of the operations page', ({ annotations }) => {
    const [page = '', anchor = ''] = annotations.runbook_url?.split('#') ?? []
    expect(page).toBe('docs/operations.md')
    expect(anchors(readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8'))).toContain(anchor)
  })

  test.each(alerts)('$alert has a case in which it fires, not too early, and one in which it does not', ({ alert }) => {
    const cases = ruleTests().filter((one) => one.alert === alert)
    expect(cases.filter(({ fires, waits }) => fires && waits)).not.toEqual([])
    expect(cases.filter(({ fires }) => !fires)).not.toEqual([])
    for (const { name, fires } of cases) expect(name).toContain(`${alert} ${fires ? 'fires' : 'stays silent'} `)
  })

  test('the operations page has no page of an alert that is gone', () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const pages = [...page.matchAll(/^#+ (ToolCatalog\w+)$/gm)].map(([, name]) => name)
    expect(pages).toEqual(alerts.map(({ alert }) => alert))
  })
})

test('cases evaluate the groups in their order: promtool takes those that it is not told of at random', () => {
  const groups = ruleGroups().map(({ name }) => name)
  expect(evaluationOrders()).toEqual(RULE_TESTS.map(() => groups))
})

test('recording rules are called level:metric:operation', () => {
  const records = allRules().flatMap(({ record }) => record ?? [])
  expect(records.length).toBeGreaterThan(0)
  for (const record of records) expect(record).toMatch(/^(job|instance):tool_catalog_\w+:\w+$/)
})

test.each(expressions())('$where reads only what there is', ({ expr }) => {
  const records = allRules().flatMap(({ record }) => record ?? [])
  for (const name of recordedMetrics(expr)) expect(records).toContain(name)
  const grouped = groupedLabels(expr)
  const selected = selectedMetrics(expr)
  expect(selected.length + recordedMetrics(expr).length).toBeGreaterThan(0)
  for (const { metric, labels } of selected) {
    expect([...knownLabels.keys()]).toContain(metric)
    for (const label of labels) expect(knownLabels.get(metric)).toContain(label)
  }
  // What it groups by is a label of one of its metrics; records keep the labels in their name.
  const available = new Set(['job', 'instance', ...selected.flatMap(({ metric }) => knownLabels.get(metric) ?? [])])
  for (const label of grouped) expect([...available]).toContain(label)
})

const FROM_SCRAPES = ['job', 'instance']
const knownLabels = new Map<string, readonly string[]>([
  ['up', FROM_SCRAPES],
  ...Object.entries<Metric>(METRICS).flatMap(([name, metric]) => seriesOf(`${PREFIX}${name}`, metric)),
  ...defaultMetrics().map((name) => [name, FROM_SCRAPES] as const),
])

/** The series of a metric: a histogram has three. */
function seriesOf(name: string, { type, labels }: Metric): [string, readonly string[]][] {
  const all = [...FROM_SCRAPES, ...labels]
  if (type !== 'histogram') return [[name, all]]
  return [
    [`${name}_bucket`, [...all, 'le']],
    [`${name}_count`, all],
    [`${name}_sum`, all],
  ]
}

function defaultMetrics(): string[] {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register.getMetricsAsArray().map(({ name }) => name)
}

/** As GitHub makes them: lower case, without signs, blanks as dashes. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
