import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { generateApiKey } from '../../src/auth/api-key.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../../src/auth/api-keys.ts'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { anonymousViewer, CredentialsUnavailableError, UnauthenticatedError } from '../../src/auth/viewer.ts'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { closeLater, openTestDatabase, testConfig } from '../support/database.ts'

/** What a revocation may take until it counts everywhere. */
const REVOCATION_MS = 5_000

const config = testConfig({})
const logger = createLogger(config)

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

let made = 0
const create = (expiresAt?: Date) =>
  createApiKey(database, { name: `key ${++made}`, role: 'editor', createdBy: 'tester', expiresAt })

function start(opened: () => Database | undefined = () => database) {
  const authenticator = createAuthenticator({ config, logger, database: opened, anonymousRole: 'reader' })
  closeLater(() => authenticator.stop())
  return authenticator
}

/** Statements that the work asked the database, as far as they are about keys. */
async function countLookups(work: () => Promise<unknown>): Promise<number> {
  const query = vi.spyOn(database.pool, 'query')
  await work()
  // Not the writing of last uses, which authenticators of other tests do a second later.
  const count = query.mock.calls.filter(([sql]) => /^SELECT .* FROM api_keys WHERE/s.test(String(sql))).length
  query.mockRestore()
  return count
}

type Query = (...words: unknown[]) => Promise<unknown>

/** TypeScript sees only the last overload of `query`, which takes a callback and gives nothing. */
const answering = (query: Query) => query as unknown as () => void
const originalQuery = () => database.pool.query.bind(database.pool) as Query

const lastUsed = async (id: string) => (await listApiKeys(database)).find((row) => row.id === id)?.lastUsedAt

test('a caller without a token is anonymous, one with a key is who the key says', async () => {
  const { authenticate } = start()
  expect(await authenticate(undefined)).toEqual(anonymousViewer('reader'))
  const { key, row } = await create()
  const viewer = { actor: `key:${row.name}`, role: 'editor', via: 'api-key', keyId: row.id, expiresAt: undefined }
  expect(await authenticate(key)).toEqual(viewer)
})

test('every bad credential is refused in the same words', async () => {
  const { authenticate } = start()
  const { key } = await create()
  const { key: revoked, row } = await create()
  await revokeApiKey(database, row.id, 'tester')
  const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'
  const bad = [
    '',
    'tcat_',
    `${key}x`,
    key.toUpperCase(),
    generateApiKey(),
    revoked,
    jwt,
    'Basic abc',
    'a'.repeat(9_000),
  ]
  for (const token of bad) {
    await expect(authenticate(token), token).rejects.toThrow(UnauthenticatedError)
    await expect(authenticate(token), token).rejects.toThrow('The credential is not valid.')
  }
})

test('a mistyped key and a token that is too long do not reach the database', async () => {
  const { authenticate } = start()
  const lookups = await countLookups(async () => {
    for (const token of [`${generateApiKey().slice(0, -1)}!`, `tcat_${'a'.repeat(100_000)}`, `${'a.'.repeat(5_000)}`])
      await expect(authenticate(token)).rejects.toThrow(UnauthenticatedError)
  })
  expect(lookups).toBe(0)
})

test('a hundred requests with one key at once ask the database once, good key or bad', async () => {
  const { authenticate } = start()
  const { key } = await create()
  for (const token of [key, generateApiKey()]) {
    const ask = () => Promise.allSettled(Array.from({ length: 100 }, () => authenticate(token)))
    expect(await countLookups(ask)).toBe(1)
    expect(await countLookups(ask)).toBe(0)
  }
})

test('ten thousand made-up keys do not push a good one out of the cache', async () => {
  const { authenticate } = start()
  const { key } = await create()
  // An answer counts for 2 seconds, and a busy machine may take longer for so many keys.
  vi.spyOn(performance, 'now').mockReturnValue(performance.now())
  await authenticate(key)
  const query = vi.spyOn(database.pool, 'query').mockImplementation(answering(async () => ({ rows: [] })))
  await Promise.allSettled(Array.from({ length: 11_000 }, () => authenticate(generateApiKey())))
  query.mockClear()
  await authenticate(key)
  expect(query).not.toHaveBeenCalled()
})

test('a revocation by another process counts within five seconds, for requests and for open connections', async () => {
  const { authenticate, stillGood } = start()
  const { key, row } = await create()
  const viewer = await authenticate(key)
  expect(await stillGood(viewer)).toBe(true)
  await revokeApiKey(database, row.id, 'tester')
  const begun = performance.now()
  // Somebody who never stops asking must not keep the answer fresh.
  while (performance.now() - begun < REVOCATION_MS) {
    const refused = await authenticate(key).then(
      () => false,
      (error) => error instanceof UnauthenticatedError,
    )
    if (refused && !(await stillGood(viewer))) break
    await sleep(50)
  }
  expect(performance.now() - begun).toBeLessThan(REVOCATION_MS)
  expect(await stillGood(viewer)).toBe(false)
})

test('an answer that took long is not kept longer for it', async () => {
  const { authenticate } = start()
  const { key, row } = await create()
  const asked = performance.now()
  const query = originalQuery()
  const slow = answering(async (...words) => {
    const answer = await query(...words)
    await sleep(1_900)
    return answer
  })
  vi.spyOn(database.pool, 'query').mockImplementationOnce(slow)
  await authenticate(key)
  await revokeApiKey(database, row.id, 'tester')
  await sleep(2_100 - (performance.now() - asked))
  await expect(authenticate(key)).rejects.toThrow(UnauthenticatedError)
})

test('a key ends when it expires, even while its answer is in the cache', async () => {
  const { authenticate, stillGood } = start()
  const { key } = await create(new Date(Date.now() + 60_000))
  const viewer = await authenticate(key)
  expect(await stillGood(viewer)).toBe(true)
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
  await expect(authenticate(key)).rejects.toThrow(UnauthenticatedError)
  expect(await stillGood(viewer)).toBe(false)
})

test('setting the clock back does not make the credential of an open connection last longer', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { authenticate, stillGood } = start()
  const { key } = await create(new Date(Date.now() + 60_000))
  const viewer = await authenticate(key)
  expect(await stillGood(viewer)).toBe(true)
  // The clock on the wall stays where it is.
  vi.advanceTimersByTime(60_000)
  expect(await stillGood(viewer)).toBe(false)
})

test('the last use is written a moment later, and at most once a minute', async () => {
  const { authenticate } = start()
  const { key, row } = await create()
  const query = vi.spyOn(database.pool, 'query')
  const isWrite = ([sql, values]: unknown[]) => /SET last_used_at/.test(String(sql)) && String(values).includes(row.id)
  const writes = () => query.mock.calls.filter(isWrite).length
  await authenticate(key)
  expect(writes()).toBe(0)
  await vi.waitFor(async () => expect(await lastUsed(row.id)).toBeInstanceOf(Date), 5_000)
  for (let use = 0; use < 5; use++) {
    await authenticate(key)
    await sleep(300)
  }
  expect(writes()).toBe(1)
})

test('a stop writes what waits, and leaves nothing behind', async () => {
  const authenticator = start()
  const { key, row } = await create()
  await authenticator.authenticate(key)
  await authenticator.stop()
  expect(await lastUsed(row.id)).toBeInstanceOf(Date)
})

test('a last use that cannot be written fails no request', async () => {
  const warn = vi.spyOn(logger, 'warn')
  const authenticator = start()
  const { key } = await create()
  const query = originalQuery()
  const full = answering(async (...words) => {
    if (String(words[0]).includes('last_used_at = ')) throw new Error('disk full')
    return query(...words)
  })
  vi.spyOn(database.pool, 'query').mockImplementation(full)
  await authenticator.authenticate(key)
  await authenticator.stop()
  expect(warn).toHaveBeenCalledOnce()
})

test('before the database is open a key cannot be judged, and that is not the fault of its caller', async () => {
  const { authenticate, stillGood } = start(() => undefined)
  await expect(authenticate(generateApiKey())).rejects.toThrow(CredentialsUnavailableError)
  expect(await authenticate(undefined)).toEqual(anonymousViewer('reader'))
  expect(await stillGood(anonymousViewer('reader'))).toBe(true)
})

test('an outage of the database ends no open connection, and a failed question is asked again', async () => {
  const { authenticate, stillGood } = start()
  const { key } = await create()
  const query = vi.spyOn(database.pool, 'query').mockRejectedValue(new Error('ECONNREFUSED') as never)
  await expect(authenticate(key)).rejects.toThrow('ECONNREFUSED')
  query.mockRestore()
  const viewer = await authenticate(key)
  vi.spyOn(database.pool, 'query').mockRejectedValue(new Error('ECONNREFUSED') as never)
  expect(await stillGood(viewer)).toBe(true)
})
