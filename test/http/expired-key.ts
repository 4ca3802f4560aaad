import type { Config } from '../../src/config.ts'
import { createKey } from '../support/keys.ts'
import { besideApp } from '../support/test-catalog.ts'

/** A key whose time is over, and that nobody has used before. None can be made so: its end is moved when it is there. */
export async function createExpiredKey(config: Config, name: string): Promise<string> {
  const key = await createKey(config, 'reader', name, new Date(Date.now() + 3_600_000))
  await besideApp(config, ({ pool }) =>
    pool.query('UPDATE api_keys SET expires_at = $2 WHERE name = $1', [name, new Date(Date.now() - 1_000)]),
  )
  return key
}
