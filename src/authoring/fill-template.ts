import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { PART_NAME } from '../definition/schema-fields.ts'
import { type Placeholder, TEMPLATES, type TemplateName } from './template-list.ts'

/** `templates/` of the package, from `src/authoring` and from `dist/authoring` alike. */
const TEMPLATE_DIR = fileURLToPath(new URL('../../templates', import.meta.url))

/** What is known without asking. */
export interface TemplateFacts {
  readonly name: string
  readonly user: string
  readonly now: Date
}

/** A value that cannot stand where its placeholder stands. */
export class PlaceholderError extends Error {
  override readonly name = 'PlaceholderError'
}

export async function readTemplate(name: TemplateName): Promise<string> {
  return readFile(`${TEMPLATE_DIR}/${name}.yaml`, 'utf8')
}

/** Each placeholder's value: what was given, or the fallback with the values before it written in. */
export function completeValues(
  template: TemplateName,
  facts: TemplateFacts,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const values: Record<string, string> = knownValues(facts)
  for (const { key, fallback } of TEMPLATES[template].placeholders) {
    values[key] =
      (Object.hasOwn(given, key) ? given[key] : undefined) ?? substitute(fallback, (inner) => values[inner] ?? '')
  }
  return values
}

function knownValues({ name, user, now }: TemplateFacts): Record<string, string> {
  return { name, name_lower: name.toLowerCase(), user, today: now.toISOString().slice(0, 10) }
}

/**
 * The template's text with every placeholder replaced. Text goes between double quotes with what JSON escapes escaped
 * (YAML reads the same); the other kinds are bare, so they are checked. A line whose only value is empty goes.
 * @throws PlaceholderError
 */
export function fillTemplate(text: string, template: TemplateName, values: Readonly<Record<string, string>>): string {
  const kinds = new Map(TEMPLATES[template].placeholders.map(({ key, kind }) => [key, kind]))
  for (const placeholder of TEMPLATES[template].placeholders) {
    const problem = placeholderProblem(placeholder, values[placeholder.key] ?? '')
    if (problem) throw new PlaceholderError(`${placeholder.key} ${problem}`)
  }
  return text
    .split('\n')
    .filter((line) => !isLeftOut(line, values))
    .map((line) =>
      substitute(line, (key) => {
        const value = values[key] ?? ''
        return (kinds.get(key) ?? 'text') === 'text' ? JSON.stringify(value).slice(1, -1) : value
      }),
    )
    .join('\n')
}

/** What keeps a value from being written; the rules of the format are for the validator to say. */
export function placeholderProblem({ kind }: Placeholder, value: string): string | undefined {
  if (kind === 'number' && !/^\d{1,12}(?:\.\d{1,12})?$/.test(value))
    return `must be a number, not ${JSON.stringify(value)}`
  if (kind === 'boolean' && value !== 'true' && value !== 'false')
    return `must be true or false, not ${JSON.stringify(value)}`
  if (kind === 'part' && !PART_NAME.test(value)) return 'must be letters, digits and . _ -'
  return undefined
}

function isLeftOut(line: string, values: Readonly<Record<string, string>>): boolean {
  const only = /^\s*\w+: "\{\{(\w+)\}\}"$/.exec(line)?.[1]
  return only !== undefined && values[only] === ''
}

function substitute(text: string, look: (key: string) => string): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => look(key))
}
