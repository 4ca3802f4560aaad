import { DATASOURCE, type Panel } from './panel.ts'
import { rows } from './panels/rows.ts'

/** Columns of Grafana's grid. */
const COLUMNS = 24

/** The dashboard as Grafana takes it. */
export function dashboardJson(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`
}

function dashboard() {
  return {
    uid: 'tool-catalog',
    title: 'Tool Catalog',
    description: 'Made by `npm run generate` from monitoring/grafana/: change it there. Alerts: docs/operations.md.',
    tags: ['tool-catalog'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    templating: { list: [datasourceVariable, instanceVariable] },
    annotations: { list: [reloads('succeeded', 'blue'), reloads('failed', 'red')] },
    panels: placed(),
  }
}

const datasourceVariable = {
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
  refresh: 1,
  hide: 0,
}

const instanceVariable = {
  name: 'instance',
  label: 'Server',
  type: 'query',
  datasource: DATASOURCE,
  definition: 'label_values(tool_catalog_build_info, instance)',
  query: { query: 'label_values(tool_catalog_build_info, instance)', refId: 'instance' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
  hide: 0,
}

/** A mark on every graph when a reload of the folder has ended so. */
function reloads(outcome: 'succeeded' | 'failed', iconColor: string) {
  return {
    name: `Reloads that ${outcome}`,
    datasource: DATASOURCE,
    enable: true,
    iconColor,
    expr: `sum by (instance, trigger) (increase(tool_catalog_reloads_total{instance=~"$instance",outcome="${outcome}",trigger!="api"}[2m])) > 0`,
    step: '60s',
    titleFormat: `Reload ${outcome}`,
    textFormat: '{{trigger}} on {{instance}}',
  }
}

/** Rows one below the other, and the panels of a row from left to right, as many lines as it takes. */
function placed() {
  const panels: object[] = []
  let id = 0
  let y = 0
  for (const { title, panels: ofRow } of rows) {
    panels.push({
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
    })
    for (const line of lines(ofRow)) {
      let x = 0
      for (const { model, width, height } of line) {
        panels.push({ id: ++id, ...model, gridPos: { x, y, w: width, h: height } })
        x += width
      }
      y += Math.max(...line.map(({ height }) => height))
    }
  }
  return panels
}

function lines(panels: readonly Panel[]): Panel[][] {
  const result: Panel[][] = []
  let free = 0
  for (const panel of panels) {
    if (panel.width > free) {
      result.push([])
      free = COLUMNS
    }
    result.at(-1)?.push(panel)
    free -= panel.width
  }
  return result
}
