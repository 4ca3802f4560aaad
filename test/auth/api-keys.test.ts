import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { generateApiKey, hashApiKey } from '../../src/auth/api-key.ts'
import {
  ApiKeyNameTakenError,
  ApiKeyNotFoundError,
  countApiKeys,
  countUsableApiKeys,
  createApiKey,
  findUsableApiKey,
  listApiKeys,
  revokeApiKey,
  touchApiKeys,
} from '../../src/auth/api-keys.ts'
import { InvalidInputError } from '../../src/catalog/errors.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'

const DAY_MS = 86_400_000
const tomorrow = () => new Date(Date.now() + DAY_MS)

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
beforeEach(async () => {
  await database.pool.query('DELETE FROM api_keys')
})

const create = (name: string, more: { role?: 'reader' | 'editor' | 'admin'; expiresAt?: Date } = {}) =>
  createApiKey(database, { name, role: 'editor', createdBy: 'tester', ...more })

async function setColumn(column: 'expires_at' | 'created_at', id: string, value: Date): Promise<void> {
  await database.pool.query(`UPDATE api_keys SET ${column} = $2 WHERE id = $1`, [id, value])
}

test('a new key is found by the key, with its name, role and maker', async () => {
  const expiresAt = tomorrow()
  const { key, row } = await create('ci', { expiresAt })
  expect(row).toMatchObject({ name: 'ci', role: 'editor', prefix: key.slice(0, 9), createdBy: 'tester', expiresAt })
  expect(row).toMatchObject({ createdAt: expect.any(Date), lastUsedAt: null, revokedAt: null, revokedBy: null })
  expect(await findUsableApiKey(database, key)).toEqual(row)
  expect(await findUsableApiKey(database, generateApiKey())).toBeUndefined()
})

test('the database has the hash of a key and not the key, and no answer has either', async () => {
  const { key, row } = await create('ci')
  const { rows } = await database.pool.query<{ text: string }>(
    'SELECT row_to_json(api_keys)::text AS text FROM api_keys',
  )
  const stored = rows.map(({ text }) => text).join()
  const secret = key.slice(9)
  expect(stored).toContain(hashApiKey(key))
  expect(stored).not.toContain(secret)
  const answers = JSON.stringify([row, await findUsableApiKey(database, key), await listApiKeys(database)])
  expect(answers).not.toContain(secret)
  expect(answers).not.toContain(hashApiKey(key))
})

test('a key is not found any more from the moment it expires', async () => {
  const { key, row } = await create('ci', { expiresAt: tomorrow() })
  await setColumn('expires_at', row.id, new Date(Date.now() - 1))
  expect(await findUsableApiKey(database, key)).toBeUndefined()
})

test('a revoked key is not found, and a second revocation changes nothing', async () => {
  const { key, row } = await create('ci')
  const revoked = await revokeApiKey(database, 'ci', 'alice')
  expect(revoked).toMatchObject({ id: row.id, revokedBy: 'alice', revokedAt: expect.any(Date) })
  expect(await findUsableApiKey(database, key)).toBeUndefined()
  expect(await revokeApiKey(database, 'ci', 'bob')).toEqual(revoked)
  expect(await revokeApiKey(database, row.id.toUpperCase(), 'bob')).toEqual(revoked)
})

test('a key can be revoked by its id, and a name means the key that still has it', async () => {
  const first = await create('ci')
  await revokeApiKey(database, first.row.id, 'alice')
  // The clock of the embedded database counts milliseconds, and which one was the last has to be seen.
  await database.pool.query('SELECT pg_sleep(0.01)')
  const second = await create('ci')
  expect(await revokeApiKey(database, 'ci', 'alice')).toMatchObject({ id: second.row.id })
  // Both are revoked by now: the name means the last one.
  expect(await revokeApiKey(database, 'ci', 'bob')).toMatchObject({ id: second.row.id, revokedBy: 'alice' })
})

test('what is not there cannot be revoked', async () => {
  await expect(revokeApiKey(database, 'nobody', 'alice')).rejects.toThrow(ApiKeyNotFoundError)
  await expect(revokeApiKey(database, randomUUID(), 'alice')).rejects.toThrow('There is no key')
})

test('of two keys of one name that are made at once there is one, and the name is free again when it is revoked', async () => {
  const results = await Promise.allSettled([create('ci'), create('ci')])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await expect(create('ci')).rejects.toThrow(ApiKeyNameTakenError)
  await revokeApiKey(database, 'ci', 'alice')
  await create('ci')
  expect(await countApiKeys(database)).toBe(2)
})

test('names are 1 to 100 letters, digits, spaces and ._-@, and do not look like ids', async () => {
  for (const name of ['a', 'x'.repeat(100), 'ci.build_2-main@example.org', 'Alice Doe']) await create(name)
  const wrong = ['', ' ', ' a', 'a ', 'x'.repeat(101), 'a\n', 'a\u001b[31m', 'é', 'a/b', 'a:b', randomUUID()]
  for (const name of wrong) await expect(create(name), JSON.stringify(name)).rejects.toThrow(InvalidInputError)
  expect(await countApiKeys(database)).toBe(4)
})

test('an expiry that is past or no date, and a role that does not exist, are refused', async () => {
  await expect(create('ci', { expiresAt: new Date(Date.now() - 1) })).rejects.toThrow(InvalidInputError)
  await expect(create('ci', { expiresAt: new Date('soon') })).rejects.toThrow(InvalidInputError)
  for (const role of ['none', 'owner'])
    await expect(create('ci', { role: role as 'admin' })).rejects.toThrow('The role')
})

test('the list has every key, newest first, and the counts tell usable ones apart', async () => {
  const names = ['oldest', 'expired', 'revoked', 'newest']
  for (const [index, name] of names.entries()) {
    const { row } = await create(name, { expiresAt: tomorrow() })
    await setColumn('created_at', row.id, new Date(Date.now() - DAY_MS + index))
    if (name === 'expired') await setColumn('expires_at', row.id, new Date(Date.now() - 1))
    if (name === 'revoked') await revokeApiKey(database, name, 'alice')
  }
  expect((await listApiKeys(database)).map(({ name }) => name)).toEqual(names.toReversed())
  expect(await countApiKeys(database)).toBe(4)
  expect(await countUsableApiKeys(database)).toBe(2)
})

test('a use is written without waiting for a row that somebody else has locked', async () => {
  const [free, locked] = [await create('free'), await create('locked')]
  const client = await database.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT 1 FROM api_keys WHERE id = $1 FOR UPDATE', [locked.row.id])
    // The embedded database is one session: whoever has a transaction open is the only one who gets to ask.
    if (database.kind === 'server') await touchApiKeys(database, [free.row.id, locked.row.id])
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
  if (database.kind === 'embedded') await touchApiKeys(database, [free.row.id])
  const used = new Map((await listApiKeys(database)).map(({ name, lastUsedAt }) => [name, lastUsedAt]))
  expect(used.get('free')?.getTime()).toBeGreaterThan(Date.now() - 60_000)
  expect(used.get('locked')).toBeNull()
})
