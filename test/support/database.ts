import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { type Config, readConfig } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { administer, databaseUrl } from './global-setup.ts'

/**
 * Environment of a migrated, empty database of this file's own, cloned from the template; gone when the file is done.
 * Call it in a `beforeAll` or a test, not at the top of a file.
 */
export async function cloneDatabase(): Promise<Record<string, string>> {
  const template = inject('template')
  if (template.kind === 'embedded') {
    const dataDir = mkdtempSync(join(tmpdir(), 'tool-catalog-test-'))
    cpSync(template.dataDir, dataDir, { recursive: true })
    closeLater(() => rmSync(dataDir, { recursive: true, force: true }))
    return { DATA_DIR: dataDir }
  }
  const name = `tool_catalog_test_${randomUUID().replaceAll('-', '')}`
  await administer(template.url, `CREATE DATABASE ${name} TEMPLATE ${template.database}`)
  closeLater(() => administer(template.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { DATABASE_URL: databaseUrl(template.url, name), ANONYMOUS_ROLE: 'reader' }
}

/** Whether the tests run on a real PostgreSQL server. */
export function isServer(): boolean {
  return inject('template').kind === 'server'
}

const leftovers: (() => unknown)[] = []

/** Close something when this file is done, even when a test forgets; last in, first out. */
export function closeLater(close: () => unknown): void {
  leftovers.unshift(close)
}

afterAll(async () => {
  for (const close of leftovers.splice(0)) await close()
})

/** An open database of this file's own. */
export async function openTestDatabase(environment: Record<string, string> = {}): Promise<Database> {
  const database = await openDatabase(testConfig({ ...(await cloneDatabase()), ...environment }))
  closeLater(() => database.close())
  return database
}

export function testConfig(environment: Record<string, string>): Config {
  const draining = { DRAIN_DELAY_MS: '0', DRAIN_MS: '0' }
  return readConfig({ PORT: '0', LOG_LEVEL: 'silent', STARTER_CATALOG: 'false', ...draining, ...environment })
}
