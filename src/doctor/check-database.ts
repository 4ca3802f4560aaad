import { statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import { anonymousRole, checkCredentials } from '../auth/access.ts'
import { verifyChain } from '../changes/verify.ts'
import { ConfigError } from '../config.ts'
import { MigrationError, pendingMigrations, readMigrations } from '../db/migrations.ts'
import { type Check, type CheckContext, type Finding, ok, problem } from './finding.ts'

/** README, "Use a PostgreSQL server". */
const LEAST_VERSION = 15

export const checkDatabase: Check = async ({ database, now }) => {
  const before = now()
  const { rows } = await database.pool.query<{ number: number; version: string; size: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
       pg_size_pretty(pg_database_size(current_database())) AS size`,
  )
  const { number = 0, version = '', size = '' } = rows[0] ?? {}
  return [
    versionFinding(number, `PostgreSQL ${version} at ${database.place}, ${size}, answers in ${now() - before} ms`),
  ]
}

export function versionFinding(number: number, says: string): Finding {
  if (number >= LEAST_VERSION * 10_000) return ok('database', says)
  return problem('database', 'failed', says, `Use PostgreSQL ${LEAST_VERSION} or newer.`)
}

/** Whether a server would let anybody in, and start at all. */
export const checkAccess: Check = async ({ config, database }) => {
  try {
    const role = anonymousRole(config)
    await checkCredentials(config, database)
    return [ok('access', role === 'none' ? 'every caller needs a credential' : `anybody may read (${role})`)]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [problem('access', 'failed', 'a server would not start with this configuration', error.problems.join('; '))]
  }
}

export const checkMigrations: Check = async ({ database }) => {
  const check = 'migrations'
  let pending: string[]
  try {
    pending = await pendingMigrations(database.pool)
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error
    const advice = 'Restore the last backup: tool-catalog restore FILE --replace (docs/backup.md).'
    return [problem(check, 'failed', error.message, advice)]
  }
  const known = new Set(readMigrations().map(({ name }) => name))
  if (pending.length === known.size)
    return [
      problem(check, 'failed', 'there is no catalog in this database yet', 'Start a server, or restore a backup.'),
    ]
  const { rows } = await database.pool.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1',
  )
  const strange = rows.flatMap(({ name }) => (known.has(name) ? [] : [name]))
  if (strange.length > 0) {
    const says = `the database has what this version does not know: ${strange.join(', ')}`
    return [problem(check, 'warning', says, 'It was upgraded: upgrade this program, too.')]
  }
  if (pending.length > 0) {
    const advice = 'Take a backup, and start a server of this version: it applies them (docs/upgrades.md).'
    return [problem(check, 'warning', `to be applied: ${pending.join(', ')}`, advice)]
  }
  return [ok(check, `all ${known.size} are applied`)]
}

/** How far the clocks may be apart, in milliseconds: a bit, and too much for tokens and keys that expire. */
const SKEW = { warning: 1_000, failed: 30_000 }

export const checkClock: Check = async ({ database, now }) => {
  const before = now()
  const { rows } = await database.pool.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  )
  const after = now()
  // It was read somewhere between the two.
  const skew = Math.max(0, Math.abs((rows[0]?.ms ?? 0) - (before + after) / 2) - (after - before) / 2)
  const says = `this machine and the database are ${(skew / 1_000).toFixed(1)} s apart`
  if (skew < SKEW.warning) return [ok('clock', says)]
  const advice = 'Let both follow the time of a network (chrony, systemd-timesyncd).'
  return [problem('clock', skew < SKEW.failed ? 'warning' : 'failed', says, advice)]
}

/** What of a disk must be free: the database grows, and a restore needs its room a second time. */
const LEAST_FREE = { share: 0.1, bytes: 512 * 1024 * 1024 }

export const checkDisk: Check = async ({ config, database }) => {
  if (database.kind === 'server')
    return [{ check: 'disk', status: 'skipped', says: 'the disk of the database server cannot be seen from here' }]
  const folder = resolve(config.DATA_DIR)
  const { bavail, blocks, bsize } = await statfs(folder)
  return [diskFinding(folder, bavail * bsize, blocks * bsize)]
}

export function diskFinding(folder: string, free: number, total: number): Finding {
  const says = `${(free / 2 ** 30).toFixed(1)} GiB of ${(total / 2 ** 30).toFixed(1)} GiB are free where ${folder} is`
  if (free >= LEAST_FREE.bytes && free >= total * LEAST_FREE.share) return ok('disk', says)
  const advice = 'Make room, or compact the history: tool-catalog compact. A full disk ends every write.'
  return problem('disk', free >= LEAST_FREE.bytes ? 'warning' : 'failed', says, advice)
}

export const checkHistory: Check = async ({ database, onProgress }: CheckContext) => {
  const { firstBad, verified, compacted, headHash } = await verifyChain(database, onProgress)
  if (firstBad) {
    const advice =
      'Somebody, or something, has changed it. Keep a copy of the database for the inquiry, and restore the last backup that verifies.'
    return [problem('history', 'failed', `revision ${firstBad.revision} is bad: ${firstBad.reason}`, advice)]
  }
  const rest = compacted > 0 ? `, of ${compacted} more there are only the hashes` : ''
  return [ok('history', `${verified} revisions are as they were written${rest}; head ${headHash || 'of nothing yet'}`)]
}
