import type pg from 'pg'
import type { Database } from '../../src/db/database.ts'

type Query = (sql: string, values?: unknown[]) => Promise<pg.QueryResult>

/** The database, with the feed's connections as a test wants them. */
function withClient(database: Database, change: (sql: string, query: Query) => Query): Database {
  return {
    ...database,
    createClient: (settings) => {
      const client = database.createClient(settings)
      const query = client.query.bind(client) as Query
      // Only the shape that the feed uses.
      client.query = ((sql: string, values?: unknown[]) => change(sql, query)(sql, values)) as typeof client.query
      return client
    },
  }
}

/** A database of which no notification arrives, and that does not say what this process commits. */
export function deafClient(database: Database): Database {
  const deaf = withClient(database, (sql, query) => (sql.startsWith('LISTEN') ? () => query('SELECT 1') : query))
  return { ...deaf, commitListeners: new Set() }
}

/** A database that counts how often the log is read, and fails on demand. */
export function recordingClient(database: Database, isAway: () => boolean = () => false) {
  let reads = 0
  const recorded = withClient(database, (sql, query) => {
    if (isAway()) return () => Promise.reject(new Error('away'))
    if (sql.startsWith('SELECT epoch')) reads++
    return query
  })
  return { database: recorded, reads: () => reads }
}

/** A database whose answers take so long to arrive, in milliseconds. */
export function slowClient(database: Database, ms: number): Database {
  return withClient(database, (_, query) => async (sql, values) => {
    const answer = await query(sql, values)
    await new Promise((resolve) => setTimeout(resolve, ms))
    return answer
  })
}

/** How many connections feeds have to this database; with `action`, what is done to each of them. */
export async function feedConnections({ pool }: Database, action = 'pid'): Promise<number> {
  const { rowCount } = await pool.query(
    `SELECT ${action} FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tool-catalog feed'`,
  )
  return rowCount ?? 0
}
