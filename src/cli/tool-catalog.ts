import { Command, CommanderError } from 'commander'
import { addAuditCommand } from './audit.ts'
import { AuthoringError } from './authoring-error.ts'
import { addCompactCommand } from './compact.ts'
import { addConfigCommand } from './config.ts'
import { addEditCommand } from './edit.ts'
import { addEpochCommand } from './epoch.ts'
import { EXIT, exitCodeOf, messageOf } from './exit-code.ts'
import { addExportCommand } from './export.ts'
import { addImportCommand } from './import.ts'
import { addKeysCommand } from './keys.ts'
import { addNewCommand } from './new.ts'
import { addReloadCommand } from './reload.ts'
import { addValidateCommand } from './validate.ts'
import { addWatchCommand } from './watch.ts'

/** Run the `tool-catalog` command. @returns the exit code */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('tool-catalog')
    .description('A catalog of the tools that pipelines and agents run.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
  let exitCode: number = EXIT.ok
  const setExit = (code: number) => {
    exitCode = code
  }
  for (const add of [
    addValidateCommand,
    addNewCommand,
    addEditCommand,
    addImportCommand,
    addExportCommand,
    addWatchCommand,
    addReloadCommand,
    addKeysCommand,
    addAuditCommand,
    addCompactCommand,
    addEpochCommand,
    addConfigCommand,
  ])
    add(program, setExit)
  program.addHelpText(
    'after',
    '\nEvery environment variable: tool-catalog config. Exit codes: 0 done, 1 failed, 2 wrong usage, 66 no such file, 69 no database or server, 75 data directory in use, 77 credential not accepted, 78 wrong configuration, 130 stopped by Ctrl-C.',
  )
  try {
    await program.parseAsync(argv as string[])
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    // What the prompt library throws at Ctrl-C.
    if (error instanceof Error && error.name === 'ExitPromptError') {
      process.stderr.write('Cancelled. Nothing was saved.\n')
      return EXIT.interrupted
    }
    if (error instanceof AuthoringError) {
      process.stderr.write(`${error.message}\n`)
      return error.exitCode
    }
    process.stderr.write(`${messageOf(error)}\n`)
    return exitCodeOf(error)
  }
}
