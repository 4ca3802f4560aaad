import type { Command } from 'commander'
import { BackupError } from '../backup/backup-error.ts'
import { type CheckedBackup, checkBackup, type Restored, restoreBackup } from '../backup/restore.ts'
import { inspectTarget, type RestoreTarget, refuseToReplace } from '../backup/restore-target.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions, type Printer } from './printer.ts'
import { ask } from './prompt.ts'
import { copyFromStandardInput, withTemporaryFile } from './whole-file.ts'
import { withDatabaseAsItIs } from './with-database.ts'

interface RestoreOptions extends OutputOptions {
  readonly replace?: boolean
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** `tool-catalog restore`: a backup in the place of the catalog, whole or not at all. */
export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description('Put a backup in the place of the catalog: checked, in one transaction, under a new epoch')
    .argument('<file>', 'what `tool-catalog backup` has written; - for standard input')
    .option('--replace', 'also when the catalog is not empty: what is there now is lost')
    .option('-y, --yes', 'do not ask before something is replaced; it takes --replace, too')
    .option('--dry-run', 'do all of it, verify it, and undo it')
    .option('--json', 'what was restored, as JSON')
    .addHelpText(
      'after',
      '\nNothing of what is there is needed: it may be empty, damaged, or of an older version. Servers that run may go on; every subscriber reads the catalog anew.\n\nExamples:\n  tool-catalog restore /var/backups/catalog.gz\n  tool-catalog restore /var/backups/catalog.gz --dry-run\n  ssh elsewhere cat catalog.gz | tool-catalog restore - --replace --yes',
    )
    .action(runRestore)
}

async function runRestore(file: string, options: RestoreOptions): Promise<void> {
  if (file !== '-') return restoreFile(file, file, options)
  // First to a file: the transaction does not wait for whoever sends it.
  await withTemporaryFile(async (path) => {
    await createPrinter(options).wait('Reading standard input', copyFromStandardInput(path))
    await restoreFile(path, 'Standard input', options)
  })
}

async function restoreFile(path: string, name: string, options: RestoreOptions): Promise<void> {
  const { replace = false, dryRun = false } = options
  const printer = createPrinter(options)
  const backup = await printer.wait(`Checking ${name}`, checkBackup(path, name))
  const loading = printer.progress('Restoring')
  const verifying = printer.progress('Verifying')
  const restored = await withDatabaseAsItIs(printer, async (database) => {
    if (!dryRun) await askFirst(database, backup, options)
    return restoreBackup(database, backup, {
      replace,
      dryRun,
      onProgress: (done, total) => loading.update(done, total),
      onVerify: (done, total) => {
        loading.end()
        verifying.update(done, total)
      },
    })
  }).finally(() => {
    loading.end()
    verifying.end()
  })
  report(restored, dryRun, printer)
}

/** @throws BackupError when there is something to replace, and nobody says that it may go */
async function askFirst(database: Database, backup: CheckedBackup, { replace, yes }: RestoreOptions): Promise<void> {
  // In a transaction of its own, so that nothing is held while somebody thinks.
  const target = await inTransaction(database.pool, 'BEGIN', inspectTarget, 'ROLLBACK')
  if (target.isEmpty) return
  if (!replace) refuseToReplace(target)
  if (yes) return
  if (!process.stdin.isTTY)
    throw new BackupError('The catalog is not empty, and nobody can be asked here: say --yes, too, to replace it.')
  const answer = await ask(questionOf(database, backup, target))
  if (answer.trim().toLowerCase() !== 'yes') throw new BackupError('Nothing was changed.')
}

function questionOf({ place }: Database, { header, name }: CheckedBackup, target: RestoreTarget): string {
  const { revision = 'unknown', tools = 'unknown', keys = 'unknown' } = target
  return (
    `There now: revision ${revision}, tools: ${tools}, API keys: ${keys}; ${place}\n` +
    `In ${name}: revision ${header.revision}, of ${header.createdAt}\n` +
    'Everything that is there now is lost. Type yes to replace it: '
  )
}

function report({ header, replaced, epoch, chain, migrated }: Restored, dryRun: boolean, printer: Printer): void {
  const { revision, createdAt, headHash, tables } = header
  if (printer.json) {
    const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]))
    const about = {
      dryRun,
      createdAt,
      revision,
      headHash,
      epoch: dryRun ? null : epoch,
      migrated,
      chain,
      replaced,
      rows,
    }
    printer.printJson(about)
    return
  }
  const tools = tables.find(({ name }) => name === 'tools')?.rows ?? 0
  const lines = [
    `Revision ${revision} of ${createdAt}, ${plural(tools, 'tool')}: ${dryRun ? 'can be restored, nothing was changed' : 'restored'}`,
    `${plural(chain.verified, 'revision')} verified: the history is as it was written`,
    `Head of the chain: ${headHash}`,
    ...(migrated.length === 0 ? [] : [`Migrated from an older version: ${migrated.join(', ')}`]),
    ...(dryRun || replaced.isEmpty ? [] : [lossOf(replaced, BigInt(revision))]),
    ...(dryRun ? [] : [`New epoch: ${epoch}. Every subscriber reads the catalog anew.`]),
  ]
  printer.print(lines.join('\n'))
}

/** Revisions of both may be of different histories; who restores knows. */
function lossOf({ revision }: RestoreTarget, restored: bigint): string {
  if (revision === undefined) return 'Nobody can tell at which revision the catalog was'
  return BigInt(revision) > restored
    ? `The catalog was at revision ${revision}: what was written since revision ${restored} is lost`
    : `The catalog was at revision ${revision}`
}
