import { unwrap } from '../definition/definition.ts'
import { isObject, valueAt } from '../definition/json.ts'
import { type Path, parseSource, type Source } from '../definition/source.ts'
import { applyEdits, type TextEdit } from '../definition/text-edits.ts'

/**
 * The text of one definition as the first version of another tool: with its own name, version, dates and state. All
 * else, comments included, stays as it is.
 */
export function copyDefinition(text: string, name: string, now: Date): string {
  // A schema that is named by its place beside the file is somewhere else from the copy's.
  const body = text.replace(/^\ufeff/, '').replace(/^# yaml-language-server: \$schema=\.[^\n]*\n/, '')
  const parsed = parseSource(body)
  if (!parsed.ok || !isObject(parsed.source.value)) throw new Error('only a valid definition can be copied')
  const { source } = parsed
  const { fields, path } = unwrap(parsed.source.value)
  const today = now.toISOString().slice(0, 10)
  const edits = [
    ...replacement(source, [...path, fields.tool_name === undefined ? 'name' : 'tool_name'], name),
    ...replacement(source, [...path, 'version'], '1.0.0'),
    ...replacement(source, [...path, 'status'], 'active'),
    ...replacement(source, [...path, 'enabled'], true),
    ...replacement(source, [...path, 'metadata', 'created'], today),
    ...replacement(source, [...path, 'metadata', 'updated'], today),
  ]
  return applyEdits(body, edits)
}

/** The edit that writes another value where one is written; none where the text has no such value of its own. */
function replacement(source: Source, path: Path, value: string | boolean): TextEdit[] {
  const range = source.range(path)
  if (!range || range.start === range.end || typeof valueAt(source.value, path) === 'object') return []
  const written = source.written(path)
  return [{ start: range.start, end: range.start + written.trimEnd().length, text: JSON.stringify(value) }]
}
