import { type Check, type CheckContext, type Finding, ok, problem } from './finding.ts'

/** Connections of a server beside its pool: the feed, and two while it migrates. */
const BESIDE_POOL = 3

/** Whether all servers get the connections that they may ask for. */
export const checkConnections: Check = async ({ config, database }) => {
  const check = 'connections'
  if (database.kind === 'embedded') return [ok(check, 'the embedded database needs no more than it has')]
  const { rows } = await database.pool.query<{ most: number; others: number; servers: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
       count(*) FILTER (WHERE backend_type = 'client backend' AND application_name NOT LIKE 'tool-catalog%')::int AS others,
       count(*) FILTER (WHERE application_name = 'tool-catalog feed' AND datname = current_database())::int AS servers
     FROM pg_stat_activity`,
  )
  const { most = 0, others = 0, servers = 0 } = rows[0] ?? {}
  const each = config.DATABASE_POOL_MAX + BESIDE_POOL
  const says = `${servers} servers run, each may open ${each}; the database takes ${most}, of which ${others} belong to others`
  const advice = 'Lower DATABASE_POOL_MAX, raise max_connections, or put PgBouncer between them.'
  if (each > most) return [problem(check, 'failed', says, advice)]
  if (each * Math.max(1, servers) > most - others) return [problem(check, 'warning', says, advice)]
  return [ok(check, says)]
}

/** From where on something is worth a word. */
export const LONG = {
  /** A transaction keeps VACUUM from cleaning up behind it, in seconds. */
  transactionSeconds: 300,
  /** Log that is kept for a standby that is not there fills the disk, in bytes. */
  keptLogBytes: 1024 ** 3,
}

export const checkTransactions: Check = async (context) => {
  const check = 'transactions'
  const findings = await longRunning(context, LONG)
  return findings.length > 0 ? findings : [ok(check, 'none is older than 5 minutes, and no log is kept for nobody')]
}

export async function longRunning(
  { database: { pool } }: Pick<CheckContext, 'database'>,
  limits: typeof LONG,
): Promise<Finding[]> {
  const { rows: open } = await pool.query<{ pid: number; seconds: number; state: string; program: string }>(
    `SELECT pid, extract(epoch FROM now() - xact_start)::int AS seconds, coalesce(state, 'unknown') AS state, application_name AS program
     FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND xact_start < now() - $1::float8 * interval '1 second' ORDER BY xact_start`,
    [limits.transactionSeconds],
  )
  const { rows: slots } = await pool.query<{ name: string; kept: string }>(
    `SELECT slot_name AS name, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS kept FROM pg_replication_slots
     WHERE NOT active AND NOT pg_is_in_recovery() AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) >= $1`,
    [limits.keptLogBytes],
  )
  return [
    ...open.map(({ pid, seconds, state, program }) =>
      problem(
        'transactions',
        'warning',
        `process ${pid} (${program || 'no name'}, ${state}) has had a transaction open for ${seconds} s`,
        `Find out who it is; if nobody misses it: SELECT pg_terminate_backend(${pid});`,
      ),
    ),
    ...slots.map(({ name, kept }) =>
      problem(
        'transactions',
        'failed',
        `the replication slot ${name} keeps ${kept} of log, and nobody reads it`,
        `Bring its standby back, or: SELECT pg_drop_replication_slot('${name}');`,
      ),
    ),
    ...(await archiving(pool)),
  ]
}

async function archiving(pool: CheckContext['database']['pool']): Promise<Finding[]> {
  const { rows } = await pool.query<{ file: string | null }>(
    `SELECT last_failed_wal AS file FROM pg_stat_archiver
     WHERE last_failed_time > coalesce(last_archived_time, '-infinity') AND current_setting('archive_mode') <> 'off'`,
  )
  return rows.map(({ file }) =>
    problem(
      'transactions',
      'failed',
      `the log cannot be archived: ${file ?? 'the last file'} failed`,
      'Read the log of PostgreSQL for what archive_command says. Until it works, there is no point-in-time recovery, and the disk fills.',
    ),
  )
}
