import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { z } from 'zod'

const RULES = new URL('../alerts.yml', import.meta.url)
const rulesFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string().optional(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['P1', 'P2', 'P3']) }).optional(),
        }),
      ),
    }),
  ),
})

/** What an alert of each severity looks like on the dashboard. */
const COLOURS = { P1: 'red', P2: 'orange', P3: 'yellow' } as const
const GOOD = 'green'

/** From its value on, a panel has this colour. The lowest step has no value. */
export interface Step {
  readonly color: string
  readonly value: number | null
}

interface Threshold {
  readonly sign: '<' | '>'
  readonly value: number
  readonly color: string
}

/**
 * Steps of a panel that shows what these alerts watch, with the colours of their severities.
 * @param names alerts without the prefix `ToolCatalog`, all with the same sign
 */
export function alertSteps(names: readonly string[]): Step[] {
  const thresholds = names.map(thresholdOf).sort((a, b) => a.value - b.value)
  if (new Set(thresholds.map(({ sign }) => sign)).size > 1)
    throw new Error(`One panel, two directions: ${names.join()}`)
  if (thresholds[0]?.sign !== '<')
    return [{ color: GOOD, value: null }, ...thresholds.map(({ color, value }) => ({ color, value }))]
  // Below the lowest value it is worst: each step begins where the alert below it ends.
  const colors = [...thresholds.map(({ color }) => color), GOOD]
  return colors.map((color, index) => ({ color, value: thresholds[index - 1]?.value ?? null }))
}

/** The first number behind `<` or `>`, which is the threshold by the convention of alerts.yml. */
function thresholdOf(name: string): Threshold {
  const rule = rules().find(({ alert }) => alert === `ToolCatalog${name}`)
  const [, sign, number] = /([<>])\s*([\d.]+(?:e\d+)?)/.exec(rule?.expr ?? '') ?? []
  const severity = rule?.labels?.severity
  if (severity === undefined || number === undefined || (sign !== '<' && sign !== '>'))
    throw new Error(`alerts.yml has no threshold of ToolCatalog${name}`)
  return { sign, value: Number(number), color: COLOURS[severity] }
}

function rules() {
  return rulesFile.parse(load(readFileSync(RULES, 'utf8'))).groups.flatMap(({ rules }) => rules)
}
