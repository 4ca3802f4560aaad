import type { Json } from '../definition/json.ts'
import { harmless, type Paint } from './terminal.ts'

/** A difference between two definitions, as the API and `classifyDifferences` say it. */
export interface ToldDifference {
  readonly path: string
  readonly before?: Json | null | undefined
  readonly after?: Json | null | undefined
  readonly kind: string
  readonly breaking: 'yes' | 'maybe' | 'no'
  readonly reason: string
}

const WORDS = { yes: 'BREAKING', maybe: 'maybe', no: 'fine' } as const
/** Longer values are cut: a whole capability is better read with `show --yaml`. */
const LONGEST_VALUE = 60

/** One line for a change, and one for what it means; breaking ones first. */
export function differenceLines(differences: readonly ToldDifference[], paint: Paint): string[] {
  const colours = { yes: paint.red, maybe: paint.yellow, no: paint.green }
  return (['yes', 'maybe', 'no'] as const).flatMap((breaking) =>
    differences
      .filter((difference) => difference.breaking === breaking)
      .flatMap((difference) => [
        `  ${colours[breaking](`${WORDS[breaking].padEnd(WORDS.yes.length)} ${signOf(difference)} ${harmless(difference.path)}`)}${valuesOf(difference)}`,
        `  ${' '.repeat(WORDS.yes.length + 3)}${paint.dim(harmless(difference.reason))}`,
      ]),
  )
}

/** `3 differences, 1 breaking`. */
export function summaryOf(differences: readonly { readonly breaking: string }[]): string {
  if (differences.length === 0) return 'no difference'
  const count = (level: string) => differences.filter(({ breaking }) => breaking === level).length
  const said = [
    ...(count('yes') > 0 ? [`${count('yes')} breaking`] : []),
    ...(count('maybe') > 0 ? [`${count('maybe')} maybe breaking`] : []),
  ]
  return [`${differences.length} difference${differences.length === 1 ? '' : 's'}`, ...said].join(', ')
}

function signOf({ before, after }: ToldDifference): string {
  if (before === undefined || before === null) return '+'
  return after === undefined || after === null ? '-' : '~'
}

function valuesOf({ before, after }: ToldDifference): string {
  const [was, is] = [before, after].map((value) => (value === undefined || value === null ? undefined : shortly(value)))
  if (was !== undefined && is !== undefined) return `: ${was} → ${is}`
  return was === undefined ? `: ${is ?? 'null'}` : ''
}

export function shortly(value: Json): string {
  const text = harmless(JSON.stringify(value))
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE).replace(/[\ud800-\udbff]$/, '')}…` : text
}
