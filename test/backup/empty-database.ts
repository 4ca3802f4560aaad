import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { closeLater, testConfig } from '../support/database.ts'
import { administer, databaseUrl } from '../support/global-setup.ts'

/** A folder of this file's own, for backups. */
export function backupFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-backup-test-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Where a database is in which nothing was made yet: an embedded one, or on the server that the tests run on. */
export async function emptyDatabase(kind: 'embedded' | 'server'): Promise<Record<string, string>> {
  const template = inject('template')
  if (kind === 'embedded' || template.kind === 'embedded') return { DATA_DIR: join(backupFolder(), 'data') }
  const name = `tool_catalog_restore_${randomUUID().replaceAll('-', '')}`
  await administer(template.url, `CREATE DATABASE ${name}`)
  closeLater(() => administer(template.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { DATABASE_URL: databaseUrl(template.url, name), ANONYMOUS_ROLE: 'reader' }
}

export async function openEmpty(kind: 'embedded' | 'server'): Promise<Database> {
  const database = await openDatabase(testConfig(await emptyDatabase(kind)))
  closeLater(() => database.close())
  return database
}
