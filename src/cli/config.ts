import type { Command } from 'commander'
import { describeConfig } from '../config.ts'

/** `tool-catalog config`: every variable, from the list that the parser itself uses. */
export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('List every environment variable with its default and meaning')
    .option('--json', 'as JSON')
    .option('--markdown', 'as the table of the README')
    .addHelpText('after', '\nExamples:\n  tool-catalog config\n  tool-catalog config --json')
    .action(({ json, markdown }: { json?: boolean; markdown?: boolean }) => {
      const rows = describeConfig()
      if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      else if (markdown) process.stdout.write(configMarkdown())
      else process.stdout.write(configTable())
    })
}

/** The README's table. */
export function configMarkdown(): string {
  const rows = describeConfig().map(
    ({ name, default: fallback, meaning }) =>
      `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${meaning} |`,
  )
  return ['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n')
}

function configTable(): string {
  const rows = [{ name: 'VARIABLE', default: 'DEFAULT', meaning: 'MEANING' }, ...describeConfig()]
  const width = (key: 'name' | 'default') => Math.max(...rows.map((row) => row[key].length))
  return rows
    .map((row) => `${row.name.padEnd(width('name'))}  ${row.default.padEnd(width('default'))}  ${row.meaning}\n`)
    .join('')
}
