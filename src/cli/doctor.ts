import type { Command } from 'commander'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { DatabaseUnreachableError } from '../db/connect.ts'
import { DataDirInUseError } from '../db/data-lock.ts'
import { examine } from '../doctor/examine.ts'
import { type Finding, ok, problem } from '../doctor/finding.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions, type Printer } from './printer.ts'
import type { Paint } from './terminal.ts'
import { withDatabaseAsItIs } from './with-database.ts'

interface DoctorOptions extends OutputOptions {
  readonly history: boolean
  readonly strict?: boolean
}

/** `tool-catalog doctor`: whether everything that a server stands on is sound, and what to do where it is not. */
export function addDoctorCommand(program: Command, setExit: (code: number) => void): void {
  program
    .command('doctor')
    .description('Check configuration, database, schema, indexes, clock, disk and history, and say what to do')
    .option('--no-history', 'leave out the history: it takes longest, because all of it is read')
    .option('--strict', 'warnings fail too')
    .addHelpText(
      'after',
      '\nIt changes nothing. Run it with the environment of the server, which may be running.\nExit codes: 0 nothing failed, 1 something failed, 69 no database, 75 data directory in use, 78 wrong configuration.\n\nExamples:\n  tool-catalog doctor\n  tool-catalog doctor --no-history --json',
    )
    .action(async (options: DoctorOptions) => setExit(await runDoctor(options)))
}

interface Examination {
  readonly findings: readonly Finding[]
  /** When something is in the way of all the rest. */
  readonly exitCode?: number
}

async function runDoctor({ history, strict, ...options }: DoctorOptions): Promise<number> {
  const printer = createPrinter(options)
  const { json, paint, print, printJson } = printer
  const { findings, exitCode } = await findAll(printer, new Set(history ? [] : ['history']))
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length
  const isSound = count('failed') === 0 && !(strict && count('warning') > 0)
  if (json) printJson({ ok: isSound, findings })
  else {
    for (const finding of findings) print(lineOf(finding, paint))
    print(
      `${plural(findings.length, 'finding')}: ${count('ok')} ok, ${plural(count('warning'), 'warning')}, ${count('failed')} failed, ${count('skipped')} skipped`,
    )
  }
  return exitCode ?? (isSound ? EXIT.ok : EXIT.failure)
}

async function findAll(printer: Printer, skipped: ReadonlySet<string>): Promise<Examination> {
  let config: Config
  try {
    config = readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const advice = 'Every variable, with its default and meaning: tool-catalog config.'
    const findings = error.problems.map((says) => problem('configuration', 'failed', says, advice))
    return { findings, exitCode: EXIT.config }
  }
  const sound = ok('configuration', 'every variable can be read')
  const verifying = printer.progress('Verifying the history')
  const onProgress = (done: number, total: number) => verifying.update(done, total)
  try {
    const findings = await withDatabaseAsItIs(printer, (database) =>
      examine({ config, database, now: Date.now, onProgress }, skipped),
    ).finally(() => verifying.end())
    return { findings: [sound, ...findings] }
  } catch (error) {
    if (!(error instanceof DatabaseUnreachableError || error instanceof DataDirInUseError)) throw error
    const advice =
      'Look whether PostgreSQL runs, and whether DATABASE_URL names it; then its log. Servers answer from memory meanwhile.'
    return { findings: [sound, problem('database', 'failed', error.message, advice)], exitCode: exitCodeOf(error) }
  }
}

function lineOf({ status, check, says, advice }: Finding, { green, yellow, red, dim }: Paint): string {
  const colours = { ok: green, warning: yellow, failed: red, skipped: dim }
  const line = `${colours[status](status.padEnd(7))}  ${check.padEnd(13)}  ${says}`
  return advice === undefined ? line : `${line}\n${' '.repeat(24)} ${advice}`
}
