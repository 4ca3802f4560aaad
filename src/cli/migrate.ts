import type { Command } from 'commander'
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
    .action(async () => {
      const applied = await withDatabase(async (_, names) => names)
      for (const name of applied) process.stdout.write(`applied ${name}\n`)
      process.stdout.write('The database is up to date\n')
    })
}
