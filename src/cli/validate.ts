import { type Command, Option } from 'commander'
import type { Problem } from '../definition/problem.ts'
import { EXIT } from './exit-code.ts'
import { fixFiles, fixStandardInput } from './fix-files.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions } from './printer.ts'
import { problemLine } from './problem-line.ts'
import { UsageError } from './prompt.ts'
import { readSources } from './sources.ts'

interface ValidateOptions extends OutputOptions {
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
    .addOption(new Option('--json', 'the same as --format json').implies({ format: 'json' }))
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
      '\nExit codes: 0 valid, 1 not (with --strict: warnings, too).\n\nExamples:\n  tool-catalog validate catalog/\n  tool-catalog validate --strict --json grep.yaml\n  tool-catalog validate --fix tools/',
    )
    .action(async (paths: string[], options: ValidateOptions) => setExit(await validate(paths, options)))
}

async function validate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  const { format, strict = false, stream = false, fix = false } = options
  const printer = createPrinter({ ...options, json: format === 'json' })
  const { json, paint, print, printJson } = printer
  if (fix && paths.includes('-')) {
    if (json) throw new UsageError('--fix of - prints the definition itself on standard output: leave out --json.')
    return fixStandardInput(printer, paths)
  }
  const fixed = fix ? await fixFiles(printer, paths) : []
  const problems: (Problem & { readonly file: string })[] = []
  let definitions = 0
  for await (const { label, validation } of readSources(printer, paths, { stream })) {
    definitions++
    for (const problem of validation.problems) problems.push({ file: label, ...problem })
  }
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const valid = errors === 0 && !(strict && warnings > 0)
  if (json) printJson({ valid, definitions, errors, warnings, problems, fixed })
  else {
    for (const { file, ...problem } of problems) print(problemLine(file, problem, paint))
    print(`${plural(definitions, 'definition')}, ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`)
  }
  return valid ? EXIT.ok : EXIT.failure
}
