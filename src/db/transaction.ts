import type pg from 'pg'

/**
 * Run work in a transaction of its own, on one connection.
 * @param begin the statement that opens it, and what else it begins with
 * @param end what ends it when the work succeeds; when it fails, it is rolled back
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (client: pg.PoolClient) => Promise<T>,
  end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<T> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    await client.query(begin)
    const result = await work(client)
    await client.query(end)
    return result
  } catch (error) {
    // When not even this works, the connection is of no more use.
    await client.query('ROLLBACK').catch((broken: Error) => {
      failure = broken
    })
    throw error
  } finally {
    client.release(failure)
  }
}
