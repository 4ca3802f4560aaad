import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import { BackupError } from '../backup/backup-error.ts'
import { type WrittenBackup, writeBackup } from '../backup/write-backup.ts'
import { ProgressLine } from './progress-line.ts'
import { plural } from './validate.ts'
import { copyToStandardOutput, withTemporaryFile, writeWholeFile } from './whole-file.ts'
import { withDatabaseAsItIs } from './with-database.ts'

interface BackupOptions {
  readonly json?: boolean
}

/** `tool-catalog backup`: everything that is in the database, at one revision, in one file. */
export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('Write everything, at one revision, into one compressed file: definitions, history, keys, statistics')
    .argument('<file>', 'where to; - for standard output')
    .option('--json', 'what was written, as JSON')
    .addHelpText(
      'after',
      '\nServers go on meanwhile. The file appears when it is whole, and only its owner may read it: it has the hashes of the API keys.\n\nExamples:\n  tool-catalog backup /var/backups/catalog.gz\n  tool-catalog backup - | ssh elsewhere "cat > catalog.gz"',
    )
    .action(runBackup)
}

async function runBackup(file: string, { json }: BackupOptions): Promise<void> {
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
  report(file, written, json ?? false, isStream ? process.stderr : process.stdout)
}

async function writeTo(output: Writable): Promise<WrittenBackup> {
  const progress = new ProgressLine('Backing up', process.stderr)
  const onProgress = (done: number, total: number) => total > 10_000 && progress.update(done, total)
  return withDatabaseAsItIs((database) => writeBackup(database, output, onProgress)).finally(() => progress.end())
}

function report(
  file: string,
  { header, sha256 }: WrittenBackup,
  json: boolean,
  output: Pick<NodeJS.WritableStream, 'write'>,
): void {
  const { epoch, revision, headHash, tables, createdAt } = header
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]))
  if (json)
    return void output.write(
      `${JSON.stringify({ file, createdAt, epoch, revision, headHash, sha256, rows }, null, 2)}\n`,
    )
  const total = tables.reduce((sum, { rows: count }) => sum + count, 0)
  const place = file === '-' ? '' : ` written to ${file}`
  output.write(
    `Revision ${revision}, ${plural(rows.tools ?? 0, 'tool')}, ${plural(total, 'row')} in all${place}\nHead of the chain: ${headHash}\n`,
  )
}
