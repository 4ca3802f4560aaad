import { classifyDifferences } from '../definition/classify.ts'
import type { Json, JsonObject } from '../definition/json.ts'
import { shortly, WORDS } from './difference-lines.ts'

/** What was changed, one line each, with what it means for those who use the version before; the worst first. */
export function editedLines(before: JsonObject, after: JsonObject): string[] {
  const differences = classifyDifferences(before, after)
  return (['yes', 'maybe', 'no'] as const).flatMap((level) =>
    differences
      .filter(({ breaking }) => breaking === level)
      .map(
        (one) =>
          `  ${WORDS[level].padEnd(WORDS.yes.length)} ${one.path}: ${saidValue(one.before)} → ${saidValue(one.after)} (${one.reason})`,
      ),
  )
}

function saidValue(value: Json | undefined): string {
  return value === undefined ? 'nothing' : shortly(value)
}
