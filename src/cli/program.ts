import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { forgoColours } from '../config.ts'
import { addApplyCommand } from './apply.ts'
import { addAuditCommand } from './audit.ts'
import { addBackupCommand } from './backup.ts'
import { addCompactCommand } from './compact.ts'
import { addCompletionCommand } from './completion.ts'
import { addConfigCommand } from './config.ts'
import { addDiffCommand } from './diff.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEditCommand } from './edit.ts'
import { addEpochCommand } from './epoch.ts'
import { exitCodesText } from './exit-code.ts'
import { addExportCommand } from './export.ts'
import { addImportCommand } from './import.ts'
import { addKeysCommand } from './keys.ts'
import { addListCommand } from './list.ts'
import { addLoginCommands } from './login.ts'
import { addMigrateCommand } from './migrate.ts'
import { addNewCommand } from './new.ts'
import { addPlanCommand } from './plan.ts'
import { addOutputOptions } from './printer.ts'
import { addPublishCommand } from './publish.ts'
import { addReloadCommand } from './reload.ts'
import { addRestoreCommand } from './restore.ts'
import { addSearchCommand } from './search.ts'
import { addServeCommand } from './serve.ts'
import { addShowCommand } from './show.ts'
import { addStatsCommand } from './stats.ts'
import { addToolStateCommands } from './tool-state.ts'
import { addValidateCommand } from './validate.ts'
import { addWatchCommand } from './watch.ts'

/** Adds one command, or a few that belong together. */
export type AddCommand = (program: Command, setExit: (code: number) => void) => void

/** Every command, in the order of the help. */
const GROUPS: readonly { readonly title: string; readonly commands: readonly AddCommand[] }[] = [
  {
    title: 'Definitions',
    commands: [
      addNewCommand,
      addEditCommand,
      addValidateCommand,
      addImportCommand,
      addExportCommand,
      addPlanCommand,
      addApplyCommand,
    ],
  },
  {
    title: 'A running server',
    commands: [
      addLoginCommands,
      addListCommand,
      addSearchCommand,
      addShowCommand,
      addDiffCommand,
      addPublishCommand,
      addToolStateCommands,
      addWatchCommand,
      addReloadCommand,
    ],
  },
  {
    title: 'Running one',
    commands: [
      addServeCommand,
      addConfigCommand,
      addCompletionCommand,
      addKeysCommand,
      addDoctorCommand,
      addStatsCommand,
      addBackupCommand,
      addRestoreCommand,
      addMigrateCommand,
      addAuditCommand,
      addCompactCommand,
      addEpochCommand,
    ],
  },
]

/** What these print is not theirs: the log of the server, and a script for a shell. */
const WITHOUT_OUTPUT_OPTIONS = new Set(['serve', 'completion'])

/** The whole command; `setExit` is told the exit code of what ran, when it is another one than 0. */
export function createProgram(setExit: (code: number) => void): Command {
  const program = new Command('tool-catalog')
    .description('A catalog of the tools that pipelines and agents run.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see what it takes, with examples.')
    // Every command has options; to say so at each would leave no room for what it does.
    .configureHelp({ subcommandTerm: usageOf })
    // An option behind a command is that command's: `export --version all`, `publish --message -q`.
    .enablePositionalOptions()
    .hook('preAction', (_, command) => takeFromAncestors(command))
  for (const { title, commands } of GROUPS) {
    program.commandsGroup(`${title}:`)
    for (const add of commands) add(program, setExit)
  }
  const groups = program.commands.filter(({ commands }) => commands.length > 0)
  for (const command of [program, ...groups, ...leavesOf(program)])
    if (!WITHOUT_OUTPUT_OPTIONS.has(command.name())) addOutputOptions(command)
  return program.addHelpText(
    'after',
    `\nThe options for the output may stand before or behind the command. Every environment variable: tool-catalog config.\nExit codes: ${exitCodesText()}.`,
  )
}

/** Every command that does something, rather than hold others. */
export function leavesOf(command: Command): Command[] {
  return command.commands.flatMap((sub) => (sub.commands.length > 0 ? leavesOf(sub) : [sub]))
}

/** `diff <name-or-file> [from] [to]`. */
export function usageOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...words].join(' ')
}

/** `tool-catalog --json keys list` and `tool-catalog keys --json list` are `tool-catalog keys list --json`. */
function takeFromAncestors(command: Command): void {
  for (let ancestor = command.parent; ancestor; ancestor = ancestor.parent) takeFrom(ancestor, command)
  if (command.getOptionValue('color') === false) forgoColours()
}

function takeFrom(ancestor: Command, command: Command): void {
  for (const option of ancestor.options) {
    const name = option.attributeName()
    if (ancestor.getOptionValueSource(name) !== 'cli') continue
    if (!command.options.some(({ long }) => long === option.long))
      command.error(`error: ${command.name()} has no option '${option.long}'`)
    command.setOptionValueWithSource(name, ancestor.getOptionValue(name), 'cli')
  }
}

function packageVersion(): string {
  // The package is whole wherever this runs from: src/cli/ and dist/cli/ are equally deep in it.
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return version
}
