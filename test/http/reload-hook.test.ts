import { createHmac, randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { createLogger } from '../../src/logger.ts'
import { makeFolder } from '../reload/folder.ts'
import { awaitReload, reloadsOf } from '../reload/following.ts'
import { startTestApp } from '../support/app.ts'
import { type Reply, send } from '../support/attack.ts'
import { closeLater, isServer } from '../support/database.ts'

type App = Awaited<ReturnType<typeof startTestApp>>

const KEY = Buffer.from('a secret that nobody can guess')
const SECRET = `whsec_${KEY.toString('base64')}`
/** Each test calls from an address of its own, so that none uses up another's calls. */
const ENVIRONMENT = { WEBHOOK_SECRET: SECRET, TRUST_PROXY: 'true' }

let app: App

beforeAll(async () => {
  app = await startTestApp({ ...ENVIRONMENT, WATCH_DIR: makeFolder().path })
})

interface Hook {
  readonly id?: string
  readonly body?: string
  readonly at?: number
  readonly key?: Buffer
  readonly from?: string
  readonly headers?: Record<string, string>
}

const signature = (id: string, at: number, body: string, key: Buffer) =>
  `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`

function call(url: string, hook: Hook = {}): Promise<Reply> {
  const { id = randomUUID(), body = '{"ref":"main"}', at = Math.floor(Date.now() / 1_000), key = KEY } = hook
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': signature(id, at, body, key),
    'x-forwarded-for': hook.from ?? '10.0.0.1',
    ...hook.headers,
  }
  return send(new URL('/hooks/reload', url).href, { method: 'POST', body, headers })
}

test('a signed call is taken at once, and reloads once for a burst', async () => {
  const replies = await Promise.all([1, 2, 3].map(() => call(app.url)))
  for (const reply of replies) expect(reply).toMatchObject({ status: 202, text: '{"accepted":true}' })
  expect(await awaitReload(app.url, { trigger: 'WEBHOOK' })).toMatchObject({ outcome: 'UNCHANGED', actor: 'system' })
  expect(await reloadsOf(app.url, {}, 'trigger: WEBHOOK')).toHaveLength(1)
})

test('the same id is taken once', async () => {
  const hook = { id: 'msg_1', from: '10.0.0.2' }
  expect((await call(app.url, hook)).status).toBe(202)
  expect(await call(app.url, hook)).toMatchObject({ status: 409, code: 'WEBHOOK_REPEATED' })
})

test.runIf(isServer())('the same id is taken once on all replicas together', async () => {
  const other = await createApp({ config: app.config, logger: createLogger(app.config) })
  closeLater(() => other.stop())
  const hook = { id: 'msg_2', from: '10.0.0.3' }
  const replies = await Promise.all([call(app.url, hook), call(other.url, hook)])
  expect(replies.map(({ status }) => String(status)).sort()).toEqual(['202', '409'])
})

test('a wrong signature is refused: of another secret, another body, another id, another time, or none', async () => {
  const at = Math.floor(Date.now() / 1_000)
  const good = signature('msg_3', at, 'a', KEY)
  const as = (headers: Record<string, string>, body = 'a', id = 'msg_3', when = at) =>
    call(app.url, { id, body, at: when, from: '10.0.0.4', headers })
  const replies = [
    await call(app.url, { key: Buffer.from('another secret that is as long'), from: '10.0.0.4' }),
    await as({ 'webhook-signature': good }, 'b'),
    await as({ 'webhook-signature': good }, 'a', 'msg_4'),
    await as({ 'webhook-signature': good }, 'a', 'msg_3', at + 1),
    await as({ 'webhook-signature': good.replace('v1,', 'v0,') }),
    await as({ 'webhook-signature': '' }),
  ]
  for (const reply of replies) expect(reply).toMatchObject({ status: 401, code: 'BAD_SIGNATURE' })
  expect((await as({ 'webhook-signature': `v1,AAAA ${good}` })).status).toBe(202)
})

test('a call that was signed more than five minutes ago, or for later, is refused', async () => {
  const now = Math.floor(Date.now() / 1_000)
  const from = '10.0.0.5'
  for (const at of [now - 310, now + 310])
    expect(await call(app.url, { at, from })).toMatchObject({ status: 401, code: 'WEBHOOK_TIME' })
  expect((await call(app.url, { at: now - 280, from })).status).toBe(202)
})

test('an address has ten calls a minute', async () => {
  for (let i = 0; i < 10; i++) expect((await call(app.url, { from: '10.0.0.6' })).status).toBe(202)
  const reply = await call(app.url, { from: '10.0.0.6' })
  expect(reply).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await call(app.url, { from: '10.0.0.7' })).status).toBe(202)
})

test('wrong signatures count as wrong credentials: after them nothing of that address is looked at', async () => {
  const strict = await startTestApp({ ...ENVIRONMENT, WATCH_DIR: makeFolder().path, AUTH_FAILURES_PER_MINUTE: '2' })
  const wrong = { key: Buffer.from('another secret that is as long') }
  expect((await call(strict.url, wrong)).status).toBe(401)
  expect((await call(strict.url, wrong)).status).toBe(401)
  expect((await call(strict.url)).status).toBe(429)
})

test('a large body is refused, and only POST works', async () => {
  const from = '10.0.0.8'
  expect((await call(app.url, { body: 'x'.repeat(64 * 1024), from })).status).toBe(202)
  expect((await call(app.url, { body: 'x'.repeat(64 * 1024 + 1), from })).status).toBe(413)
  expect((await send(new URL('/hooks/reload', app.url).href)).status).toBe(405)
})

test('without a secret, or without a folder, there is no webhook', async () => {
  for (const environment of [{ WEBHOOK_SECRET: SECRET }, { WATCH_DIR: makeFolder().path }])
    expect((await call((await startTestApp(environment)).url)).status).toBe(404)
})
