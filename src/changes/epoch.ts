import type { Database } from '../db/database.ts'
import { REVISION_CHANNEL } from './log.ts'

type Pool = Pick<Database, 'pool'>

/** The history that revisions count. */
export async function readEpoch({ pool }: Pool): Promise<string> {
  const { rows } = await pool.query<{ epoch: string }>('SELECT epoch FROM catalog_state')
  return epochOf(rows)
}

/**
 * Count another history from now on. After a restore from a backup the same revisions come a second time and mean something
 * else; nobody else can tell, so whoever restores says so, and every subscriber starts anew.
 * @returns the new epoch
 */
export async function renewEpoch({ pool }: Pool): Promise<string> {
  const { rows } = await pool.query<{ epoch: string }>(
    'UPDATE catalog_state SET epoch = gen_random_uuid() RETURNING epoch',
  )
  // Servers look at the log once more; what they look at has the epoch.
  await pool.query('SELECT pg_notify($1, $2)', [REVISION_CHANNEL, 'epoch'])
  return epochOf(rows)
}

function epochOf([row]: readonly { readonly epoch: string }[]): string {
  if (!row) throw new Error('catalog_state has no row: the database was not migrated')
  return row.epoch
}
