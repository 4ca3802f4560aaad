import { problemsAt, withValue } from '../../authoring/draft.ts'
import type { Suggestion } from '../../authoring/suggestions.ts'
import { isList, type Json, type JsonObject, scalarText, valueAt } from '../../definition/json.ts'
import { hasErrors } from '../../definition/problem.ts'
import type { Path } from '../../definition/source.ts'
import type { KnownTools } from '../known-tools.ts'
import type { Asker } from './asker.ts'

/** What the steps of the wizard work on. */
export interface Desk {
  readonly asker: Asker
  readonly known: KnownTools
  /** What has been answered so far. */
  document: JsonObject
}

/** Words to choose from that need no note. */
export function asSuggestions(words: readonly string[]): Suggestion[] {
  return words.map((value) => ({ value, note: '' }))
}

/** How an answer becomes a value; undefined leaves the field out. */
type Reading = (text: string) => Json | undefined

/** What is typed, without blanks around it. */
export const required: Reading = (text) => text.trim()
/** Nothing typed means no field. */
export const optional: Reading = (text) => text.trim() || undefined
/** What is no number is left to the validator to say. */
export const numeric: Reading = (text) => {
  const value = Number(text.trim())
  return text.trim() === '' || Number.isNaN(value) ? text.trim() || undefined : value
}

/** Ask for one field: the current value to begin with, and the validator's own words when it is wrong. */
export async function askField(
  desk: Desk,
  path: Path,
  message: string,
  reading: Reading,
  fallback = '',
): Promise<void> {
  const current = currentText(desk, path, fallback)
  await take(desk, path, reading, await desk.asker.text({ message, current, check: checkOf(desk, path, reading) }))
}

export async function askWord(
  desk: Desk,
  path: Path,
  message: string,
  suggestions: readonly Suggestion[],
  fallback = '',
): Promise<void> {
  const current = currentText(desk, path, fallback)
  const check = checkOf(desk, path, required)
  await take(desk, path, required, await desk.asker.word({ message, current, check }, suggestions))
}

export async function askExpression(desk: Desk, path: Path, message: string, unit: string, fallback: string) {
  const current = currentText(desk, path, fallback)
  const check = checkOf(desk, path, numeric)
  await take(desk, path, numeric, await desk.asker.expression({ message, unit, current, check }))
}

export async function askFlag(desk: Desk, path: Path, message: string, fallback: boolean): Promise<void> {
  const current = valueAt(desk.document, path)
  const answer = await desk.asker.yesOrNo(message, typeof current === 'boolean' ? current : fallback)
  desk.document = withValue(desk.document, path, answer)
}

/** Ask for lines until an empty one; those that are there already are kept as they are when that is wanted. */
export async function askLines(desk: Desk, path: Path, message: string): Promise<void> {
  if (await keepsList(desk, path, message)) return
  const lines: string[] = []
  for (;;) {
    const check = (text: string) => errorOf(desk, path, withValue(desk.document, path, [...lines, text.trim()]))
    const nth = lines.length === 0 ? message : `${message} (${lines.length + 1}, or nothing)`
    const line = (await desk.asker.text({ message: nth, current: '', check })).trim()
    if (line === '') break
    lines.push(line)
  }
  desk.document = withValue(desk.document, path, lines.length === 0 ? undefined : lines)
}

/** Whether there is a list at `path`, and it is to stay as it is. Otherwise it is gone. */
export async function keepsList(desk: Desk, path: Path, message: string): Promise<boolean> {
  const current = valueAt(desk.document, path)
  if (!isList(current) || current.length === 0) return false
  const shown = current.map((item) => (typeof item === 'string' ? item : scalarText((item as JsonObject).name)))
  desk.asker.say(`  ${message}\n${shown.map((line) => `    - ${line}`).join('\n')}`)
  if (await desk.asker.yesOrNo('Keep these?', true)) return true
  desk.document = withValue(desk.document, path, undefined)
  return false
}

/** Numbers, types and the like are shown as they are typed. */
function currentText(desk: Desk, path: Path, fallback: string): string {
  const current = valueAt(desk.document, path)
  return current === undefined ? fallback : scalarText(current)
}

function checkOf(desk: Desk, path: Path, reading: Reading) {
  return (text: string) => errorOf(desk, path, withValue(desk.document, path, reading(text)))
}

/** The first error at `path`; the rest of the draft is not what is asked about. */
function errorOf(_: Desk, path: Path, candidate: JsonObject): string | undefined {
  const problems = problemsAt(candidate, path).filter(({ severity }) => severity === 'error')
  return hasErrors(problems) ? problems[0]?.message : undefined
}

/** Take the answer over, and say what the validator warns of. */
async function take(desk: Desk, path: Path, reading: Reading, text: string): Promise<void> {
  desk.document = withValue(desk.document, path, reading(text))
  const value = valueAt(desk.document, path)
  if (value === undefined) return
  for (const { message } of problemsAt(desk.document, path)) desk.asker.say(`  ! ${message}`)
}
