import { createHmac } from 'node:crypto'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { startTestApp } from '../support/app.ts'
import { expectStillServing, post, send } from '../support/attack.ts'
import { bearer, createKey, revokeKey } from '../support/keys.ts'
import { createExpiredKey } from './expired-key.ts'

const OPERATION = { query: '{ catalogStatistics { tools } }' }
const UNKNOWN_KEY = 'tcat_0000000000000000000000000000000000000000'

let url: string
let config: Config
let reader: string
beforeAll(async () => {
  // The address of a caller is what the test says it is: limits of one test are not felt by another.
  const app = await startTestApp({ ANONYMOUS_ROLE: 'none', TRUST_PROXY: 'true', AUTH_FAILURES_PER_MINUTE: '5' })
  ;({ url, config } = app)
  reader = await createKey(config, 'reader')
})
afterEach(() => expectStillServing(url, from('9.9.9.9', bearer(reader))))

let addresses = 0
const from = (address: string, headers: Record<string, string> = {}) => ({ 'x-forwarded-for': address, ...headers })
const fromSomewhere = (headers: Record<string, string> = {}) => from(`10.0.0.${++addresses}`, headers)

test('a key is good as a bearer token and as x-api-key', async () => {
  expect(await post(url, OPERATION, fromSomewhere(bearer(reader)))).toMatchObject({ status: 200, messages: [] })
  expect(await post(url, OPERATION, fromSomewhere({ 'x-api-key': reader }))).toMatchObject({
    status: 200,
    messages: [],
  })
})

test('without a credential nothing is told where anonymous callers may see nothing, not even of the schema', async () => {
  for (const query of ['{ __typename }', '{ nothing }', '{ __schema { types { name } } }', '{']) {
    const reply = await post(url, { query }, fromSomewhere())
    expect(reply).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
    expect(reply.messages).toEqual(['Send an API key or a token: Authorization: Bearer …'])
  }
  expect(await send(`${url}?query={__typename}`, { headers: fromSomewhere() })).toMatchObject({ status: 401 })
})

test('an unknown, a mistyped, an expired and a revoked key are refused in the same words', async () => {
  const expired = await createExpiredKey(config, 'expired')
  const revoked = await createKey(config, 'reader', 'revoked')
  expect(await post(url, OPERATION, fromSomewhere(bearer(revoked)))).toMatchObject({ status: 200 })
  await revokeKey(config, 'revoked')
  await expect
    .poll(async () => (await post(url, OPERATION, fromSomewhere(bearer(revoked)))).status, { timeout: 5_000 })
    .toBe(401)
  const replies = await Promise.all(
    [UNKNOWN_KEY, 'nonsense', expired, revoked].map((key) => post(url, OPERATION, fromSomewhere(bearer(key)))),
  )
  for (const reply of replies) {
    expect(reply).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  }
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
})

test.each([
  ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
  ['no token', { authorization: 'Bearer ' }],
  ['a token with a space', { authorization: 'Bearer a b' }],
  ['two credentials', { authorization: 'Bearer a', 'x-api-key': 'b' }],
  ['an empty key', { 'x-api-key': '' }],
])('a malformed credential is refused: %s', async (_, headers) => {
  expect(await post(url, OPERATION, fromSomewhere(headers))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
})

test('a good key beside a malformed one is not good', async () => {
  const headers = fromSomewhere({ ...bearer(reader), 'x-api-key': reader })
  expect(await post(url, OPERATION, headers)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
})

test('a token that signs itself, or is not signed, is not accepted', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part({ sub: 'x', role: 'admin', exp: 9_999_999_999 })
  const unsigned = `${part({ alg: 'none' })}.${claims}.`
  const signed = `${part({ alg: 'HS256' })}.${claims}`
  const own = `${signed}.${createHmac('sha256', '').update(signed).digest('base64url')}`
  for (const token of [unsigned, own])
    expect(await post(url, OPERATION, fromSomewhere(bearer(token)))).toMatchObject({ status: 401 })
})

test.each(['token', 'access_token', 'api_key', 'apikey', 'Token', '%74oken'])(
  'a credential in the URL is refused, also a good one: ?%s=',
  async (name) => {
    const reply = await post(`${url}?${name}=${reader}`, OPERATION, fromSomewhere(bearer(reader)))
    expect(reply).toMatchObject({ status: 400, code: 'TOKEN_IN_URL' })
    expect(reply.text).not.toContain(reader)
  },
)

test('cookies are no credentials', async () => {
  const reply = await post(url, OPERATION, fromSomewhere({ cookie: `authorization=Bearer ${reader}; token=${reader}` }))
  expect(reply).toMatchObject({ status: 401 })
  const good = await post(url, OPERATION, fromSomewhere(bearer(reader)))
  expect(good.headers.get('set-cookie')).toBeNull()
})

test('whoever tries keys is not even answered after some, from this address alone', async () => {
  const statuses: number[] = []
  for (let i = 0; i < 8; i++) statuses.push((await post(url, OPERATION, from('6.6.6.6', bearer(UNKNOWN_KEY)))).status)
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
  const reply = await post(url, OPERATION, from('6.6.6.6', bearer(reader)))
  expect(reply).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(50)
  expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect(await post(url, OPERATION, from('6.6.6.7', bearer(reader)))).toMatchObject({ status: 200 })
  // Only what the proxy has written counts, not what the caller has put in front of it.
  expect(await post(url, OPERATION, from('1.1.1.1, 6.6.6.6', bearer(reader)))).toMatchObject({ status: 429 })
})
