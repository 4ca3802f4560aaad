import type { ImportOptions } from '../../src/catalog/import.ts'
import type { Config } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { caughtUp } from './app.ts'
import { importAll } from './fixtures.ts'

/** Import documents into the database of a running app, as a CLI beside it would, until the app knows. */
export async function seed(config: Config, documents: readonly JsonObject[], options: Partial<ImportOptions> = {}) {
  const database = await openDatabase(config, { mayAttach: true })
  try {
    const imported = await importAll(database, documents, options)
    await caughtUp(config, database)
    return imported
  } finally {
    await database.close()
  }
}
