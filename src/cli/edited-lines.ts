import { classifyDifferences } from '../definition/classify.ts'
import type { Json, JsonObject } from '../definition/json.ts'

/** Longer values are cut: the whole of them was in the editor. */
const LONGEST_VALUE = 60
const WORDS = { yes: 'BREAKING', maybe: 'maybe', no: 'fine' } as const

/** What was changed, one line each, with what it means for those who use the version before; the worst first. */
export function editedLines(before: JsonObject, after: JsonObject): string[] {
  const differences = classifyDifferences(before, after)
  return (['yes', 'maybe', 'no'] as const).flatMap((level) =>
    differences
      .filter(({ breaking }) => breaking === level)
      .map(
        (one) =>
          `  ${WORDS[level].padEnd(WORDS.yes.length)} ${one.path}: ${shortly(one.before)} → ${shortly(one.after)} (${one.reason})`,
      ),
  )
}

function shortly(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE).replace(/[\ud800-\udbff]$/, '')}…` : text
}
