import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { anonymousRole, checkCredentials, createFirstAdminKey } from '../../src/auth/access.ts'
import { createApiKey, findUsableApiKey, listApiKeys, revokeApiKey } from '../../src/auth/api-keys.ts'
import { ConfigError } from '../../src/config.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase, testConfig } from '../support/database.ts'

const SERVER = 'postgresql://user:secret@db.example.org/catalog'
const JWT = {
  JWT_ISSUER: 'https://id.example.org',
  JWT_AUDIENCE: 'catalog',
  JWT_JWKS_URL: 'https://id.example.org/keys',
}

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
beforeEach(async () => {
  await database.pool.query('DELETE FROM api_keys')
})

test.each([
  [{}, 'reader'],
  [{ HOST: '::1' }, 'reader'],
  [{ ANONYMOUS_ROLE: 'none' }, 'none'],
  [{ HOST: '0.0.0.0', ANONYMOUS_ROLE: 'reader' }, 'reader'],
  [{ DATABASE_URL: SERVER, ANONYMOUS_ROLE: 'none' }, 'none'],
])('with %o a caller without a credential is %s', (environment, role) => {
  expect(anonymousRole(testConfig(environment))).toBe(role)
})

test.each([
  [{ HOST: '0.0.0.0' }, 'other machines can reach HOST 0.0.0.0'],
  [{ HOST: '0.0.0.0', DATABASE_URL: SERVER }, 'other machines can reach HOST 0.0.0.0'],
  [{ DATABASE_URL: SERVER }, 'DATABASE_URL names a database that others may use too'],
])('with %o somebody must choose what callers without a credential may do', (environment, reason) => {
  const choose = () => anonymousRole(testConfig(environment))
  expect(choose).toThrow(ConfigError)
  expect(choose).toThrow(`ANONYMOUS_ROLE: must be chosen (none or reader), because ${reason}`)
  expect(choose).not.toThrow('secret')
})

test('a server that others can reach does not start before there is a usable key, and says how to make one', async () => {
  const config = testConfig({ HOST: '0.0.0.0' })
  const refused = () => expect(checkCredentials(config, database)).rejects.toThrow(ConfigError)
  await expect(checkCredentials(config, database)).rejects.toThrow('tool-catalog keys create --role admin NAME')
  await createApiKey(database, { name: 'admin', role: 'admin', createdBy: 'tester' })
  await checkCredentials(config, database)
  await revokeApiKey(database, 'admin', 'tester')
  await refused()
  const soon = new Date(Date.now() + 60_000)
  await createApiKey(database, { name: 'short', role: 'admin', createdBy: 'tester', expiresAt: soon })
  await database.pool.query(`UPDATE api_keys SET expires_at = now() - interval '1 second'`)
  await refused()
})

test('no key is needed on a loopback address, nor where JWTs are accepted', async () => {
  await checkCredentials(testConfig({}), database)
  await checkCredentials(testConfig({ DATABASE_URL: SERVER }), database)
  await checkCredentials(testConfig({ HOST: '0.0.0.0', ...JWT }), database)
})

test('the first start of a local server makes one key for its administrator, and no later start does', async () => {
  const key = (await createFirstAdminKey(testConfig({}), database)) ?? ''
  expect(await findUsableApiKey(database, key)).toMatchObject({ name: 'admin', role: 'admin', createdBy: 'system' })
  expect(await createFirstAdminKey(testConfig({}), database)).toBeUndefined()
  await revokeApiKey(database, 'admin', 'tester')
  expect(await createFirstAdminKey(testConfig({}), database)).toBeUndefined()
  expect(await listApiKeys(database)).toHaveLength(1)
})

test('a first start that another one overtakes makes no second key', async () => {
  await createFirstAdminKey(testConfig({}), database)
  const none = async () => ({ rows: [{ count: 0 }] })
  // TypeScript sees only the last overload of `query`, which takes a callback and gives nothing.
  const query = vi.spyOn(database.pool, 'query').mockImplementationOnce(none as unknown as () => void)
  expect(await createFirstAdminKey(testConfig({}), database)).toBeUndefined()
  expect(query).toHaveBeenCalledTimes(2)
  query.mockRestore()
  expect(await listApiKeys(database)).toHaveLength(1)
})

test('a server that others may reach or share makes no key by itself', async () => {
  expect(await createFirstAdminKey(testConfig({ HOST: '0.0.0.0' }), database)).toBeUndefined()
  expect(await createFirstAdminKey(testConfig({ DATABASE_URL: SERVER }), database)).toBeUndefined()
  expect(await listApiKeys(database)).toEqual([])
})
