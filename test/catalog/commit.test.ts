import { expect, test } from 'vitest'
import { commit } from '../../src/catalog/commit.ts'
import { RevisionConflictError, ToolNotFoundError } from '../../src/catalog/errors.ts'
import { openTestDatabase } from '../support/database.ts'

const origin = { actor: 'tester', source: 'api' } as const

test('only what the database says makes a write try again, never the words of a caller', async () => {
  const database = await openTestDatabase()
  const failures = [
    new ToolNotFoundError('40001'),
    new RevisionConflictError('1', '40001', '55P03'),
    new Error('P2034'),
  ]
  for (const failure of failures) {
    let attempts = 0
    const write = commit(database, origin, async () => {
      attempts++
      throw failure
    })
    await expect(write).rejects.toBe(failure)
    expect(attempts).toBe(1)
  }
})

test('a statement that lost against another writer is tried again', async () => {
  const database = await openTestDatabase()
  let attempts = 0
  const { value } = await commit(database, origin, async ({ tx }) => {
    attempts++
    if (attempts < 3) await tx.$executeRawUnsafe(`DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''40P01''; END'`)
    return attempts
  })
  expect(value).toBe(3)
})
