import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeLater } from '../support/database.ts'
import { createKey } from '../support/keys.ts'
import { runCommand } from '../support/process.ts'
import { startTestCatalog } from '../support/test-catalog.ts'

/** A folder of this file's own; gone when the file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-cli-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A running server, and the built command as its users run it: each with a key in the environment. */
export async function startCliCatalog(environment: Record<string, string> = {}) {
  const catalog = await startTestCatalog(environment)
  const home = temporaryFolder()
  const as = async (role: 'reader' | 'editor' | 'admin') => ({
    HOME: home,
    TOOL_CATALOG_URL: catalog.url,
    TOOL_CATALOG_KEY: await createKey(catalog.config, role, `cli ${role}`),
  })
  const roles = { reader: await as('reader'), editor: await as('editor'), admin: await as('admin') }
  const { DATABASE_URL, DATA_DIR } = catalog.config
  return {
    ...catalog,
    home,
    environments: roles,
    /** What a command needs that goes straight to the database of the server. */
    databaseEnvironment: DATABASE_URL === undefined ? { DATA_DIR } : { DATABASE_URL },
    /** Run as an editor. */
    run: (...args: string[]) => runCommand(args, roles.editor),
    runWith: (input: string, ...args: string[]) => runCommand(args, roles.editor, input),
  }
}

export type CliCatalog = Awaited<ReturnType<typeof startCliCatalog>>
