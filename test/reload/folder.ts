import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import type { Database } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { ReloadRecorder } from '../../src/reload/recorder.ts'
import type { ReloadReport, ReloadRequest } from '../../src/reload/reload-report.ts'
import { Reloader } from '../../src/reload/reloader.ts'
import { closeLater, openTestDatabase, testConfig } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'

/** A folder of definitions, as an author changes it. */
export interface TestFolder {
  readonly path: string
  readonly place: (file: string) => string
  /** Save a definition, or a text. */
  readonly save: (file: string, content: JsonObject | string) => Promise<void>
  readonly move: (from: string, to: string) => Promise<void>
  readonly remove: (file: string) => Promise<void>
}

export function makeFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'tool-catalog-folder-'))
  closeLater(() => rmSync(path, { recursive: true, force: true }))
  const place = (file: string) => join(path, file)
  return {
    path,
    place,
    save: async (file, content) => {
      await mkdir(dirname(place(file)), { recursive: true })
      await writeFile(place(file), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
    },
    move: async (from, to) => {
      await mkdir(dirname(place(to)), { recursive: true })
      await rename(place(from), place(to))
    },
    remove: (file) => rm(place(file), { recursive: true }),
  }
}

export const tool = (name: string, fields: JsonObject = {}) => aDefinition({ tool_name: name, ...fields })

export interface TestReloader {
  readonly database: Database
  readonly folder: TestFolder
  readonly reloader: Reloader
  readonly recorder: ReloadRecorder
  readonly reload: (request?: Partial<ReloadRequest>) => Promise<ReloadReport>
  /** A reload that must not fail. */
  readonly bring: (request?: Partial<ReloadRequest>) => Promise<ReloadReport>
  /** Living tools and the version that each serves, by name. */
  readonly served: () => Promise<Record<string, string | null>>
}

/** A reloader of a folder and a database of its own. */
export async function startReloader(environment: Record<string, string> = {}): Promise<TestReloader> {
  const database = await openTestDatabase()
  return joinReloader(database, makeFolder(), environment)
}

/** Another reloader of the same folder and database: a restart, or a replica. */
export function joinReloader(
  database: Database,
  folder: TestFolder,
  environment: Record<string, string> = {},
): TestReloader {
  const logger = pino({ level: 'silent' })
  const recorder = new ReloadRecorder({ database, logger, onRecorded: () => {} })
  const reloader = new Reloader({ folder: folder.path, config: testConfig(environment), database, recorder, logger })
  closeLater(async () => {
    await reloader.stop()
    await recorder.stop()
  })
  const reload = (request: Partial<ReloadRequest> = {}) =>
    reloader.reload({ trigger: 'manual', actor: 'tester', ...request })
  return {
    database,
    folder,
    reloader,
    recorder,
    reload,
    bring: async (request) => {
      const report = await reload(request)
      if (report.outcome === 'failed') throw new Error(`${report.error}\n${JSON.stringify(report.problems, null, 2)}`)
      return report
    },
    served: async () => {
      const { rows } = await database.pool.query<{ name: string; version: string | null }>(
        'SELECT name, (SELECT version FROM tool_versions WHERE id = latest_version_id) AS version FROM tools WHERE deleted_at IS NULL ORDER BY name',
      )
      return Object.fromEntries(rows.map(({ name, version }) => [name, version]))
    },
  }
}

/** What the history says of a revision, in order. */
export async function kindsAt({ database }: TestReloader, revision: string | undefined): Promise<string[]> {
  const { rows } = await database.pool.query<{ kind: string }>(
    'SELECT kind FROM change_events WHERE revision = $1::bigint ORDER BY position',
    [revision],
  )
  return rows.map(({ kind }) => kind)
}

export async function toolId({ database }: TestReloader, name: string): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ id: string }>(
    'SELECT id FROM tools WHERE name_key = $1 AND deleted_at IS NULL',
    [name],
  )
  return rows[0]?.id
}
