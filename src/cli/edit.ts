import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { canonicalJson } from '../definition/canonical.ts'
import { classifyDifferences } from '../definition/classify.ts'
import { readIdentity } from '../definition/definition.ts'
import { withVersion } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { validateText } from '../definition/validate.ts'
import { nextVersion } from '../definition/version-order.ts'
import { AuthoringError } from './authoring-error.ts'
import { differenceLines, summaryOf } from './difference-lines.ts'
import { openEditor } from './open-editor.ts'
import { sayProblems } from './problem-line.ts'
import { publishHint } from './save-definition.ts'
import { saveEdit } from './save-draft.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { unknownTool } from './tool-name.ts'

interface EditOptions extends SessionOptions {
  readonly version?: string
  readonly draft?: boolean
  readonly publish?: boolean
  readonly message?: string
}

const FIND = `query Edited($name: String!, $version: String) { tool(name: $name) {
  name revision
  version(version: $version) { version status definitionText }
  versions(first: 100) { nodes { version } }
} }`

interface FoundTool {
  readonly name: string
  readonly revision: string
  readonly version: { readonly version: string; readonly status: string; readonly definitionText: string } | null
  readonly versions: { readonly nodes: readonly { readonly version: string }[] }
}

type Wish = 'draft' | 'publish' | 'again' | 'end'

/** `tool-catalog edit`: the definition in the person's own editor, and back to the server. */
export function addEditCommand(program: Command): void {
  const edit = program
    .command('edit')
    .description(
      'Edit a definition of the server in your editor (EDITOR), see what that changes, and save or publish it',
    )
    .argument('<name>', 'name of the tool')
    .option('--version <version>', 'version to begin with (default: the latest)')
    .addOption(new Option('--draft', 'save it as a draft, without asking').conflicts('publish'))
    .option('--publish', 'publish it, without asking')
    .option('-m, --message <text>', 'why, for the history')
    .option('--json', 'what was saved, and what it changes, as JSON')
    .addHelpText(
      'after',
      '\nA published version is never changed: what you edit becomes the next one, unless you give it a version yourself.\nThe key comes from TOOL_CATALOG_KEY, or from login; it takes the role editor.\n\nExamples:\n  tool-catalog edit grep\n  EDITOR="code --wait" tool-catalog edit grep --publish --message "More use cases"',
    )
  addServerOption(edit).action(runEdit)
}

async function runEdit(name: string, options: EditOptions): Promise<void> {
  const session = openSession(options)
  const found = await findTool(session, name, options.version)
  const folder = await mkdtemp(join(tmpdir(), 'tool-catalog-edit-'))
  const file = join(folder, `${found.name}.yaml`)
  // Editors that know the format complete and check it.
  const schema = new URL('/definition.schema.json', session.address.url).href
  const given = `# yaml-language-server: $schema=${schema}\n${found.version.definitionText}`
  await writeFile(file, given)
  try {
    await editUntilSaved(session, found, file, options)
  } catch (error) {
    if ((await readFile(file, 'utf8').catch(() => given)) === given) await rm(folder, { recursive: true })
    else session.complain(`What you wrote is in ${file}`)
    throw error
  }
  await rm(folder, { recursive: true })
}

type Found = FoundTool & { readonly version: NonNullable<FoundTool['version']> }

async function findTool(session: Session, name: string, version: string | undefined): Promise<Found> {
  const variables = { name, ...(version === undefined ? {} : { version }) }
  const { tool } = await session.ask<{ tool: FoundTool | null }>(FIND, variables)
  if (!tool) throw await unknownTool(session, name)
  const { version: shown } = tool
  if (!shown)
    throw new AuthoringError(
      version === undefined
        ? `${tool.name} serves no version; say which one to edit with --version.`
        : `${tool.name} has no version ${version}.`,
    )
  return { ...tool, version: shown }
}

async function editUntilSaved(session: Session, found: Found, file: string, options: EditOptions): Promise<void> {
  const before = documentOf(found.version.definitionText)
  const { name: tool, revision: expectedRevision } = found
  for (;;) {
    await openEditor(file)
    const { problems, document } = validateText(await readFile(file, 'utf8'))
    sayProblems(session, file, problems)
    if (document && canonicalJson(document) === canonicalJson(before)) return sayUnchanged(session, tool)
    const after = document && withFreeVersion(document, found)
    const differences = after ? classifyDifferences(before, after) : []
    const from = found.version.version
    if (after) {
      session.note(`${tool} ${from} → ${readIdentity(after).version}: ${summaryOf(differences)}`)
      for (const line of differenceLines(differences, session.notePaint)) session.note(line)
    }
    const wish = await askWish(options, after !== undefined)
    if (wish === 'end') throw new AuthoringError('Nothing was saved.')
    if (wish === 'again' || !after) continue
    const { version } = readIdentity(after)
    const revision = await saveEdit(session, wish, {
      tool,
      expectedRevision,
      document: after,
      message: options.message,
    })
    if (session.json) session.printJson({ tool, from, version, saved: wish, revision, differences, problems })
    else session.print(`${tool} ${version} is ${wish === 'draft' ? 'a draft' : 'published'} now (revision ${revision})`)
    if (wish === 'draft') session.note(publishHint(`${tool}@${version}`))
    return
  }
}

function sayUnchanged({ json, print, printJson }: Session, tool: string): void {
  if (json) printJson({ tool, saved: null, differences: [] })
  else print('Nothing was changed, so nothing was done.')
}

function documentOf(text: string): JsonObject {
  const { document } = validateText(text)
  if (!document) throw new Error('the server has given a definition that is not valid')
  return document
}

/** A version that is published already is left alone: the document gets the next free one. */
function withFreeVersion(document: JsonObject, { version: edited, versions }: Found): JsonObject {
  const { version } = readIdentity(document)
  if (edited.status === 'DRAFT' || version !== edited.version) return document
  return withVersion(document, nextVersion(version, new Set(versions.nodes.map((node) => node.version))))
}

/** What was said on the command line, or is answered; a text with errors can only be edited again. */
async function askWish({ draft, publish }: EditOptions, isValid: boolean): Promise<Wish> {
  const said = draft ? 'draft' : publish ? 'publish' : undefined
  if (isValid && said) return said
  if (!process.stdin.isTTY) return isValid ? 'draft' : 'end'
  const { select } = await import('@inquirer/prompts')
  const choices: { name: string; value: Wish }[] = [
    ...(isValid
      ? ([
          { name: 'Save as a draft', value: 'draft' },
          { name: 'Publish', value: 'publish' },
        ] as const)
      : []),
    { name: 'Edit again', value: 'again' },
    { name: 'Leave, and save nothing', value: 'end' },
  ]
  return select({ message: 'What now?', choices }, { output: process.stderr })
}
