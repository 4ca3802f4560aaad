import type { Command } from 'commander'
import { readEpoch, renewEpoch } from '../changes/epoch.ts'
import { withDatabase } from './with-database.ts'

/** `tool-catalog epoch`: which history the revisions count. */
export function addEpochCommand(program: Command): void {
  program
    .command('epoch')
    .description('Print the epoch: the id of the history that revisions count')
    .option('--renew', 'begin another one: after a restore from a backup, so that every subscriber starts anew')
    .addHelpText('after', '\nExamples:\n  tool-catalog epoch\n  tool-catalog epoch --renew')
    .action(async ({ renew }: { renew?: boolean }) => {
      const epoch = await withDatabase(renew ? renewEpoch : readEpoch)
      process.stdout.write(`${epoch}\n`)
      if (renew) process.stderr.write('Every subscriber reads the catalog anew when it connects again.\n')
    })
}
