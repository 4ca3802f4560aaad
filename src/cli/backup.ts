import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import { BackupError } from '../backup/backup-error.ts'
import { type WrittenBackup, writeBackup } from '../backup/write-backup.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions, type Printer } from './printer.ts'
import { copyToStandardOutput, withTemporaryFile, writeWholeFile } from './whole-file.ts'
import { withDatabaseAsItIs } from './with-database.ts'

/** `tool-catalog backup`: everything that is in the database, at one revision, in one file. */
export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('Write everything, at one revision, into one compressed file: definitions, history, keys, statistics')
    .argument('<file>', 'where to; - for standard output')
    .option('--json', 'what was written, as JSON; on standard error when the backup is on standard output')
    .addHelpText(
      'after',
      '\nServers go on meanwhile. The file appears when it is whole, and only its owner may read it: it has the hashes of the API keys.\n\nExamples:\n  tool-catalog backup /var/backups/catalog.gz\n  tool-catalog backup - | ssh elsewhere "cat > catalog.gz"',
    )
    .action(runBackup)
}

async function runBackup(file: string, options: OutputOptions): Promise<void> {
  const printer = createPrinter(options)
  const writeTo = (output: Writable) => writeAll(output, printer)
  const isStream = file === '-'
  if (isStream && process.stdout.isTTY) throw new BackupError('A backup is no text for a terminal: name a file.')
  // First to a file: a reader that is slow, or pauses, must not hold the snapshot open.
  const written = isStream
    ? await withTemporaryFile(async (path) => {
        const result = await writeWholeFile(path, writeTo)
        await copyToStandardOutput(path)
        return result
      })
    : await writeWholeFile(file, writeTo)
  report(file, written, printer)
}

async function writeAll(output: Writable, printer: Printer): Promise<WrittenBackup> {
  const backingUp = printer.progress('Backing up')
  const onProgress = (done: number, total: number) => backingUp.update(done, total)
  return withDatabaseAsItIs(printer, (database) => writeBackup(database, output, onProgress)).finally(() =>
    backingUp.end(),
  )
}

/** On standard error, when the backup itself is on standard output. */
function report(file: string, { header, sha256 }: WrittenBackup, printer: Printer): void {
  const isStream = file === '-'
  const { epoch, revision, headHash, tables, createdAt } = header
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]))
  if (printer.json) {
    const about = { file, createdAt, epoch, revision, headHash, sha256, rows }
    if (isStream) printer.complain(JSON.stringify(about, null, 2))
    else printer.printJson(about)
    return
  }
  const total = tables.reduce((sum, { rows: count }) => sum + count, 0)
  const place = isStream ? '' : ` written to ${file}`
  const say = isStream ? printer.note : printer.print
  say(
    `Revision ${revision}, ${plural(rows.tools ?? 0, 'tool')}, ${plural(total, 'row')} in all${place}\nHead of the chain: ${headHash}`,
  )
}
