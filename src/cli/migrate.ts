import type { Command } from 'commander'
import { createPrinter, type OutputOptions } from './printer.ts'
import { withDatabase } from './with-database.ts'

/** `tool-catalog migrate`: what every command and every server does first, alone. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database up to date, and do nothing else: before the servers of a new release start')
    .addHelpText(
      'after',
      '\nExamples:\n  DATABASE_URL=postgresql://catalog@db.example.org/catalog tool-catalog migrate',
    )
    .option('--json', 'which migrations were applied, as JSON')
    .action(runMigrate)
}

async function runMigrate(options: OutputOptions): Promise<void> {
  const printer = createPrinter(options)
  const applied = await withDatabase(printer, async (_, names) => names)
  if (printer.json) return printer.printJson({ applied })
  for (const name of applied) printer.print(`applied ${name}`)
  printer.print('The database is up to date')
}
