import type { Database } from '../../src/db/database.ts'

/** What a superuser can do: nothing keeps these statements from happening, neither triggers nor foreign keys. */
export async function asSuperuser({ pool }: Pick<Database, 'pool'>, ...statements: readonly string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SET LOCAL session_replication_role = replica')
    for (const statement of statements) {
      const { rowCount } = await client.query(statement)
      if (rowCount === 0) throw new Error(`It changes nothing: ${statement}`)
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const TABLES = ['change_sets', 'change_events', 'catalog_state']

/** Remember the history as it is now; what comes back puts it there again. */
export async function keepHistory(database: Pick<Database, 'pool'>): Promise<() => Promise<void>> {
  for (const table of TABLES) await database.pool.query(`CREATE TABLE kept_${table} AS TABLE ${table}`)
  const statements = TABLES.flatMap((table) => [
    `DELETE FROM ${table}`,
    `INSERT INTO ${table} SELECT * FROM kept_${table}`,
  ])
  return async () => {
    const client = await database.pool.connect()
    await client.query(`BEGIN; SET LOCAL session_replication_role = replica; ${statements.join('; ')}; COMMIT`)
    client.release()
  }
}
