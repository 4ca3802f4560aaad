import type { PlanItem } from '../catalog/apply-plan.ts'
import { CHANGES, nameOf, summaryOfPlan, versionsOf, worstOf } from './catalog-plan.ts'
import { differenceLines, shortly } from './difference-lines.ts'
import { harmless, type Paint } from './terminal.ts'

const SIGNS = { create: '+', change: '~', rename: '>', deprecate: '!', prune: '-', refuse: 'x' } as const

/** A plan for a person: what changes, tool by tool, and what that means. */
export function planText(items: readonly PlanItem[], paint: Paint): string {
  const colours = {
    create: paint.green,
    change: paint.yellow,
    rename: paint.cyan,
    deprecate: paint.yellow,
    prune: paint.red,
    refuse: paint.red,
  }
  const lines = CHANGES.flatMap((action) =>
    items
      .filter((item) => item.action === action)
      .flatMap((item) => [
        `${colours[action](`${SIGNS[action]} ${action.padEnd(9)} ${harmless(nameOf(item))}`)}${spaced(versionsOf(item))}${tailOf(item)}`,
        ...differenceLines(action === 'create' ? [] : item.differences, paint).map((line) => `  ${line}`),
      ]),
  )
  const left = items
    .filter(({ action }) => action === 'leave')
    .map((item) => paint.dim(`  left      ${harmless(item.tool)}: ${item.detail ?? ''}`))
  return [...lines, ...left, summaryOfPlan(items), ''].join('\n')
}

function spaced(text: string): string {
  return text === '' ? '' : ` ${text}`
}

function tailOf({ path, detail }: PlanItem): string {
  return `${path === null ? '' : ` (${harmless(path)})`}${detail === null ? '' : `: ${harmless(detail)}`}`
}

const MARKS = { yes: '🔴 breaking', maybe: '🟡 maybe', no: '🟢 no' } as const

/** A plan for the comment of a pull request: a table, and what changes in a fold. */
export function planMarkdown(items: readonly PlanItem[]): string {
  const changes = CHANGES.flatMap((action) => items.filter((item) => item.action === action))
  const title = `### Tool catalog: ${changes.length === 0 ? 'nothing to change' : summaryOfPlan(items)}`
  if (changes.length === 0) return `${title}\n`
  const rows = changes.map(
    (item) =>
      `| ${item.action} | ${code(nameOf(item))} | ${markdown(versionsOf(item))} | ${MARKS[worstOf(item)]} | ${markdown(item.detail ?? '')} |`,
  )
  const table = ['| action | tool | version | breaking | |', '|---|---|---|---|---|', ...rows]
  const folds = changes.filter(({ differences }) => differences.length > 0).flatMap(foldOf)
  return [title, '', ...table, ...(folds.length > 0 ? ['', ...folds] : []), ''].join('\n')
}

function foldOf(item: PlanItem): string[] {
  const rows = item.differences.map(
    ({ path, before, after, breaking, reason }) =>
      `| ${MARKS[breaking]} | ${code(path)} | ${toldValue(before)} | ${toldValue(after)} | ${markdown(reason)} |`,
  )
  const head = ['| breaking | where | before | after | why |', '|---|---|---|---|---|']
  return [
    `<details><summary>${markdown(nameOf(item))} ${markdown(versionsOf(item))}</summary>`,
    '',
    ...head,
    ...rows,
    '',
    '</details>',
    '',
  ]
}

function toldValue(value: PlanItem['differences'][number]['before']): string {
  return value === null ? '' : code(shortly(value))
}

/** Inside a table, where a bar ends the cell even in code; definitions are other people's text. */
function code(text: string): string {
  return `\`${harmless(text).replaceAll('`', 'ˋ').replaceAll('|', '\\|')}\``
}

function markdown(text: string): string {
  return harmless(text)
    .replace(/[\\`*_[\]|~#@!]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
