import { type Command, Option } from 'commander'
import { describeConfig, variablesSet } from '../config.ts'
import { createPrinter, type OutputOptions, type Printer } from './printer.ts'
import { formatTexts } from './table.ts'

interface ConfigOptions extends OutputOptions {
  readonly markdown?: boolean
}

type Variable = ReturnType<typeof describeConfig>[number]

/** `tool-catalog config`: every variable, from the list that the parser itself uses. */
export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('List every environment variable with its default and meaning')
    .addOption(new Option('--markdown', 'as the table of the README').conflicts('json'))
    .addHelpText('after', '\nExamples:\n  tool-catalog config\n  tool-catalog config --json')
    .action(runConfig)
}

function runConfig({ markdown, ...options }: ConfigOptions): void {
  const printer = createPrinter(options)
  const { json, print, printJson, detail } = printer
  const rows = describeConfig()
  if (json) printJson(rows)
  else print(markdown ? configMarkdown() : configTable(rows, printer))
  const names = variablesSet()
  detail(names.length === 0 ? 'None of them is set here.' : `Set here: ${names.join(', ')}`)
}

/** The README's table. */
export function configMarkdown(): string {
  const rows = describeConfig().map(
    ({ name, default: fallback, meaning }) =>
      `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${meaning} |`,
  )
  return ['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n')
}

function configTable(variables: readonly Variable[], printer: Printer): string {
  const rows = variables.map(({ name, default: fallback, meaning }) => [name, fallback, meaning] as const)
  return formatTexts([['VARIABLE', 'DEFAULT', 'MEANING'], ...rows], printer, (text, row, column) => {
    if (row === 0) return printer.paint.bold(text)
    return column === 0 ? printer.paint.cyan(text) : text
  })
}
