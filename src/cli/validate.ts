import { type Command, Option } from 'commander'
import { formatProblem, type Problem } from '../definition/problem.ts'
import { EXIT } from './exit-code.ts'
import { fixFiles, fixStandardInput } from './fix-files.ts'
import { listSources, readSource } from './sources.ts'

interface ValidateOptions {
  readonly format: 'text' | 'json'
  readonly strict?: boolean
  readonly stream?: boolean
  readonly fix?: boolean
}

/** `tool-catalog validate`: every problem of every file in one run. */
export function addValidateCommand(program: Command, setExit: (code: number) => void): void {
  program
    .command('validate')
    .description('Check definitions: every problem of every file in one run')
    .argument('<path...>', 'files, folders, or - for standard input')
    .addOption(new Option('--format <format>', 'how to print the problems').choices(['text', 'json']).default('text'))
    .option('--strict', 'warnings fail too')
    .addOption(
      new Option('--stream', 'each file may hold many definitions (YAML documents, or JSON Lines)').conflicts('fix'),
    )
    .option(
      '--fix',
      'first put right what has one right answer (order, quotes, case), in the files; of -, the text goes to standard output',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog validate catalog/\n  tool-catalog validate --strict --format json grep.yaml\n  tool-catalog validate --fix tools/',
    )
    .action(async (paths: string[], options: ValidateOptions) => setExit(await validate(paths, options)))
}

async function validate(paths: readonly string[], { format, strict, stream, fix }: ValidateOptions): Promise<number> {
  if (fix && paths.includes('-')) return fixStandardInput(paths)
  if (fix) await fixFiles(paths)
  const report: (Problem & { file: string })[] = []
  let definitions = 0
  for (const path of await listSources(paths)) {
    for (const { label, validation } of await readSource(path, { stream: stream ?? false })) {
      definitions++
      for (const problem of validation.problems) report.push({ file: label, ...problem })
    }
  }
  const errors = report.filter(({ severity }) => severity === 'error').length
  const warnings = report.length - errors
  const isValid = errors === 0 && !(strict && warnings > 0)
  if (format === 'json') {
    process.stdout.write(
      `${JSON.stringify({ valid: isValid, definitions, errors, warnings, problems: report }, null, 2)}\n`,
    )
  } else {
    for (const { file, ...problem } of report) process.stdout.write(`${formatProblem(file, problem)}\n`)
    process.stdout.write(
      `${plural(definitions, 'definition')}, ${plural(errors, 'error')}, ${plural(warnings, 'warning')}\n`,
    )
  }
  return isValid ? EXIT.ok : EXIT.failure
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
