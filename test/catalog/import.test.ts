import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

test('importing the same definitions twice makes no second revision', async () => {
  const first = await importAll(database, [aDefinition({ tool_name: 'twice' })])
  const second = await importAll(database, [aDefinition({ tool_name: 'twice' })])
  expect(first.results[0]?.outcome).toBe('created')
  expect(first.revisions).toHaveLength(1)
  expect(second.results[0]?.outcome).toBe('unchanged')
  expect(second.revisions).toEqual([])
})
