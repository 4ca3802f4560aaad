import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { unusedIndexes } from '../../src/doctor/check-schema.ts'
import { openTestDatabase } from '../support/database.ts'
import { expectTrouble, troubles } from './examined.ts'

test('migrations: one was edited, failed half-way, is still to come, or came from a newer version', async () => {
  const database = await openTestDatabase()
  const set = (change: string) =>
    database.pool.query(`UPDATE _prisma_migrations SET ${change} WHERE migration_name LIKE '%hot_reload'`)
  const { rows } = await database.pool.query(
    "SELECT checksum FROM _prisma_migrations WHERE migration_name LIKE '%hot_reload'",
  )
  const migrations = { check: 'migrations', status: 'failed', advice: /Restore the last backup/ }
  await set("checksum = 'another'")
  await expectTrouble(database, { ...migrations, says: /hot_reload was edited/ })
  await set(`checksum = '${rows[0].checksum}', finished_at = NULL`)
  await expectTrouble(database, { ...migrations, says: /hot_reload failed half-way/ })
  await set('finished_at = now()')
  await database.pool.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('${randomUUID()}', '', '29990101000000_later', now())`,
  )
  await expectTrouble(database, {
    ...migrations,
    status: 'warning',
    says: /29990101000000_later/,
    advice: /upgrade this/,
  })
  await database.pool.query(
    "DELETE FROM _prisma_migrations WHERE migration_name LIKE '2999%' OR migration_name LIKE '%view'",
  )
  expect((await troubles(database)).find(({ check }) => check === 'migrations')).toMatchObject({
    status: 'warning',
    says: expect.stringMatching(/to be applied: \d+_statistics_view/),
    advice: expect.stringContaining('Take a backup'),
  })
})

test('schema: a table, a trigger, a constraint or a column is missing, or another one', async () => {
  const database = await openTestDatabase()
  const schema = { check: 'schema', status: 'failed', advice: /docs\/backup\.md/ }
  await database.pool.query('DROP TRIGGER change_sets_are_written_once ON change_sets')
  await expectTrouble(database, { ...schema, says: /missing: trigger change_sets_are_written_once/ })
  await database.pool.query(`CREATE TRIGGER change_sets_are_written_once BEFORE UPDATE OR DELETE ON change_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history()`)
  expect(await troubles(database)).toEqual([])
  await database.pool.query('ALTER TABLE change_sets DISABLE TRIGGER change_sets_are_written_once')
  await expectTrouble(database, { ...schema, says: /not as the migrations made it: trigger change_sets_are_/ })
  await database.pool.query('ALTER TABLE change_sets ENABLE TRIGGER change_sets_are_written_once')
  await database.pool.query(
    'ALTER TABLE tools DROP CONSTRAINT tools_platform_is_normal, ALTER description DROP NOT NULL',
  )
  expect((await troubles(database)).map(({ says }) => says).join('\n')).toMatch(
    /missing: .*constraint tools_platform_is_normal[\s\S]*not as the migrations made it: column tools\.description/,
  )
  await database.pool.query('DROP TABLE executions')
  const said = (await troubles(database)).map(({ says }) => says).join('\n')
  expect(said).toMatch(/missing: .*table executions/)
  expect(said).not.toContain('executions_pkey')
})

test('indexes: one is missing, and the advice brings it back', async () => {
  const database = await openTestDatabase()
  await database.pool.query('DROP INDEX tools_platform_name_key_idx')
  const missing = { check: 'indexes', status: 'failed', says: /tools_platform_name_key_idx is missing/ }
  await expectTrouble(database, {
    ...missing,
    advice: /^Run: CREATE INDEX CONCURRENTLY tools_platform_name_key_idx ON /,
  })
  const [{ advice = '' } = {}] = await troubles(database)
  await database.pool.query(advice.replace('Run: ', ''))
  expect(await troubles(database)).toEqual([])
})

test('indexes: one is invalid, as when it could not be built', async () => {
  const database = await openTestDatabase()
  await database.pool.query(
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tools_status_name_key_idx'::regclass",
  )
  const invalid = { check: 'indexes', status: 'failed', says: /tools_status_name_key_idx is invalid/ }
  await expectTrouble(database, { ...invalid, advice: /REINDEX INDEX CONCURRENTLY tools_status_name_key_idx/ })
})

test('indexes: one is large, and nobody has used it for long', async () => {
  const database = await openTestDatabase()
  const found = await unusedIndexes(database, { bytes: 0, days: 0 })
  expect(found.map(({ says }) => says).join('\n')).toMatch(/nobody has used the index tools_status_name_key_idx \(/)
  expect(found.every(({ status }) => status === 'warning')).toBe(true)
  expect(await unusedIndexes(database, { bytes: 1_000_000_000, days: 0 })).toEqual([])
  expect(await unusedIndexes(database, { bytes: 0, days: 100_000 })).toEqual([])
})
