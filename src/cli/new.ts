import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { copyDefinition } from '../authoring/copy-definition.ts'
import { draftFromHelp } from '../authoring/draft-from-help.ts'
import { readHelp } from '../authoring/help-text.ts'
import { TEMPLATE_NAMES, TEMPLATES, type TemplateName } from '../authoring/template-list.ts'
import { nearestWord } from '../definition/vocabulary.ts'
import { AuthoringError } from './authoring-error.ts'
import { EXIT } from './exit-code.ts'
import { knownTools } from './known-tools.ts'
import { readProgramHelp } from './read-help.ts'
import { type Destination, saveDefinition } from './save-definition.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'

interface NewOptions extends SessionOptions {
  readonly template?: TemplateName
  readonly from?: string
  readonly fromHelp?: string
  readonly list?: boolean
  readonly set?: Readonly<Record<string, string>>
  readonly output?: string
  readonly draft?: boolean
  readonly force?: boolean
  /** False after --no-input. */
  readonly input: boolean
}

const EXAMPLES = `
Without --template, --from or --from-help, the wizard asks for everything, in seven steps.
A key for the server comes from TOOL_CATALOG_KEY, or from login; saving a draft takes the role editor.

Examples:
  tool-catalog new
  tool-catalog new --list
  tool-catalog new --template simple-command disk-report --set command=df --set use_case="how full are the disks"
  tool-catalog new --template api ticket-api --no-input --output - | tool-catalog validate --strict -
  tool-catalog new --from grep ugrep --draft
  tool-catalog new --from-help rsync`

/** `tool-catalog new`: write a definition, with the wizard, from a template, another tool, or a program's own help. */
export function addNewCommand(program: Command): void {
  const command = program
    .command('new')
    .description(
      'Write a new definition: with the wizard, from a template, from another tool, or from a program’s help',
    )
    .argument('[name]', 'name of the new tool')
    .addOption(
      new Option('--template <template>', 'fill a template').choices(TEMPLATE_NAMES).conflicts(['from', 'fromHelp']),
    )
    .addOption(
      new Option('--from <tool>', 'copy a tool of the server, or of the starter catalog').conflicts('fromHelp'),
    )
    .option(
      '--from-help <command>',
      'draft one from what a program on this machine says to --help and in its manual page',
    )
    .option('--set <key=value>', 'value of a placeholder of the template; may be given again', collectValue)
    .option('--list', 'list the templates and their placeholders')
    .option('-o, --output <file>', 'file to write, - for standard output (default: NAME.yaml, or none with --draft)')
    .option('--draft', 'save it to the server as a draft')
    .option('--force', 'replace the file when it is there already')
    .option('--no-input', 'ask nothing, even on a terminal')
    .option('--json', 'what was saved, and where, as JSON; with --list, the templates')
    .addHelpText('after', EXAMPLES)
  addServerOption(command).action(runNew)
}

async function runNew(name: string | undefined, options: NewOptions): Promise<void> {
  const session = openSession(options)
  if (options.list) return session.json ? session.printJson(TEMPLATES) : session.print(templateTable())
  if (options.set && options.template === undefined)
    throw new AuthoringError('--set is for the placeholders of a --template.', EXIT.usage)
  if (options.template !== undefined || options.from !== undefined || options.fromHelp !== undefined) {
    const text = await textOf(session, name, options)
    await saveDefinition(session, text, destinationOf(session, text, options))
  } else await startWizard(session, name, options)
}

async function startWizard(session: Session, name: string | undefined, options: NewOptions): Promise<void> {
  if (options.draft)
    throw new AuthoringError(
      'The wizard asks where to save; --draft goes with --template, --from or --from-help.',
      EXIT.usage,
    )
  if (!process.stdin.isTTY || !options.input)
    throw new AuthoringError(
      'The wizard asks on a terminal. Without one, use --template, --from or --from-help: see tool-catalog new --help',
      EXIT.usage,
    )
  const { runWizard } = await import('./wizard/wizard.ts')
  await runWizard(name, { session, file: options.output, overwrite: options.force ?? false })
}

/** The text of the new definition, from what it is to be made of. */
async function textOf(session: Session, name: string | undefined, options: NewOptions): Promise<string> {
  const { template, from, fromHelp, set = {}, input } = options
  const now = new Date()
  if (template !== undefined) {
    const facts = { name: needed(name), user: userInfo().username, now }
    // Prompts are loaded when somebody may be asked: every other command starts without them.
    const { textFromTemplate } = await import('./template-values.ts')
    const mayAsk = input && process.stdin.isTTY
    return textFromTemplate(template, facts, set, { mayAsk, note: session.note })
  }
  if (from !== undefined) return copyDefinition(await textOfTool(session, from), needed(name), now)
  const program = needed(fromHelp)
  const { help, manual, read } = await session.wait(`Asking ${program} for its help`, readProgramHelp(program))
  const platform = { linux: 'linux', darwin: 'macos', win32: 'windows' }[process.platform as string] ?? 'custom'
  return draftFromHelp(readHelp(help, manual), { name: name ?? program, command: program, read, platform, now })
}

async function textOfTool(session: Session, tool: string): Promise<string> {
  const known = await knownTools(session)
  const text = await known.definitionText(tool)
  if (text !== undefined) return text
  const near = nearestWord(
    tool,
    known.tools.map(({ name }) => name),
  )
  throw new AuthoringError(`There is no tool ${tool} in ${known.origin}.${near ? ` Did you mean ${near}?` : ''}`)
}

function needed(name: string | undefined): string {
  if (name === undefined) throw new AuthoringError('Say the name of the new tool: tool-catalog new … NAME', EXIT.usage)
  return name
}

function destinationOf(session: Session, text: string, { output, draft, force }: NewOptions): Destination {
  return {
    file: output ?? (draft ? undefined : fileName(text)),
    overwrite: force ?? false,
    server: draft ? session : undefined,
  }
}

/** Tools differ by more than case, and so do their files. */
function fileName(text: string): string {
  const name = /^tool_name: *"?([A-Za-z0-9._+-]+)/m.exec(text)?.[1] ?? 'tool'
  return `${name.toLowerCase()}.yaml`
}

function collectValue(text: string, values: Readonly<Record<string, string>> = {}): Record<string, string> {
  const split = text.indexOf('=')
  if (split < 1) throw new InvalidArgumentError('Must look like key=value.')
  return { ...values, [text.slice(0, split)]: text.slice(split + 1) }
}

function templateTable(): string {
  return TEMPLATE_NAMES.map((name) => {
    const { summary, placeholders } = TEMPLATES[name]
    const width = Math.max(...placeholders.map(({ key }) => key.length))
    const rows = placeholders.map(
      ({ key, question, fallback }) => `  ${key.padEnd(width)}  ${question} [${fallback}]\n`,
    )
    return `${name}: ${summary}\n${rows.join('')}`
  }).join('\n')
}
