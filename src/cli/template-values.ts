import { input } from '@inquirer/prompts'
import {
  completeValues,
  fillTemplate,
  PlaceholderError,
  placeholderProblem,
  readTemplate,
  type TemplateFacts,
} from '../authoring/fill-template.ts'
import { TEMPLATES, type TemplateName } from '../authoring/template-list.ts'
import { nearestWord } from '../definition/vocabulary.ts'
import { AuthoringError } from './authoring-error.ts'
import { EXIT } from './exit-code.ts'
import type { Printer } from './printer.ts'

/**
 * A template filled with what was set and, when somebody is there to ask, what they answer. Otherwise the template's own
 * words stay, and it is said which.
 * @throws AuthoringError for a placeholder that the template does not have, or a value that it cannot have
 */
export async function textFromTemplate(
  template: TemplateName,
  facts: TemplateFacts,
  given: Readonly<Record<string, string>>,
  { mayAsk, note }: { readonly mayAsk: boolean; readonly note: Printer['note'] },
): Promise<string> {
  refuseUnknown(template, given)
  const answers = mayAsk ? await askForRest(template, facts, given) : given
  try {
    const text = fillTemplate(await readTemplate(template), template, completeValues(template, facts, answers))
    if (!mayAsk) sayWhatStays(template, given, note)
    return text
  } catch (error) {
    throw error instanceof PlaceholderError ? new AuthoringError(`--set ${error.message}`, EXIT.usage) : error
  }
}

function refuseUnknown(template: TemplateName, given: Readonly<Record<string, string>>): void {
  const keys = TEMPLATES[template].placeholders.map(({ key }) => key)
  const stranger = Object.keys(given).find((key) => !keys.includes(key))
  if (stranger === undefined) return
  const near = nearestWord(stranger, keys)
  const hint = near ? `Did you mean ${near}?` : `It has ${keys.join(', ')}.`
  throw new AuthoringError(`The template ${template} has no placeholder ${stranger}. ${hint}`, EXIT.usage)
}

/** Each placeholder that was not set, with what stands there otherwise as the answer to begin with. */
async function askForRest(
  template: TemplateName,
  facts: TemplateFacts,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = { ...given }
  for (const placeholder of TEMPLATES[template].placeholders) {
    const { key, question } = placeholder
    if (Object.hasOwn(answers, key)) continue
    const fallback = completeValues(template, facts, answers)[key] ?? ''
    answers[key] = await input(
      {
        message: question,
        default: fallback,
        prefill: 'editable',
        validate: (value) => placeholderProblem(placeholder, value) ?? true,
      },
      { output: process.stderr },
    )
  }
  return answers
}

function sayWhatStays(template: TemplateName, given: Readonly<Record<string, string>>, note: Printer['note']): void {
  const open = TEMPLATES[template].placeholders.map(({ key }) => key).filter((key) => !Object.hasOwn(given, key))
  if (open.length === 0) return
  note(`In the template’s own words (say --set KEY=VALUE for others): ${open.join(', ')}`)
}
