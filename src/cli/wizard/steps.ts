import { userInfo } from 'node:os'
import { withValue } from '../../authoring/draft.ts'
import { type Suggestion, similarTools, suggestedWords } from '../../authoring/suggestions.ts'
import { isList, isObject, type JsonObject, scalarText, valueAt } from '../../definition/json.ts'
import { CATEGORIES, PLATFORMS, type Status } from '../../definition/vocabulary.ts'
import type { KnownTool } from '../known-tools.ts'
import { askCapabilities } from './capabilities.ts'
import { askField, askWord, type Desk, optional, required } from './fields.ts'
import { askDependencies } from './items.ts'
import { askPatterns } from './patterns.ts'

/** One step of the wizard: the questions about one part of the draft, with the answers so far to begin with. */
interface Step {
  readonly title: string
  readonly ask: (desk: Desk) => Promise<void>
}

/** All but the last, which is reviewing and saving. */
export const STEPS: readonly Step[] = [
  { title: 'Basics', ask: askBasics },
  { title: 'Defaults', ask: askDefaults },
  { title: 'Dependencies', ask: askDependencies },
  { title: 'Capabilities', ask: askCapabilities },
  { title: 'Patterns', ask: askPatterns },
  { title: 'Metadata', ask: askMetadata },
]

async function askBasics(desk: Desk): Promise<void> {
  const { tools } = desk.known
  await askField(desk, ['tool_name'], 'Name of the tool?', required)
  const name = scalarText(desk.document.tool_name)
  const same = tools.find((tool) => tool.name.toLowerCase() === name.toLowerCase())
  if (same) desk.asker.say(`  ! ${same.name} is there already: ${same.description}`)
  await askField(desk, ['version'], 'Version of the definition?', required, '1.0.0')
  await askField(desk, ['description'], 'What is the tool for?', required)
  saySimilar(desk, similarTools(tools, name, scalarText(desk.document.description)))
  const platforms = tools.map(({ platform }) => platform)
  await askWord(desk, ['platform'], 'Where does it run?', suggestedWords(platforms, PLATFORMS))
  const categories = tools.map(({ category }) => category)
  await askWord(desk, ['category'], 'What kind of tool is it?', suggestedWords(categories, CATEGORIES))
  await askField(desk, ['execution_location'], 'Which service or host runs it? (or nothing)', optional)
  await askStatus(desk)
}

const STAGES: readonly (Suggestion & { readonly value: Status })[] = [
  { value: 'active', note: 'served; the normal state' },
  { value: 'testing', note: 'served, and being tried out' },
  { value: 'draft', note: 'being written; not served' },
  { value: 'deprecated', note: 'served, but on its way out' },
  { value: 'disabled', note: 'not served' },
]

/** What is active needs no mention. */
async function askStatus(desk: Desk): Promise<void> {
  await askWord(desk, ['status'], 'At which stage is it? (Enter: active)', STAGES, 'active')
  if (desk.document.status === 'active') desk.document = withValue(desk.document, ['status'], undefined)
}

function saySimilar(desk: Desk, similar: readonly KnownTool[]): void {
  if (similar.length === 0) return
  desk.asker.say('  Similar tools:')
  for (const { name, platform, description } of similar) desk.asker.say(`    ${name} (${platform}): ${description}`)
}

const DEFAULTS = [
  ['accuracy_level', 'How accurate are its answers? For example exact, sampled (or nothing)'],
  ['freshness', 'How fresh are they? For example live, 60 seconds (or nothing)'],
  ['data_source', 'Where do they come from? For example filesystem, api (or nothing)'],
] as const

async function askDefaults(desk: Desk): Promise<void> {
  for (const [key, question] of DEFAULTS) await askField(desk, ['defaults', key], question, optional)
  const { defaults } = desk.document
  if (isObject(defaults) && Object.keys(defaults).length === 0)
    desk.document = withValue(desk.document, ['defaults'], undefined)
}

async function askMetadata(desk: Desk): Promise<void> {
  await askField(desk, ['metadata', 'author'], 'Who writes it?', optional, userInfo().username)
  await askTags(desk)
  await askField(desk, ['metadata', 'documentation_url'], 'Where is its documentation? (a URL, or nothing)', optional)
  const today = new Date().toISOString().slice(0, 10)
  const { metadata } = desk.document
  const dates: JsonObject = { created: today, updated: today }
  desk.document = { ...desk.document, metadata: { ...(isObject(metadata) ? metadata : {}), ...dates } }
}

async function askTags(desk: Desk): Promise<void> {
  const tags = valueAt(desk.document, ['metadata', 'tags'])
  const current = isList(tags) ? tags.map(scalarText).join(', ') : ''
  const answer = await desk.asker.text({
    message: 'Words to find it by, with commas between them? (or nothing)',
    current,
    check: () => undefined,
  })
  const words = answer.split(',').flatMap((word) => word.trim() || [])
  desk.document = withValue(desk.document, ['metadata', 'tags'], words.length === 0 ? undefined : words)
}
