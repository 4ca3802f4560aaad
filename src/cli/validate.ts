import { type Command, Option } from 'commander'
import { formatProblem, type Problem } from '../definition/problem.ts'
import { EXIT } from './exit-code.ts'
import { listSources, readSource } from './sources.ts'

interface ValidateOptions {
  readonly format: 'text' | 'json'
  readonly strict?: boolean
  readonly stream?: boolean
}

/** `tool-catalog validate`: every problem of every file in one run. */
export function addValidateCommand(program: Command, setExit: (code: number) => void): void {
  program
    .command('validate')
    .description('Check definitions: every problem of every file in one run')
    .argument('<path...>', 'files, folders, or - for standard input')
    .addOption(new Option('--format <format>', 'how to print the problems').choices(['text', 'json']).default('text'))
    .option('--strict', 'warnings fail too')
    .option('--stream', 'each file may hold many definitions (YAML documents, or JSON Lines)')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog validate catalog/\n  tool-catalog validate --strict --format json grep.yaml',
    )
    .action(async (paths: string[], options: ValidateOptions) => setExit(await validate(paths, options)))
}

async function validate(paths: readonly string[], { format, strict, stream }: ValidateOptions): Promise<number> {
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
