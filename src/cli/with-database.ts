import { type Config, readConfig } from '../config.ts'
import { DatabaseUnreachableError } from '../db/connect.ts'
import { type Database, openDatabase } from '../db/database.ts'

/**
 * Run a command on the database that the environment names, migrated: `applied` names the migrations that this took. An
 * embedded database that a server has open is used through that server's process.
 */
export async function withDatabase<T>(
  work: (database: Database, applied: readonly string[]) => Promise<T>,
): Promise<T> {
  return withDatabaseAsItIs(async (database) => work(database, await database.migrate()))
}

/** The same without migrating: for what must work on a damaged database, or before an upgrade. */
export async function withDatabaseAsItIs<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const config: Config = readConfig()
  const database = await openDatabase(config, { mayAttach: true })
  try {
    await database.pool.query('SELECT 1').catch((error: Error) => {
      throw new DatabaseUnreachableError(
        `Cannot reach the database at ${database.place}: ${error.message || String((error as { code?: unknown }).code)}`,
      )
    })
    return await work(database)
  } finally {
    await database.close()
  }
}
