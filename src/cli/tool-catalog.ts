import { CommanderError } from 'commander'
import { AuthoringError } from './authoring-error.ts'
import { EXIT, exitCodeOf, messageOf } from './exit-code.ts'
import { PLAN_EXIT, PLAN_USAGE } from './plan.ts'
import { createProgram } from './program.ts'

/** Run the `tool-catalog` command. @returns the exit code */
export async function runCli(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok
  const program = createProgram((code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...argv])
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.code === PLAN_USAGE) return PLAN_EXIT.failed
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
