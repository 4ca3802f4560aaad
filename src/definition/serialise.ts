import yaml from 'js-yaml'
import type { JsonObject } from './json.ts'

export const FORMATS = ['yaml', 'json'] as const
export type Format = (typeof FORMATS)[number]

/**
 * A definition as text that parses back to the same document. YAML is written so that YAML 1.1 readers (PyYAML) agree:
 * strings that they would take for booleans, dates or numbers are quoted.
 */
export function serialise(document: JsonObject, format: Format): string {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`
  return yaml.dump(document, { lineWidth: -1, noRefs: true, schema: yaml.DEFAULT_SCHEMA })
}

/** Many definitions as one stream: YAML documents, or JSON Lines. */
export function serialiseStream(document: JsonObject, format: Format): string {
  return format === 'json' ? `${JSON.stringify(document)}\n` : `---\n${serialise(document, 'yaml')}`
}

/**
 * Cut a stream into the texts of its definitions, each with the line it starts at. `---` or `...` at the start of a line
 * always ends a YAML document, even inside a block scalar (YAML 1.2.2 §9.1.2), so a cut by lines is exact. JSON Lines are told
 * from one JSON value over many lines by the first line, which is a whole value.
 */
export function splitStream(text: string): { text: string; firstLine: number }[] {
  const isJsonLines = /^\s*\{[^\n]*\}[^\S\n]*(?:\n|$)/.test(text)
  const parts: { text: string; firstLine: number }[] = []
  let current: string[] = []
  let firstLine = 1
  const flush = (nextLine: number) => {
    // Comments and directives (`%YAML 1.2`) between documents belong to none.
    if (current.some((line) => !/^(?:\s*(?:#|$)|%)/.test(line))) parts.push({ text: current.join('\n'), firstLine })
    current = []
    firstLine = nextLine
  }
  text.split('\n').forEach((line, index) => {
    if (/^(?:---|\.\.\.)\s*(?:#|$)/.test(line)) {
      flush(index + 2)
    } else if (isJsonLines) {
      flush(index + 1)
      current.push(line)
    } else if (/^---\s/.test(line)) {
      // The document starts on the separator's own line; blanks keep its columns.
      flush(index + 1)
      current.push(`   ${line.slice(3)}`)
    } else {
      current.push(line)
    }
  })
  flush(0)
  return parts
}
