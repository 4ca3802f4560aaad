import { beforeAll, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { createRateLimits } from '../../src/http/rate-limits.ts'
import { startTestApp } from '../support/app.ts'
import { post, send } from '../support/attack.ts'
import { bearer, createKey } from '../support/keys.ts'

const OPERATION = { query: '{ __typename }' }

let url: string
let config: Config
beforeAll(async () => {
  const app = await startTestApp({ TRUST_PROXY: 'true', RATE_LIMIT_PER_KEY: '20', RATE_LIMIT_PER_ADDRESS: '5' })
  ;({ url, config } = app)
})

const from = (address: string, headers: Record<string, string> = {}) => ({ 'x-forwarded-for': address, ...headers })

async function statuses(count: number, headers: Record<string, string>): Promise<number[]> {
  const replies = []
  for (let i = 0; i < count; i++) replies.push((await post(url, OPERATION, headers)).status)
  return replies
}

test('callers without a credential share the requests of their address', async () => {
  expect(await statuses(7, from('10.0.0.1'))).toEqual([200, 200, 200, 200, 200, 429, 429])
  const reply = await post(url, OPERATION, from('10.0.0.1'))
  expect(reply).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(50)
  expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect(await statuses(1, from('10.0.0.2'))).toEqual([200])
  // Queries over GET are requests too.
  expect(await send(`${url}?query={__typename}`, { headers: from('10.0.0.1') })).toMatchObject({ status: 429 })
})

test('a credential has requests of its own, wherever they come from', async () => {
  const one = bearer(await createKey(config, 'reader', 'one'))
  const other = bearer(await createKey(config, 'reader', 'other'))
  expect(await statuses(10, from('10.0.1.1', one))).not.toContain(429)
  expect(await statuses(11, from('10.0.1.2', one))).toEqual([...Array<number>(10).fill(200), 429])
  expect(await statuses(1, from('10.0.1.1', other))).toEqual([200])
  expect(await statuses(1, from('10.0.1.1'))).toEqual([200])
})

test('an IPv6 network is one address', async () => {
  const hosts = [
    '2001:db8::1',
    '2001:db8::2',
    '2001:DB8:0:0:1::',
    '[2001:db8::4]:5678',
    '2001:0db8:0000::5',
    '2001:db8::6',
  ]
  const replies = []
  for (const host of hosts) replies.push((await post(url, OPERATION, from(host))).status)
  expect(replies).toEqual([200, 200, 200, 200, 200, 429])
  expect(await statuses(1, from('2001:db8:0:1::1'))).toEqual([200])
})

test('probes are not counted', async () => {
  await statuses(6, from('10.0.2.1'))
  for (const path of ['/health', '/ready'])
    expect((await send(new URL(path, url).href, { headers: from('10.0.2.1') })).status).toBe(200)
})

test('0 means no limit', async () => {
  const limits = createRateLimits({ RATE_LIMIT_PER_KEY: 0, RATE_LIMIT_PER_ADDRESS: 0, AUTH_FAILURES_PER_MINUTE: 1 })
  const viewer = {
    actor: 'anonymous',
    role: 'reader',
    via: 'anonymous',
    keyId: undefined,
    expiresAt: undefined,
  } as const
  for (let i = 0; i < 1_000; i++) await limits.request({ viewer, address: '10.0.0.1' })
})

test('whoever makes up addresses does not fill the memory', async () => {
  const limits = createRateLimits({ RATE_LIMIT_PER_KEY: 1, RATE_LIMIT_PER_ADDRESS: 1, AUTH_FAILURES_PER_MINUTE: 1 })
  for (let i = 0; i < 60_000; i++) await limits.failure(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  // The newest are known, and the oldest forgotten.
  await expect(limits.attempt('10.0.234.95')).rejects.toThrow('Too many requests')
  await limits.attempt('10.0.0.0')
})
