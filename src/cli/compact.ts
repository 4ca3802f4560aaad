import { type Command, InvalidArgumentError } from 'commander'
import { compactHistory } from '../changes/compact.ts'
import { readConfig } from '../config.ts'
import { plural } from './validate.ts'
import { withDatabase } from './with-database.ts'

interface CompactOptions {
  readonly keepRevisions?: number
  readonly keepHours?: number
  readonly json?: boolean
}

/** `tool-catalog compact`: what a server does every COMPACTION_INTERVAL_MINUTES, now. */
export function addCompactCommand(program: Command): void {
  program
    .command('compact')
    .description('Delete the events of old revisions: who, when and why stay, and so does the hash chain')
    .option('--keep-revisions <number>', 'so many revisions at least (default: RETENTION_REVISIONS)', parseCount)
    .option('--keep-hours <hours>', 'so many hours at least (default: RETENTION_HOURS)', parseCount)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nDeleted is what is beyond both. Subscribers that are further behind must read the catalog anew.\n\nExamples:\n  tool-catalog compact\n  tool-catalog compact --keep-revisions 1000 --keep-hours 1',
    )
    .action(runCompact)
}

async function runCompact({ keepRevisions, keepHours, json }: CompactOptions): Promise<void> {
  const { RETENTION_REVISIONS, RETENTION_HOURS } = readConfig()
  const retention = { revisions: keepRevisions ?? RETENTION_REVISIONS, hours: keepHours ?? RETENTION_HOURS }
  const compaction = await withDatabase((database) => compactHistory(database, retention))
  if (json) return void process.stdout.write(`${JSON.stringify(compaction, null, 2)}\n`)
  const { compactedRevision, deleted } = compaction
  process.stdout.write(
    `${plural(deleted, 'event')} deleted; subscribers can resume behind revision ${compactedRevision}\n`,
  )
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Must be a whole number.')
  return Number(text)
}
