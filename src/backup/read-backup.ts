import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { BackupError } from './backup-error.ts'
import {
  type BackupHeader,
  type BackupRow,
  type BackupTable,
  damaged,
  parseFooter,
  parseHeader,
  parseRow,
  truncated,
} from './backup-format.ts'

/** Rows of one table, in the order of the file. */
export interface BackupBatch {
  readonly table: BackupTable
  readonly rows: readonly BackupRow[]
}

/** A batch ends with so many characters, or so many rows. */
const BATCH = { characters: 2_000_000, rows: 2_000 }

/** No row of a catalog comes near it; a file of another kind may have no line break at all. In bytes. */
const LONGEST_LINE = 256 * 1024 * 1024

/**
 * The header of a backup file.
 * @param name what to call it in messages
 * @throws BackupError
 */
export async function readBackupHeader(path: string, name: string): Promise<BackupHeader> {
  for await (const line of linesOf(path, name)) return parseHeader(line.toString(), name)
  throw new BackupError(`${name} is not a backup of tool-catalog: it is empty.`)
}

/**
 * The rows of a backup file, table after table. Only when it has ended is it known that the file is whole and as it was written.
 * @throws BackupError when it is truncated, damaged, or something else
 */
export async function* readBackup(path: string, name: string): AsyncGenerator<BackupBatch> {
  const lines = linesOf(path, name)
  const first = (await lines.next()).value
  if (!first) throw new BackupError(`${name} is not a backup of tool-catalog: it is empty.`)
  const { tables } = parseHeader(first.toString(), name)
  const hash = createHash('sha256').update(first).update('\n')
  const next = async (): Promise<Buffer> => {
    const { value, done } = await lines.next()
    if (done || !value) throw truncated(name)
    return value
  }
  for (const table of tables) {
    for (let left = table.rows; left > 0; ) {
      const rows: BackupRow[] = []
      for (let size = 0; left > 0 && rows.length < BATCH.rows && size < BATCH.characters; left--) {
        const line = await next()
        hash.update(line).update('\n')
        size += line.length
        rows.push(checkedRow(line, table, name))
      }
      yield { table, rows }
    }
  }
  const footer = parseFooter((await next()).toString())
  if (!footer) throw damaged(name, 'it has more rows than its header says')
  if (footer.sha256 !== hash.digest('hex')) throw damaged(name, 'its checksum is another one')
  if (!(await lines.next()).done) throw damaged(name, 'it goes on behind its end')
}

function checkedRow(line: Buffer, { columns, name: table }: BackupTable, name: string): BackupRow {
  const text = line.toString()
  const row = parseRow(text)
  if (row?.length === columns.length) return row
  throw damaged(name, parseFooter(text) ? `it has too few rows of ${table}` : `a row of ${table} is wrong`)
}

/** Lines without their ends. What is behind the last end is a line that was cut off. */
async function* linesOf(path: string, name: string): AsyncGenerator<Buffer, undefined> {
  const source = createReadStream(path)
  const gunzip = createGunzip()
  source.on('error', (error) => gunzip.destroy(error))
  let rest: Buffer[] = []
  let restLength = 0
  let isFirst = true
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, end)])
        rest = []
        restLength = 0
        from = end + 1
        isFirst = false
        yield line
      }
      rest.push(chunk.subarray(from))
      restLength += chunk.length - from
      if (restLength > LONGEST_LINE) throw new BackupError(`${name} is not a backup of tool-catalog.`)
    }
  } catch (error) {
    throw readable(error, name, isFirst)
  } finally {
    source.destroy()
  }
  if (restLength > 0) throw isFirst ? new BackupError(`${name} is not a backup of tool-catalog.`) : truncated(name)
  return undefined
}

/** What zlib says, in the words of this program. */
function readable(error: unknown, name: string, isFirst: boolean): unknown {
  const code = (error as { readonly code?: unknown }).code
  if (code === 'Z_BUF_ERROR') return truncated(name)
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error
  return isFirst
    ? new BackupError(`${name} is not a backup of tool-catalog: it is not a gzip file, or damaged at its beginning.`)
    : damaged(name, 'it cannot be decompressed')
}
