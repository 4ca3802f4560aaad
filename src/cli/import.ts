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
import { formatProblem } from '../definition/problem.ts'
import { EXIT } from './exit-code.ts'
import { operator } from './operator.ts'
import { ProgressLine } from './progress-line.ts'
import { listSources, readSource } from './sources.ts'
import { plural } from './validate.ts'
import { withDatabase } from './with-database.ts'

interface ImportCommandOptions {
  readonly dryRun?: boolean
  readonly onConflict: ConflictStrategy
  readonly overrideCompatibility?: boolean
  readonly message?: string
  readonly json?: boolean
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
    .option('--message <text>', 'why, for the history')
    .option('--json', 'results as JSON')
    .option('--stream', 'each file may hold many definitions (YAML documents, or JSON Lines)')
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
  const items = await readValidItems(paths, options.stream ?? false)
  if (!items) return EXIT.failure
  const answer = await withDatabase(async (database) => {
    const progress = new ProgressLine('Importing', process.stderr)
    const origin = {
      actor: operator(),
      source: 'import',
      ...(options.message === undefined ? {} : { message: options.message }),
    } as const
    return importDefinitions(database, origin, items, {
      onConflict: options.onConflict,
      dryRun: options.dryRun ?? false,
      compatibility: readConfig().COMPATIBILITY,
      overrideCompatibility: options.overrideCompatibility ?? false,
      onProgress: (count) => progress.update(count, items.length),
    }).finally(() => progress.end())
  })
  if (options.json) process.stdout.write(`${JSON.stringify({ dryRun: options.dryRun ?? false, ...answer }, null, 2)}\n`)
  else printAnswer(answer, options.dryRun ?? false)
  return answer.results.some(({ outcome }) => outcome === 'rejected') ? EXIT.failure : EXIT.ok
}

/** Fewer files are read before a person could look. */
const PROGRESS_FROM = 200

/** Everything that was read, when all of it is valid; otherwise undefined, and every error has been printed. */
async function readValidItems(paths: readonly string[], stream: boolean): Promise<ImportItem[] | undefined> {
  const items: ImportItem[] = []
  let errors = 0
  const sources = await listSources(paths)
  const progress = new ProgressLine('Checking', process.stderr)
  for (const [index, path] of sources.entries()) {
    if (sources.length >= PROGRESS_FROM) progress.update(index + 1, sources.length)
    for (const { label, validation } of await readSource(path, { stream })) {
      if (validation.document) items.push(prepareItem(label, validation.document))
      for (const problem of validation.problems) {
        if (problem.severity !== 'error') continue
        errors++
        process.stderr.write(`${formatProblem(label, problem)}\n`)
      }
    }
  }
  progress.end()
  if (errors === 0) return items
  process.stderr.write(`${plural(errors, 'error')}: nothing was imported\n`)
  return undefined
}

function printAnswer({ results, revisions }: ImportAnswer, isDryRun: boolean): void {
  for (const result of results) process.stdout.write(`${lineOf(result)}\n`)
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
  process.stdout.write(`${summary}; ${end}\n`)
}

function lineOf({ outcome, tool, version, label, detail }: ImportResult): string {
  return `${outcome.padEnd(9)} ${tool} ${version} (${label})${detail ? `: ${detail}` : ''}`
}
