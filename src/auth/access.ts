import { type Config, ConfigError, isLocal, isLoopback } from '../config.ts'
import type { Database } from '../db/database.ts'
import { ApiKeyNameTakenError, countApiKeys, countUsableApiKeys, createApiKey } from './api-keys.ts'
import type { Role } from './viewer.ts'

/**
 * What callers without a credential may do.
 * @throws ConfigError when nobody has said so, and others than the one who started the server may be affected
 */
export function anonymousRole(config: Pick<Config, 'ANONYMOUS_ROLE' | 'DATABASE_URL' | 'HOST'>): Role {
  if (config.ANONYMOUS_ROLE !== 'auto') return config.ANONYMOUS_ROLE
  if (isLocal(config)) return 'reader'
  const reason = isLoopback(config.HOST)
    ? 'DATABASE_URL names a database that others may use too'
    : `other machines can reach HOST ${config.HOST}`
  throw new ConfigError([
    `ANONYMOUS_ROLE: must be chosen (none or reader), because ${reason}: none asks every caller for a credential, reader lets anybody read`,
  ])
}

/**
 * Refuse to serve others before anybody could sign in.
 * @throws ConfigError
 */
export async function checkCredentials(
  config: Pick<Config, 'HOST' | 'JWT_ISSUER'>,
  database: Pick<Database, 'pool'>,
): Promise<void> {
  if (isLoopback(config.HOST) || config.JWT_ISSUER !== undefined) return
  if ((await countUsableApiKeys(database)) > 0) return
  throw new ConfigError([
    `HOST: other machines can reach ${config.HOST}, and there is no usable API key yet. With the same environment run: tool-catalog keys create --role admin NAME (or set JWT_ISSUER to accept JWTs)`,
  ])
}

/**
 * The key that a newcomer signs in with, made on the first start of a server that only this machine can reach.
 * @returns the key, to be shown once; undefined when it is not the first start, or not such a server
 */
export async function createFirstAdminKey(
  config: Pick<Config, 'DATABASE_URL' | 'HOST'>,
  database: Pick<Database, 'pool'>,
): Promise<string | undefined> {
  if (!isLocal(config) || (await countApiKeys(database)) > 0) return undefined
  try {
    const { key } = await createApiKey(database, { name: 'admin', role: 'admin', createdBy: 'system' })
    return key
  } catch (error) {
    // Somebody made one at the same moment.
    if (error instanceof ApiKeyNameTakenError) return undefined
    throw error
  }
}
