import { createApiKey, revokeApiKey } from '../../src/auth/api-keys.ts'
import type { Config } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'

/** Make an API key in the database of a running app, as `tool-catalog keys create` would. */
export async function createKey(
  config: Config,
  role: 'reader' | 'editor' | 'admin',
  name: string = role,
  expiresAt?: Date,
): Promise<string> {
  const { key } = await besideApp(config, (database) =>
    createApiKey(database, { name, role, expiresAt, createdBy: 'tester' }),
  )
  return key
}

export async function revokeKey(config: Config, name: string): Promise<void> {
  await besideApp(config, (database) => revokeApiKey(database, name, 'tester'))
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

async function besideApp<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(config, { mayAttach: true })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
