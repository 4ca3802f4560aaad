import { knownTools } from '../known-tools.ts'
import { Asker, BackError } from './asker.ts'
import type { Desk } from './fields.ts'
import { type ReviewOptions, review } from './review.ts'
import { STEPS } from './steps.ts'

/**
 * Ask for everything a definition needs, in seven steps, forwards and backwards, and save it at the end. Before that nothing is
 * written anywhere, so that leaving at any question leaves nothing.
 * @throws AuthoringError when the person cancels; the prompt library's ExitPromptError at Ctrl-C
 */
export async function runWizard(name: string | undefined, options: Omit<ReviewOptions, 'titles'>): Promise<void> {
  const asker = new Asker()
  const known = await knownTools(options.session)
  asker.say(`Suggestions come from ${known.origin}: ${known.tools.length} tools.`)
  asker.say('Esc goes back, Ctrl-C leaves and saves nothing.')
  const desk: Desk = { asker, known, document: name === undefined ? {} : { tool_name: name } }
  asker.start()
  try {
    await walk(desk, { ...options, titles: STEPS.map(({ title }) => title) })
  } finally {
    asker.stop()
  }
}

/** Escape takes a step back to its beginning, and from there to the step before. */
async function walk(desk: Desk, options: ReviewOptions): Promise<void> {
  const { asker } = desk
  for (let at = 0; ; ) {
    const step = STEPS[at]
    asker.say(`\nStep ${at + 1} of ${STEPS.length + 1}: ${step?.title ?? 'Review and save'}`)
    const answeredBefore = asker.answered
    try {
      if (step) {
        await step.ask(desk)
        at++
        continue
      }
      const reviewed = await review(desk, options)
      if (reviewed.isSaved) return
      at = reviewed.step
    } catch (error) {
      if (!(error instanceof BackError)) throw error
      if (asker.answered === answeredBefore) at = Math.max(at - 1, 0)
    }
  }
}
