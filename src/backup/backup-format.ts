import { z } from 'zod'
import { BackupError } from './backup-error.ts'

/**
 * A backup is a gzip file of lines of JSON. The first line is the header, which says what follows: the tables in their order,
 * with their columns and how many rows each has. Then comes one line a row, an array of the columns' values as PostgreSQL
 * writes them as text, or null. The last line is the footer, with the SHA-256 of every byte before it.
 */
export const FORMAT = 'tool-catalog-backup'
export const FORMAT_VERSION = 1

const digits = z.string().regex(/^\d+$/)
const headerSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  createdAt: z.iso.datetime(),
  /** Version of the program, and of the database, that it was made with: for people. */
  program: z.string(),
  database: z.string(),
  /** What had been applied to the database: the rows are of this schema. */
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
  epoch: z.uuid(),
  revision: digits,
  compactedRevision: digits,
  headHash: z.string(),
  tables: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()).min(1), rows: z.number().int().nonnegative() }),
  ),
})

export type BackupHeader = z.infer<typeof headerSchema>
export type BackupTable = BackupHeader['tables'][number]
/** The values of one row, as text. */
export type BackupRow = readonly (string | null)[]

const footerSchema = z.object({ end: z.literal(true), sha256: z.string() })
const rowSchema = z.array(z.string().nullable())

/** @throws BackupError when it is not a header of ours, or of a format that came later */
export function parseHeader(line: string, name: string): BackupHeader {
  const json = parseJson(line) as { readonly format?: unknown; readonly version?: unknown } | undefined
  if (json?.format !== FORMAT) throw new BackupError(`${name} is not a backup of tool-catalog.`)
  if (typeof json.version === 'number' && json.version > FORMAT_VERSION)
    throw new BackupError(
      `${name} has format ${json.version} of backups, and this version of tool-catalog reads up to ${FORMAT_VERSION}. Use a newer one.`,
    )
  const header = headerSchema.safeParse(json)
  if (!header.success) throw damaged(name, `its header is wrong: ${z.prettifyError(header.error)}`)
  return header.data
}

export function parseFooter(line: string): { readonly sha256: string } | undefined {
  return footerSchema.safeParse(parseJson(line)).data
}

export function parseRow(line: string): BackupRow | undefined {
  return rowSchema.safeParse(parseJson(line)).data
}

export function damaged(name: string, why: string): BackupError {
  return new BackupError(`${name} is damaged: ${why}. Nothing of it can be trusted; take another backup.`)
}

export function truncated(name: string): BackupError {
  return new BackupError(`${name} is truncated: its end is missing. Take another backup.`)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
