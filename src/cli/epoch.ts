import type { Command } from 'commander'
import { readEpoch, renewEpoch } from '../changes/epoch.ts'
import { createPrinter, type OutputOptions } from './printer.ts'
import { withDatabase } from './with-database.ts'

/** `tool-catalog epoch`: which history the revisions count. */
export function addEpochCommand(program: Command): void {
  program
    .command('epoch')
    .description('Print the epoch: the id of the history that revisions count')
    .option('--renew', 'begin another one: after a restore from a backup, so that every subscriber starts anew')
    .addHelpText('after', '\nExamples:\n  tool-catalog epoch\n  tool-catalog epoch --renew')
    .action(runEpoch)
}

async function runEpoch({ renew = false, ...options }: OutputOptions & { readonly renew?: boolean }): Promise<void> {
  const printer = createPrinter(options)
  const epoch = await withDatabase(printer, renew ? renewEpoch : readEpoch)
  if (printer.json) printer.printJson({ epoch, renewed: renew })
  else printer.print(epoch)
  if (renew) printer.note('Every subscriber reads the catalog anew when it connects again.')
}
