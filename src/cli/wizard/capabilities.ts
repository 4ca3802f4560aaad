import { nameProblem, withValue } from '../../authoring/draft.ts'
import { similarTools, suggestedCapabilities } from '../../authoring/suggestions.ts'
import { isObject, type JsonObject, scalarText, valueAt } from '../../definition/json.ts'
import type { Path } from '../../definition/source.ts'
import { askField, type Desk, required } from './fields.ts'

/** The names of what stands in the mapping at `path`. */
export function namesAt(desk: Desk, path: Path): string[] {
  const parts = valueAt(desk.document, path)
  return isObject(parts) ? Object.keys(parts) : []
}

export async function askCapabilities(desk: Desk): Promise<void> {
  if (namesAt(desk, ['capabilities']).length === 0) await addCapability(desk)
  for (;;) {
    const names = namesAt(desk, ['capabilities'])
    const wish = await desk.asker.choose(`It has ${names.join(', ')}.`, [
      { name: 'Go on', value: { does: 'end', name: '' } },
      { name: 'Add another capability', value: { does: 'add', name: '' } },
      ...names.map((name) => ({ name: `Describe ${name} anew`, value: { does: 'describe', name } })),
      ...(names.length > 1 ? names.map((name) => ({ name: `Remove ${name}`, value: { does: 'remove', name } })) : []),
    ])
    if (wish.does === 'end') return
    if (wish.does === 'add') await addCapability(desk)
    else if (wish.does === 'describe') await askDescription(desk, wish.name, '')
    else desk.document = withValue(desk.document, ['capabilities', wish.name], undefined)
  }
}

/** A name that other tools have brings its meaning with it; the same thing should have the same name everywhere. */
async function addCapability(desk: Desk): Promise<void> {
  const { tool_name: name, description } = desk.document
  const similar = similarTools(desk.known.tools, scalarText(name), scalarText(description))
  const suggestions = suggestedCapabilities(desk.known.tools, similar)
  const check = (text: string) => nameProblem(desk.document, ['capabilities'], text.trim())
  const chosen = await desk.asker.word(
    { message: 'What can it do? (the name of a capability)', current: '', check },
    suggestions,
  )
  const before = desk.document
  const added: JsonObject = {}
  desk.document = withValue(before, ['capabilities', chosen], added)
  try {
    await askDescription(desk, chosen, suggestions.find(({ value }) => value === chosen)?.note ?? '')
  } catch (error) {
    desk.document = before
    throw error
  }
}

function askDescription(desk: Desk, name: string, fallback: string): Promise<void> {
  const path = ['capabilities', name, 'description']
  return askField(desk, path, `What does ${name} mean?`, required, fallback)
}
