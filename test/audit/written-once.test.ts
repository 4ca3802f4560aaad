import { beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { writeEverything } from './written.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  await writeEverything(database)
})

describe('what is not a superuser cannot change the history', () => {
  test.each([
    'UPDATE change_sets SET message = message',
    'UPDATE change_events SET after = after',
    'DELETE FROM change_sets WHERE revision = 15',
    'DELETE FROM change_events WHERE revision = 15',
    `SET tool_catalog.compacting = 'on'; DELETE FROM change_sets WHERE revision = 15`,
    `SET tool_catalog.compacting = 'on'; UPDATE change_events SET after = after`,
  ])('%s', async (statement) => {
    const client = await database.pool.connect()
    await client.query('BEGIN')
    await expect(client.query(statement.replace('SET tool', 'SET LOCAL tool'))).rejects.toThrow(
      /history is written once: (?:UPDATE|DELETE) of change_(?:sets|events) refused/,
    )
    await client.query('ROLLBACK')
    client.release()
    expect((await verifyChain(database)).firstBad).toBeUndefined()
  })
})
