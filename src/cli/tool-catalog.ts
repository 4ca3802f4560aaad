import { Command, CommanderError } from 'commander'
import { addAuditCommand } from './audit.ts'
import { addConfigCommand } from './config.ts'
import { EXIT, exitCodeOf, messageOf } from './exit-code.ts'
import { addExportCommand } from './export.ts'
import { addImportCommand } from './import.ts'
import { addKeysCommand } from './keys.ts'
import { addValidateCommand } from './validate.ts'

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
    addImportCommand,
    addExportCommand,
    addKeysCommand,
    addAuditCommand,
    addConfigCommand,
  ])
    add(program, setExit)
  program.addHelpText(
    'after',
    '\nEvery environment variable: tool-catalog config. Exit codes: 0 done, 1 failed, 2 wrong usage, 66 no such file, 69 no database, 75 data directory in use, 78 wrong configuration.',
  )
  try {
    await program.parseAsync(argv as string[])
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    process.stderr.write(`${messageOf(error)}\n`)
    return exitCodeOf(error)
  }
}
