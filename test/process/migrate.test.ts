import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { MIGRATIONS_DIR } from '../../src/db/migrations.ts'
import { closeLater } from '../support/database.ts'
import { administer, databaseUrl } from '../support/global-setup.ts'
import { runCommand } from '../support/process.ts'

test('migrate brings an empty database up to date, and has nothing to do the second time', async () => {
  const environment = await emptyDatabase()
  const names = readdirSync(MIGRATIONS_DIR).filter((name) => /^\d/.test(name))
  const first = await runCommand(['migrate'], environment)
  expect(first.stdout).toBe([...names.map((name) => `applied ${name}`), 'The database is up to date', ''].join('\n'))
  expect(first.code).toBe(0)
  const second = await runCommand(['migrate'], environment)
  expect(second.stdout).toBe('The database is up to date\n')
})

async function emptyDatabase(): Promise<Record<string, string>> {
  const template = inject('template')
  if (template.kind === 'embedded') {
    const folder = await mkdtemp(join(tmpdir(), 'tool-catalog-test-'))
    closeLater(() => rm(folder, { recursive: true, force: true }))
    return { DATA_DIR: join(folder, 'data') }
  }
  const name = `tool_catalog_test_${randomUUID().replaceAll('-', '')}`
  await administer(template.url, `CREATE DATABASE ${name}`)
  closeLater(() => administer(template.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { DATABASE_URL: databaseUrl(template.url, name), ANONYMOUS_ROLE: 'reader' }
}
