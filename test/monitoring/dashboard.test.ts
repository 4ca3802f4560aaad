import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FAILURES } from '../../monitoring/grafana/expressions.ts'
import { allAlerts, dashboard, MONITORING, readYaml, shownPanels } from './monitoring-files.ts'

const { panels, templating, annotations } = dashboard()
const SOURCE = { type: 'prometheus', uid: `\${datasource}` }

test('it has the panels that the operations page speaks of', () => {
  expect(shownPanels().length).toBeGreaterThanOrEqual(11)
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const titles = shownPanels().map(({ title }) => title)
  const named = [...page.matchAll(/panel “([^”]+)”/g)].map(([, title]) => title)
  expect(named.length).toBeGreaterThan(0)
  for (const title of named) expect(titles).toContain(title)
})

test('every id and every title is there once', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
})

test('no panel lies on another, and none beside the grid', () => {
  const taken = new Map<string, string>()
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x}/${y}`), `${title} lies on it`).toBeUndefined()
        taken.set(`${x}/${y}`, title)
      }
  }
})

test.each(shownPanels())('$title says what it shows, in which unit, from the chosen source and servers', (panel) => {
  expect(panel.description).toMatch(/^[A-Z0-9].{10,}\.$/)
  expect(panel.fieldConfig?.defaults.unit).toMatch(/^[a-zA-Z]+$/)
  expect(panel.datasource).toEqual(SOURCE)
  expect(panel.targets).not.toEqual([])
  expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length)
  for (const { datasource, expr, legendFormat } of panel.targets) {
    expect(datasource).toEqual(SOURCE)
    expect(legendFormat).not.toBe('')
    // Each selector, or a dashboard of one server shows a little of another.
    expect(expr.match(/\b(tool_catalog|process|nodejs)_\w+/g)?.length).toBe(
      expr.match(/instance=~"\$instance"/g)?.length,
    )
    expect(expr).not.toMatch(/\brate\([^[]*\[(?!\$__rate_interval)/)
  }
})

test('thresholds have the colours of the severities', () => {
  const colours = { P1: 'red', P2: 'orange', P3: 'yellow' } as Record<string, string>
  const severity = (name: string) => allAlerts().find(({ alert }) => alert === name)?.labels.severity ?? ''
  const steps = (title: string) =>
    shownPanels().find((panel) => panel.title === title)?.fieldConfig?.defaults.thresholds.steps
  expect(steps('How long queries take')).toEqual([
    { color: 'green', value: null },
    { color: colours[severity('ToolCatalogQueriesAbove50ms')], value: 0.05 },
    { color: colours[severity('ToolCatalogQueriesAbove100ms')], value: 0.1 },
  ])
  expect(steps('Hit rate by cache')).toEqual([
    { color: colours[severity('ToolCatalogCacheHitRateBelow50')], value: null },
    { color: colours[severity('ToolCatalogCacheHitRateBelow80')], value: 0.5 },
    { color: 'green', value: 0.8 },
  ])
})

test('it counts the same failures as the alerts', () => {
  expect(readFileSync(`${MONITORING}alerts.yml`, 'utf8')).toContain(`tool_catalog_operation_errors_total{${FAILURES}}`)
})

test('the reader chooses source and servers, and sees reloads', () => {
  expect(templating.list).toEqual([
    expect.objectContaining({ name: 'datasource', type: 'datasource' }),
    expect.objectContaining({ name: 'instance', type: 'query', multi: true, includeAll: true }),
  ])
  expect(annotations.list.map(({ name }) => name)).toEqual(['Reloads that succeeded', 'Reloads that failed'])
})

test('Grafana is told of the source and of the folder', () => {
  expect(readYaml('grafana/provisioning/datasources/prometheus.yml')).toMatchObject({
    apiVersion: 1,
    datasources: [{ type: 'prometheus', url: expect.stringMatching(/^http:/), isDefault: true }],
  })
  expect(readYaml('grafana/provisioning/dashboards/tool-catalog.yml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', options: { path: expect.stringMatching(/^\//) } }],
  })
})
