import { draftText } from '../../authoring/draft.ts'
import { readIdentity } from '../../definition/definition.ts'
import { hasErrors } from '../../definition/problem.ts'
import { validateText } from '../../definition/validate.ts'
import { AuthoringError } from '../authoring-error.ts'
import { problemLine } from '../problem-line.ts'
import { saveDefinition } from '../save-definition.ts'
import { ServerError } from '../server-error.ts'
import type { Session } from '../session.ts'
import type { Desk } from './fields.ts'

export interface ReviewOptions {
  readonly session: Session
  /** File to suggest. */
  readonly file: string | undefined
  readonly overwrite: boolean
  readonly titles: readonly string[]
}

/** What comes of the last step: the end, or another step to go to. */
export type Reviewed = { readonly isSaved: true } | { readonly isSaved: false; readonly step: number }

interface Wish {
  readonly does: 'file' | 'draft' | 'both' | 'step' | 'cancel'
  readonly step: number
}

/**
 * Show the text with every problem, and save it where the person says. What goes wrong is said, and asked again.
 * @throws AuthoringError when the person cancels
 */
export async function review(desk: Desk, options: ReviewOptions): Promise<Reviewed> {
  const text = draftText(desk.document)
  const { problems } = validateText(text)
  desk.asker.say(`\n${text.replace(/^/gm, '    ').trimEnd()}\n`)
  for (const problem of problems) desk.asker.say(problemLine('definition', problem, options.session.notePaint))
  for (;;) {
    const wish = await askWish(desk, options, hasErrors(problems))
    if (wish.does === 'cancel') throw new AuthoringError('Cancelled. Nothing was saved.')
    if (wish.does === 'step') return { isSaved: false, step: wish.step }
    if (await isSaved(desk, text, wish, options)) return { isSaved: true }
  }
}

function askWish(desk: Desk, { session, titles }: ReviewOptions, isWrong: boolean): Promise<Wish> {
  const disabled = isWrong && 'it has errors'
  return desk.asker.choose<Wish>('What now?', [
    { name: 'Save to a file', value: { does: 'file', step: 0 }, disabled },
    { name: `Save as a draft on ${session.address.url}`, value: { does: 'draft', step: 0 }, disabled },
    { name: 'Save both', value: { does: 'both', step: 0 }, disabled },
    ...titles.map((title, step) => ({ name: `Change: ${title}`, value: { does: 'step', step } as const })),
    { name: 'Cancel, and save nothing', value: { does: 'cancel', step: 0 } },
  ])
}

async function isSaved(desk: Desk, text: string, { does }: Wish, options: ReviewOptions): Promise<boolean> {
  try {
    await saveDefinition(options.session, text, {
      file: does === 'draft' ? undefined : await askFile(desk, options),
      overwrite: options.overwrite,
      server: does === 'file' ? undefined : options.session,
    })
    return true
  } catch (error) {
    if (!(error instanceof AuthoringError || error instanceof ServerError)) throw error
    desk.asker.say(`  ! ${error.message}`)
    return false
  }
}

async function askFile(desk: Desk, { file }: ReviewOptions): Promise<string> {
  const current = file ?? `${readIdentity(desk.document).name.toLowerCase()}.yaml`
  const check = (text: string) => (text.trim() === '' ? 'the name of a file' : undefined)
  return (await desk.asker.text({ message: 'File?', current, check })).trim()
}
