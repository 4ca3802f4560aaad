import { problemsAt, withValue } from '../../authoring/draft.ts'
import { isList, valueAt } from '../../definition/json.ts'
import type { Path } from '../../definition/source.ts'
import { DEPENDENCY_TYPES, VALUE_TYPES } from '../../definition/vocabulary.ts'
import { askField, askFlag, askWord, asSuggestions, type Desk, keepsList, optional, required } from './fields.ts'

interface ItemsQuestion {
  readonly message: string
  /** List whose rule the names keep. */
  readonly nameIn: Path
}

/** Ask for things with a name until there is none; one that is not finished when the person goes back is not kept. */
export async function askItems(
  desk: Desk,
  { message, nameIn }: ItemsQuestion,
  listFor: () => Promise<Path>,
  askRest: (item: Path) => Promise<void>,
): Promise<void> {
  for (;;) {
    const check = (text: string) => (text.trim() === '' ? undefined : nameError(desk, nameIn, text.trim()))
    const name = (await desk.asker.text({ message: `${message} (or nothing)`, current: '', check })).trim()
    if (name === '') return
    const before = desk.document
    try {
      const list = await listFor()
      const current = valueAt(desk.document, list)
      const count = isList(current) ? current.length : 0
      const item = [...list, count]
      desk.document = withValue(desk.document, list, [...(isList(current) ? current : []), { name }])
      await askRest(item)
      for (const { message: warning } of problemsAt(desk.document, [...item, 'name'])) desk.asker.say(`  ! ${warning}`)
    } catch (error) {
      desk.document = before
      throw error
    }
  }
}

function nameError(desk: Desk, list: Path, name: string): string | undefined {
  const problems = problemsAt(withValue(desk.document, list, [{ name }]), [...list, 0, 'name'])
  return problems.find(({ severity }) => severity === 'error')?.message
}

/** Names of dependencies, and those of inputs and outputs as well, keep one rule. */
const DEPENDENCIES = ['dependencies']

export async function askDependencies(desk: Desk): Promise<void> {
  if (await keepsList(desk, DEPENDENCIES, 'What it needs:')) return
  await askItems(
    desk,
    { message: 'What does it need to run?', nameIn: DEPENDENCIES },
    async () => DEPENDENCIES,
    async (item) => {
      await askWord(desk, [...item, 'type'], 'What kind of thing is that?', asSuggestions(DEPENDENCY_TYPES))
      await askFlag(desk, [...item, 'required'], 'Is the tool useless without it?', true)
      await askField(desk, [...item, 'version'], 'Which versions will do? (or nothing)', optional)
    },
  )
}

export async function askInputs(desk: Desk, pattern: Path): Promise<void> {
  const given = [...pattern, 'required_inputs']
  const extra = [...pattern, 'optional_inputs']
  if (await keepsList(desk, given, 'Inputs that must be given:')) {
    if (valueAt(desk.document, extra) === undefined || (await keepsList(desk, extra, 'Inputs that may be given:')))
      return
  } else desk.document = withValue(desk.document, extra, undefined)
  await askItems(
    desk,
    { message: 'Name of an input?', nameIn: DEPENDENCIES },
    async () => ((await desk.asker.yesOrNo('Must it be given?', true)) ? given : extra),
    async (item) => {
      await askValue(desk, item, 'What is to be given?')
      await askField(
        desk,
        [...item, 'validation'],
        'Regular expression that every legal value matches? (or nothing)',
        optional,
      )
    },
  )
}

export async function askOutputs(desk: Desk, pattern: Path): Promise<void> {
  const list = [...pattern, 'expected_outputs']
  if (await keepsList(desk, list, 'What comes back:')) return
  await askItems(
    desk,
    { message: 'Name of an output?', nameIn: DEPENDENCIES },
    async () => list,
    (item) => askValue(desk, item, 'What does it mean?'),
  )
}

async function askValue(desk: Desk, item: Path, question: string): Promise<void> {
  await askWord(desk, [...item, 'type'], 'Its type?', asSuggestions(VALUE_TYPES), 'string')
  await askField(desk, [...item, 'description'], question, required)
}
