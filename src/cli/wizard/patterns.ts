import { nameProblem, withValue } from '../../authoring/draft.ts'
import { isObject, scalarText, valueAt } from '../../definition/json.ts'
import type { Path } from '../../definition/source.ts'
import { COMPLETENESS, SCOPES } from '../../definition/vocabulary.ts'
import { namesAt } from './capabilities.ts'
import { askExamples } from './examples.ts'
import {
  askExpression,
  askField,
  askFlag,
  askLines,
  askWord,
  asSuggestions,
  type Desk,
  numeric,
  required,
} from './fields.ts'
import { askInputs, askOutputs } from './items.ts'

/** Each capability gets a pattern, and as many more as there are other ways of using it; then worked examples of them. */
export async function askPatterns(desk: Desk): Promise<void> {
  for (const capability of namesAt(desk, ['capabilities'])) {
    const path = ['capabilities', capability, 'patterns']
    if (namesAt(desk, path).length === 0) await addPattern(desk, capability, path)
  }
  for (;;) {
    const all = namesAt(desk, ['capabilities']).flatMap((capability) =>
      namesAt(desk, ['capabilities', capability, 'patterns']).map((pattern) => ({ capability, pattern })),
    )
    const wish = await desk.asker.choose(`Its patterns: ${all.map(({ pattern }) => pattern).join(', ')}.`, [
      { name: 'Go on', value: { does: 'end', capability: '', pattern: '' } },
      ...namesAt(desk, ['capabilities']).map((capability) => ({
        name: `Add another way of using ${capability}`,
        value: { does: 'add', capability, pattern: '' },
      })),
      ...all.map((one) => ({ name: `Change ${one.pattern}`, value: { does: 'change', ...one } })),
      ...(all.length > 1 ? all : []).map((one) => ({
        name: `Remove ${one.pattern}`,
        value: { does: 'remove', ...one },
      })),
    ])
    const patterns = ['capabilities', wish.capability, 'patterns']
    if (wish.does === 'end') return askExamples(desk)
    if (wish.does === 'add') await addPattern(desk, wish.capability, patterns)
    else if (wish.does === 'change') await askPattern(desk, [...patterns, wish.pattern])
    else desk.document = withValue(desk.document, [...patterns, wish.pattern], undefined)
  }
}

/** A pattern that is begun stays when the person goes back, so that nothing has to be typed twice. */
async function addPattern(desk: Desk, capability: string, patterns: Path): Promise<void> {
  const name = await desk.asker.text({
    message: `A way of using ${capability}? (the name of a pattern)`,
    current: '',
    check: (text) => nameProblem(desk.document, patterns, text.trim()),
  })
  desk.document = withValue(desk.document, [...patterns, name.trim()], {})
  await askPattern(desk, [...patterns, name.trim()])
}

async function askPattern(desk: Desk, path: Path): Promise<void> {
  await askField(desk, [...path, 'description'], 'What does one run do?', required)
  await askLines(desk, [...path, 'typical_use_cases'], 'A request it answers, in the words of who asks?')
  await askExpression(desk, [...path, 'time_estimate_ms'], 'Expected run time in milliseconds?', 'ms', '1000')
  await askExpression(desk, [...path, 'cost_estimate'], 'Expected cost, in abstract units?', 'units', '1')
  await askField(
    desk,
    [...path, 'complexity_score'],
    'How hard is it to use well? (0 trivial, 1 expert)',
    numeric,
    '0.3',
  )
  await askWord(desk, [...path, 'scope'], 'How much does one run cover?', asSuggestions(SCOPES))
  await askWord(
    desk,
    [...path, 'completeness'],
    'How much of the truth does the answer hold?',
    asSuggestions(COMPLETENESS),
  )
  await askLines(desk, [...path, 'limitations'], 'Something it cannot do, or does badly?')
  await askPolicy(desk, [...path, 'policy'])
  await askPreferences(desk, [...path, 'preference_match'])
  await askInputs(desk, path)
  await askOutputs(desk, path)
}

async function askPolicy(desk: Desk, path: Path): Promise<void> {
  await askFlag(desk, [...path, 'requires_approval'], 'Must a person approve each run?', true)
  await askFlag(desk, [...path, 'production_safe'], 'May it run against production?', false)
  await askField(desk, [...path, 'max_cost'], 'Most that one run may cost?', numeric, '10')
  await askField(desk, [...path, 'max_execution_time'], 'Longest run, in seconds?', numeric, '60')
}

const PREFERENCES = ['speed', 'accuracy', 'cost', 'complexity', 'completeness'] as const

/** Five numbers in one answer: nobody wants to be asked five times. */
async function askPreferences(desk: Desk, path: Path): Promise<void> {
  const current = valueAt(desk.document, path)
  const shown = PREFERENCES.map((key) => (isObject(current) ? scalarText(current[key]) : '0.8') || '0.8').join(' ')
  const check = (text: string) => {
    const values = text.trim().split(/\s+/).map(Number)
    const isGood = values.length === PREFERENCES.length && values.every((value) => value >= 0 && value <= 1)
    return isGood ? undefined : 'five numbers from 0 to 1, with blanks between them'
  }
  const message = `How well does it serve who wants ${PREFERENCES.join(', ')}? (five numbers from 0 to 1)`
  const values = (await desk.asker.text({ message, current: shown, check })).trim().split(/\s+/).map(Number)
  const match = Object.fromEntries(PREFERENCES.map((key, index) => [key, values[index] ?? 0]))
  desk.document = withValue(desk.document, path, match)
}
