import { setFlagsFromString } from 'node:v8'
import { type Command, Option } from 'commander'
import {
  CONFLICT_STRATEGIES,
  type ConflictStrategy,
  type ImportAnswer,
  type ImportItem,
  type ImportResult,
  importDefinitions,
  type Outcome,
  prepareItem,
} from '../catalog/import.ts'
import { readConfig } from '../config.ts'
import type { Problem } from '../definition/problem.ts'
import { EXIT } from './exit-code.ts'
import { InterruptedError } from './interruptible.ts'
import { operator } from './operator.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions, type Printer } from './printer.ts'
import { problemLine } from './problem-line.ts'
import { readSources } from './sources.ts'
import type { Paint } from './terminal.ts'
import { withDatabase } from './with-database.ts'

interface ImportCommandOptions extends OutputOptions {
  readonly dryRun?: boolean
  readonly onConflict: ConflictStrategy
  readonly overrideCompatibility?: boolean
  readonly message?: string
  readonly stream?: boolean
}

/** `tool-catalog import`: validate everything, then write it, in batches that are whole or not at all. */
export function addImportCommand(program: Command, setExit: (code: number) => void): void {
  program
    .command('import')
    .description('Import definitions: everything is validated first, then written in atomic batches')
    .argument('<path...>', 'files, folders, or - for standard input (which may hold many definitions)')
    .option('--dry-run', 'say exactly what would happen, and change nothing')
    .addOption(
      new Option('--on-conflict <strategy>', 'when the catalog has the same version with other content')
        .choices([...CONFLICT_STRATEGIES])
        .default('fail'),
    )
    .option('--override-compatibility', 'import even what breaks those who use the tools (see COMPATIBILITY)')
    .option('-m, --message <text>', 'why, for the history')
    .option('--stream', 'each file may hold many definitions (YAML documents, or JSON Lines)')
    .option('--json', 'results as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog import ./tools --dry-run\n  tool-catalog import ./tools --on-conflict new-version --message "May review"\n  tool-catalog export | tool-catalog import -',
    )
    .action(async (paths: string[], options: ImportCommandOptions) => setExit(await runImport(paths, options)))
}

// By default V8 lets garbage grow to four times what is in use; a big import beside a server should take little memory.
const HEAP_GROWTH = '--heap-growing-percent=30'

async function runImport(paths: readonly string[], options: ImportCommandOptions): Promise<number> {
  setFlagsFromString(HEAP_GROWTH)
  const printer = createPrinter(options)
  const { dryRun = false } = options
  const { items, errors } = await readItems(printer, paths, options.stream ?? false)
  if (errors.length > 0) {
    if (printer.json) printer.printJson({ dryRun, results: [], revisions: [], problems: errors })
    printer.complain(`${plural(errors.length, 'error')}: nothing was imported`)
    return EXIT.failure
  }
  const answer = await importItems(printer, items, options)
  if (printer.json) printer.printJson({ dryRun, ...answer })
  else printAnswer(printer, answer, dryRun)
  return answer.results.some(({ outcome }) => outcome === 'rejected') ? EXIT.failure : EXIT.ok
}

/** Everything that was read, and every error in it, which has been printed. */
async function readItems(printer: Printer, paths: readonly string[], stream: boolean) {
  const items: ImportItem[] = []
  const errors: (Problem & { readonly file: string })[] = []
  for await (const { label, validation } of readSources(printer, paths, { stream })) {
    if (validation.document) items.push(prepareItem(label, validation.document))
    for (const problem of validation.problems) {
      if (problem.severity !== 'error') continue
      errors.push({ file: label, ...problem })
      printer.complain(problemLine(label, problem, printer.notePaint))
    }
  }
  return { items, errors }
}

/** @throws InterruptedError, which says what is imported already */
async function importItems(
  printer: Printer,
  items: readonly ImportItem[],
  { onConflict, dryRun = false, overrideCompatibility = false, message }: ImportCommandOptions,
): Promise<ImportAnswer> {
  const importing = printer.progress('Importing')
  const origin = { actor: operator(), source: 'import', ...(message === undefined ? {} : { message }) } as const
  let imported = 0
  const onProgress = (count: number) => {
    imported = count
    importing.update(count, items.length)
  }
  try {
    return await withDatabase(printer, (database) => {
      importing.update(0, items.length)
      const compatibility = readConfig().COMPATIBILITY
      const how = { onConflict, dryRun, compatibility, overrideCompatibility, onProgress }
      return importDefinitions(database, origin, items, how)
    }).finally(() => importing.end())
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error
    const done = dryRun
      ? 'Nothing was changed.'
      : `${imported} of ${items.length} are known to be imported. Import them again to add the rest: what is there stays as it is.`
    throw new InterruptedError(error.exitCode, `Stopped. ${done}`)
  }
}

function printAnswer({ print, paint }: Printer, { results, revisions }: ImportAnswer, isDryRun: boolean): void {
  for (const result of results) print(lineOf(result, paint))
  const counts = new Map<Outcome, number>()
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const summary = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'nothing to import'
  const rejected = counts.has('rejected')
  const end = isDryRun
    ? 'dry run, nothing was changed'
    : rejected
      ? 'nothing was changed'
      : revisions.length === 0
        ? 'no new revision'
        : `revision ${revisions.at(-1)}`
  print(`${summary}; ${end}`)
}

function lineOf({ outcome, tool, version, label, detail }: ImportResult, paint: Paint): string {
  const { green, yellow, red, dim } = paint
  const colours = { created: green, updated: yellow, unchanged: dim, skipped: dim, rejected: red }
  return `${colours[outcome](outcome.padEnd(9))} ${tool} ${version} (${label})${detail ? `: ${detail}` : ''}`
}
