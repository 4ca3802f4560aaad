import { alertSteps, type Step } from './alert-thresholds.ts'

/** A PromQL expression, and what its series are called. */
export type Query = readonly [expr: string, legend: string]

export interface PanelOptions {
  readonly title: string
  /** What it shows, and what to think of it. */
  readonly description: string
  readonly unit: Unit
  readonly queries: readonly Query[]
  /** Alerts that watch the same, without the prefix `ToolCatalog`: their thresholds are drawn. */
  readonly alerts?: readonly string[]
  /** Columns, of 24. */
  readonly width?: number
}

/** Units of Grafana that are used. */
export type Unit = 'bytes' | 'dateTimeFromNow' | 'none' | 'ops' | 'percentunit' | 's' | 'short'

/** A panel without its place. */
export interface Panel {
  readonly width: number
  readonly height: number
  readonly model: Readonly<Record<string, unknown>>
}

export const DATASOURCE = { type: 'prometheus', uid: `\${datasource}` } as const

/** One big number. */
export function stat(options: PanelOptions): Panel {
  return panel('stat', { width: 4, ...options }, 4, {
    fieldConfig: fieldConfig(options, {}),
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: options.alerts ? 'background' : 'none',
      graphMode: 'area',
      textMode: 'value',
      justifyMode: 'auto',
      orientation: 'auto',
    },
  })
}

/** Lines over time. */
export function graph(options: PanelOptions): Panel {
  const custom = {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: 8,
    showPoints: 'never',
    spanNulls: false,
    thresholdsStyle: { mode: options.alerts ? 'line' : 'off' },
  }
  return panel('timeseries', { width: 8, ...options }, 8, {
    fieldConfig: fieldConfig(options, custom),
    options: {
      legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'], showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  })
}

function panel(
  type: string,
  { title, description, queries, width }: PanelOptions & { readonly width: number },
  height: number,
  rest: object,
): Panel {
  const targets = queries.map(([expr, legendFormat], index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: DATASOURCE,
    editorMode: 'code',
    range: true,
    expr,
    legendFormat,
  }))
  return { width, height, model: { type, title, description, datasource: DATASOURCE, targets, ...rest } }
}

function fieldConfig({ unit, alerts }: PanelOptions, custom: object) {
  const steps: readonly Step[] = alerts ? alertSteps(alerts) : [{ color: 'green', value: null }]
  return { defaults: { unit, min: 0, custom, thresholds: { mode: 'absolute', steps } }, overrides: [] }
}
