import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { z } from 'zod'

export const MONITORING = fileURLToPath(new URL('../../monitoring/', import.meta.url))

const words = z.record(z.string(), z.string()).default({})
const rule = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels: words,
  annotations: words,
})
const rulesFile = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) })
export type Rule = z.infer<typeof rule>
export type Alert = Rule & { readonly alert: string }

export const readYaml = (name: string): unknown => load(readFileSync(`${MONITORING}${name}`, 'utf8'))

export function ruleGroups() {
  return rulesFile.parse(readYaml('alerts.yml')).groups
}

export function allRules(): Rule[] {
  return ruleGroups().flatMap(({ rules }) => rules)
}

export function allAlerts(): Alert[] {
  return allRules().filter((rule): rule is Alert => rule.alert !== undefined)
}

const testsFile = z.object({
  group_eval_order: z.array(z.string()),
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
})
export const RULE_TESTS = ['alerts.test.yml', 'alerts-days.test.yml'] as const

export interface RuleTest {
  readonly name: string
  readonly alert: string
  readonly fires: boolean
  /** Whether it also looks when the alert must not fire yet. */
  readonly waits: boolean
}

/** The order in which each file of cases evaluates the groups of rules. */
export function evaluationOrders(): string[][] {
  return RULE_TESTS.map((file) => testsFile.parse(readYaml(file)).group_eval_order)
}

/** The cases of promtool, each of which is about one alert. */
export function ruleTests(): RuleTest[] {
  return RULE_TESTS.flatMap((file) => testsFile.parse(readYaml(file)).tests).map(
    ({ name, alert_rule_test: looks }) => ({
      name,
      alert: looks[0]?.alertname ?? '',
      fires: looks.some(({ exp_alerts }) => exp_alerts.length > 0),
      waits: looks.some(({ exp_alerts }) => exp_alerts.length === 0),
    }),
  )
}

const gridPos = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })
const target = z.object({ refId: z.string(), datasource: z.unknown(), expr: z.string(), legendFormat: z.string() })
const step = z.object({ color: z.string(), value: z.number().nullable() })
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.unknown().optional(),
  gridPos,
  targets: z.array(target).default([]),
  fieldConfig: z
    .object({ defaults: z.object({ unit: z.string(), thresholds: z.object({ steps: z.array(step) }) }) })
    .optional(),
})
const dashboardFile = z.object({
  uid: z.string(),
  panels: z.array(panel),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
})
export type DashboardPanel = z.infer<typeof panel>

export function dashboard() {
  return dashboardFile.parse(JSON.parse(readFileSync(`${MONITORING}grafana/dashboards/tool-catalog.json`, 'utf8')))
}

/** Panels that show something: all but the headings of rows. */
export function shownPanels(): DashboardPanel[] {
  return dashboard().panels.filter(({ type }) => type !== 'row')
}

/** Every expression of the rules and the dashboard, with where it is. */
export function expressions(): { readonly where: string; readonly expr: string }[] {
  const { annotations } = dashboard()
  return [
    ...allRules().map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expr })),
    ...shownPanels().flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: `panel ${title}`, expr }))),
    ...annotations.list.map(({ name, expr }) => ({ where: `annotation ${name}`, expr })),
  ]
}
