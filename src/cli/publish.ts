import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readIdentity } from '../definition/definition.ts'
import { addWriteOptions, type Done, endingOf, mutate, type WriteOptions, writeInput } from './mutate.ts'
import { UsageError } from './prompt.ts'
import { readOneDefinition } from './read-definition.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { hasTool, parseReference } from './tool-name.ts'

interface PublishOptions extends SessionOptions, WriteOptions {
  readonly testing?: boolean
  readonly keepLatest?: boolean
  readonly overrideCompatibility?: boolean
}

interface Published extends Done {
  readonly version: { readonly version: string; readonly status: string } | null
  readonly tool: { readonly name: string; readonly latest: { readonly version: string } | null } | null
}

const SELECT = `... on CompatibilityError { differences { path reason breaking before after } }
  ... on PublishVersionSuccess { version { version status } tool { name latest { version } } }`
const SELECT_NEW = `... on CreateToolSuccess { version { version status } tool { name latest { version } } }`

/** `tool-catalog publish`: a file, or a draft that the server has. */
export function addPublishCommand(program: Command): void {
  const publish = program
    .command('publish')
    .description('Publish a definition as a new version (of a new tool, when there is none), or a draft of the server')
    .argument('<file-or-draft>', 'a file, - for standard input, or NAME@VERSION of a draft')
    .option('--testing', 'as a version that is still tested, instead of an active one')
    .option('--keep-latest', 'do not serve it by default, even if it is the highest')
    .option('--override-compatibility', 'publish even what breaks those who use the tool (admins; the history says so)')
    .addHelpText(
      'after',
      '\nA published version is never edited: what has changed takes another version. What may not break, says the tool\n(compatibility) or the server (COMPATIBILITY).\n\nExamples:\n  tool-catalog publish grep.yaml --message "Counts lines"\n  tool-catalog publish grep.yaml --dry-run\n  tool-catalog publish grep@2.0.0 --testing',
    )
  addServerOption(addWriteOptions(publish)).action(runPublish)
}

async function runPublish(what: string, options: PublishOptions): Promise<void> {
  const session = openSession(options)
  const isFile = what === '-' || existsSync(what) || !what.includes('@')
  const published = isFile ? await publishFile(session, what, options) : await publishDraft(session, what, options)
  if (session.json) return session.printJson(published)
  const { changes, dryRun } = published
  const [change] = changes
  const subject = change ? `${change.toolName} ${change.version ?? ''}` : what
  session.print(
    `${subject.trim()} ${dryRun ? 'would be ' : ''}${verbOf(published)}${servedText(published)}; ${endingOf(published)}`,
  )
}

/** Whether it is what the tool serves by default now; a lower version, for one, is not. */
function servedText({ dryRun, version, tool }: Published): string {
  if (dryRun || !version || version.status === 'DRAFT' || !tool) return ''
  if (version.version === tool.latest?.version) return ' (latest)'
  return tool.latest ? ` (${tool.latest.version} stays the latest)` : ''
}

function verbOf({ changes }: Published): string {
  if (changes.length === 0) return 'is there already'
  if (changes.some(({ kind }) => kind === 'TOOL_CREATED')) return 'created'
  return changes.some(({ kind }) => kind.startsWith('DRAFT')) ? 'kept as a draft' : 'published'
}

async function publishFile(session: Session, path: string, options: PublishOptions): Promise<Published> {
  const { document, text } = await readOneDefinition(path)
  const { name } = readIdentity(document)
  const definition = { text }
  if (await hasTool(session, name))
    return mutate<Published>(session, 'publishVersion', { tool: name, definition, ...publishInput(options) }, SELECT)
  if (options.testing || options.keepLatest || options.expectedRevision !== undefined)
    throw new UsageError(
      `There is no tool ${name} yet: its first version is what its definition says (status), without --testing, --keep-latest and --expected-revision.`,
    )
  const { expectedRevision: _, ...input } = writeInput(options)
  return mutate<Published>(session, 'createTool', { definition, ...input }, SELECT_NEW)
}

function publishDraft(session: Session, reference: string, options: PublishOptions): Promise<Published> {
  const { name, version } = parseReference(reference)
  return mutate<Published>(session, 'publishVersion', { tool: name, version, ...publishInput(options) }, SELECT)
}

function publishInput(options: PublishOptions): Record<string, unknown> {
  const { testing, keepLatest, overrideCompatibility } = options
  return {
    ...writeInput(options),
    ...(testing ? { status: 'TESTING' } : {}),
    ...(keepLatest ? { moveLatest: false } : {}),
    ...(overrideCompatibility ? { overrideCompatibility } : {}),
  }
}
