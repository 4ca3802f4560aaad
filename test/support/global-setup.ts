import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'

/** What each test file clones its own database from: a folder of the embedded one, or a template on the server. */
export type Template = { kind: 'embedded'; dataDir: string } | { kind: 'server'; url: string; database: string }

declare module 'vitest' {
  interface ProvidedContext {
    template: Template
  }
}

/** Migrate one template database; drop it, and what tests left behind, at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Process tests run what users run: the built server and command.
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
  const { DATABASE_URL } = process.env
  return DATABASE_URL ? setupServer(project, DATABASE_URL) : setupEmbedded(project)
}

async function setupEmbedded(project: TestProject) {
  const dataDir = mkdtempSync(join(tmpdir(), 'tool-catalog-template-'))
  await migrate({ DATA_DIR: dataDir })
  project.provide('template', { kind: 'embedded', dataDir })
  return async () => rmSync(dataDir, { recursive: true, force: true })
}

async function setupServer(project: TestProject, url: string) {
  const database = `tool_catalog_template_${process.pid}`
  await administer(url, `CREATE DATABASE ${database}`)
  await migrate({ DATABASE_URL: databaseUrl(url, database) })
  project.provide('template', { kind: 'server', url, database })
  return async () => administer(url, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
}

async function migrate(environment: Record<string, string>): Promise<void> {
  const database = await openDatabase(readConfig(environment))
  await database.migrate()
  await database.close()
}

/** The same server, another database. */
export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** Run one statement on the database that the URL names. */
export async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}
