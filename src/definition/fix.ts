import { canonicalJson } from './canonical.ts'
import { unwrap } from './definition.ts'
import { fixOrder } from './fix-order.ts'
import { type Correction, correctValues } from './fix-values.ts'
import { isObject } from './json.ts'
import { parseSource, type Source } from './source.ts'
import { applyEdits } from './text-edits.ts'

/** A text with everything put right that has one right answer, and what that was. */
export interface FixedText {
  readonly text: string
  /** One line for each thing: `version: 1.10 is "1.10" now`. */
  readonly changes: readonly string[]
}

/**
 * Put right what has one right answer: text that stands there as a number or a boolean and the other way round, words whose
 * case is wrong, fields out of their order. Everything else stays byte for byte, comments too. What is not a definition, and
 * what cannot be changed safely, stays as it is. Doing it again changes nothing.
 */
export function fixText(text: string): FixedText {
  if (!definitionSource(text.replace(/^\ufeff/, ''))) return { text, changes: [] }
  const values = fixValues(text)
  const order = fixOrder(values.text)
  return { text: order.text, changes: [...values.changes, ...order.changes] }
}

function fixValues(text: string): FixedText {
  const unchanged = { text, changes: [] }
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  const body = text.slice(mark.length)
  const source = definitionSource(body)
  if (!source || !isObject(source.value)) return unchanged
  const corrections = correctValues(source)
  const fixed = applyEdits(
    body,
    corrections.map(({ edit }) => edit),
  )
  if (!saysTheSame(fixed, source, corrections)) return unchanged
  return { text: mark + fixed, changes: corrections.map(({ said }) => said) }
}

/** The parsed text of a definition, whatever else is wrong with it; undefined for anything else. */
function definitionSource(body: string): Source | undefined {
  const parsed = parseSource(body)
  if (!parsed.ok || !isObject(parsed.source.value)) return undefined
  const { fields } = unwrap(parsed.source.value)
  return fields.tool_name === undefined && fields.name === undefined ? undefined : parsed.source
}

/** The last word: the changed text parses, and nothing but what was corrected is different in it. */
function saysTheSame(fixed: string, before: Source, corrections: readonly Correction[]): boolean {
  const after = parseSource(fixed)
  if (!after.ok) return false
  const wanted = structuredClone(before.value) as never
  for (const { path, value } of corrections) {
    const parent = path.slice(0, -1).reduce<never>((at, step) => at[step], wanted)
    ;(parent as Record<string | number, unknown>)[path.at(-1) ?? ''] = value
  }
  return canonicalJson(after.source.value) === canonicalJson(wanted)
}
