import { withValue } from '../../authoring/draft.ts'
import { isList, isObject, type Json, type JsonObject, scalarText, valueAt } from '../../definition/json.ts'
import type { Path } from '../../definition/source.ts'
import { namesAt } from './capabilities.ts'
import { askField, type Desk, keepsList, numeric, optional } from './fields.ts'
import { askItems } from './items.ts'

/** A pattern that an example may be one of. */
interface Shown {
  readonly pattern: string
  readonly inputs: readonly JsonObject[]
}

/** Worked examples, none or many: what goes into one way of using the tool, and what should come of it. */
export async function askExamples(desk: Desk): Promise<void> {
  const list = ['examples']
  if (await keepsList(desk, list, 'Worked examples:')) return
  await askItems(
    desk,
    { message: 'What would a worked example show?', nameIn: list },
    async () => list,
    async (item) => {
      await askField(desk, [...item, 'description'], 'What happens in it? (or nothing)', optional)
      for (const input of (await choosePattern(desk)).inputs) await askInputValue(desk, item, input)
      await askField(desk, [...item, 'expected_time_ms'], 'How many milliseconds should it take? (or nothing)', numeric)
      await askField(desk, [...item, 'expected_cost'], 'What should it cost? (or nothing)', numeric)
      await askField(desk, [...item, 'expected_output'], 'What should come back? (or nothing)', optional)
    },
  )
}

/** Which pattern it is one of: asked when there are several. */
async function choosePattern(desk: Desk): Promise<Shown> {
  const all = namesAt(desk, ['capabilities']).flatMap((capability) => {
    const patterns = ['capabilities', capability, 'patterns']
    return namesAt(desk, patterns).map((pattern) => ({ pattern, inputs: inputsOf(desk, [...patterns, pattern]) }))
  })
  const [only, another] = all
  if (only && !another) return only
  return desk.asker.choose(
    'Which way of using it?',
    all.map((one) => ({ name: one.pattern, value: one })),
  )
}

function inputsOf({ document }: Desk, pattern: Path): JsonObject[] {
  return ['required_inputs', 'optional_inputs'].flatMap((key) => {
    const inputs = valueAt(document, [...pattern, key])
    return isList(inputs) ? inputs.filter(isObject) : []
  })
}

async function askInputValue(desk: Desk, item: Path, { name, type }: JsonObject): Promise<void> {
  const input = scalarText(name)
  const path = [...item, 'inputs', input]
  const isText = type === 'string' || type === undefined
  const message = isText
    ? `Value of ${input}? (or nothing)`
    : `Value of ${input}, of type ${scalarText(type)}? (or nothing)`
  await askField(desk, path, message, isText ? optional : asValue)
  // A mapping that holds nothing says nothing.
  if (valueAt(desk.document, path) === undefined && namesAt(desk, [...item, 'inputs']).length === 0)
    desk.document = withValue(desk.document, [...item, 'inputs'], undefined)
}

/** `3`, `true`, `["a"]` are what they look like; everything else is text. */
function asValue(text: string): Json | undefined {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return text.trim()
  }
}
