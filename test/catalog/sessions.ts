import { expect } from 'vitest'
import type { Database } from '../../src/db/database.ts'

/**
 * How long a session may take to go whose process has died just now, in milliseconds: it gives up its locks before it is
 * gone. What a living process has left open stays for longer.
 */
const GOING_MS = 5_000

/** No session of this database is left inside a transaction. The embedded one has one session, which could not go on. */
export async function expectNothingOpen(database: Database): Promise<void> {
  if (database.kind === 'embedded') {
    await database.pool.query('SELECT 1')
    return
  }
  const open = async () => {
    const { rows } = await database.pool.query(
      `SELECT state, query FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'`,
    )
    return rows
  }
  await expect.poll(open, { timeout: GOING_MS }).toEqual([])
}
