import { type Command, InvalidArgumentError } from 'commander'
import { compactHistory } from '../changes/compact.ts'
import { readConfig } from '../config.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions } from './printer.ts'
import { withDatabase } from './with-database.ts'

interface CompactOptions extends OutputOptions {
  readonly keepRevisions?: number
  readonly keepHours?: number
}

/** `tool-catalog compact`: what a server does every COMPACTION_INTERVAL_MINUTES, now. */
export function addCompactCommand(program: Command): void {
  program
    .command('compact')
    .description('Delete the events of old revisions: who, when and why stay, and so does the hash chain')
    .option('--keep-revisions <number>', 'so many revisions at least (default: RETENTION_REVISIONS)', parseCount)
    .option('--keep-hours <hours>', 'so many hours at least (default: RETENTION_HOURS)', parseCount)
    .addHelpText(
      'after',
      '\nDeleted is what is beyond both. Subscribers that are further behind must read the catalog anew.\n\nExamples:\n  tool-catalog compact\n  tool-catalog compact --keep-revisions 1000 --keep-hours 1',
    )
    .action(runCompact)
}

async function runCompact({ keepRevisions, keepHours, ...options }: CompactOptions): Promise<void> {
  const printer = createPrinter(options)
  const { RETENTION_REVISIONS, RETENTION_HOURS } = readConfig()
  const retention = { revisions: keepRevisions ?? RETENTION_REVISIONS, hours: keepHours ?? RETENTION_HOURS }
  const compacting = printer.progress('Compacting')
  const compaction = await withDatabase(printer, (database) =>
    compactHistory(database, retention, { onProgress: (done, total) => compacting.update(done, total) }),
  ).finally(() => compacting.end())
  if (printer.json) return printer.printJson(compaction)
  const { compactedRevision, deleted } = compaction
  printer.print(`${plural(deleted, 'event')} deleted; subscribers can resume behind revision ${compactedRevision}`)
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Must be a whole number.')
  return Number(text)
}
