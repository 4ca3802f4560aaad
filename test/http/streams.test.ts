import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import { startTestApp } from '../support/app.ts'
import { expectStillServing } from '../support/attack.ts'
import { closeLater } from '../support/database.ts'
import { bearer, createKey, revokeKey } from '../support/keys.ts'
import { connect, FOLLOW, open, subscription } from '../support/websocket.ts'

let app: App
let url: string
let config: Config
let key: string
beforeAll(async () => {
  const started = await startTestApp({
    ANONYMOUS_ROLE: 'none',
    MAX_SUBSCRIPTIONS_PER_SOCKET: '3',
    MAX_SOCKETS_PER_KEY: '50',
    // A server that stops waits for streams that do not end.
    SHUTDOWN_TIMEOUT_MS: '30000',
  })
  app = started
  ;({ url, config } = started)
  key = await createKey(config, 'reader')
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface Stream {
  readonly status: number
  readonly contentType: string | null
  /** The next event that is not a comment; undefined at the end. */
  readonly next: () => Promise<string | undefined>
  readonly abort: () => void
}

/** Subscribe by server-sent events. */
async function follow(token: string): Promise<Stream> {
  const controller = new AbortController()
  closeLater(() => controller.abort())
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...bearer(token) },
    body: JSON.stringify({ query: FOLLOW }),
    signal: controller.signal,
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end === -1) {
        const part = await reader?.read()
        if (!part || part.done) return undefined
        text += part.value
        continue
      }
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      if (event.startsWith('event')) return event
    }
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    next,
    abort: () => controller.abort(),
  }
}

const FIRST = 'event: next\ndata: {"data":{"catalogChanges":{"__typename":"Bookmark","revision":"0"}}}'

test('the catalog can be followed by server-sent events too', async () => {
  const stream = await follow(key)
  expect(stream.contentType).toBe('text/event-stream')
  expect(await stream.next()).toBe(FIRST)
  stream.abort()
})

test('no more streams of one credential than subscriptions on a websocket, until one ends', async () => {
  const own = await createKey(config, 'reader', 'streams')
  const streams = [await follow(own), await follow(own), await follow(own)]
  for (const { next } of streams) expect(await next()).toBe(FIRST)
  const refused = await follow(own)
  expect(await refused.next()).toContain('"code":"SUBSCRIPTION_LIMIT"')
  streams[0]?.abort()
  await expect.poll(async () => (await follow(own)).next(), { timeout: 5_000 }).toBe(FIRST)
})

test('a stream ends when its key is revoked, and says why', async () => {
  const own = await createKey(config, 'reader', 'stream-revoked')
  const stream = await follow(own)
  expect(await stream.next()).toBe(FIRST)
  await revokeKey(config, 'stream-revoked')
  const started = performance.now()
  expect(await stream.next()).toMatch(
    /^event: next\ndata: {"errors":\[{"message":"The credential is not valid.".*UNAUTHENTICATED/,
  )
  expect(performance.now() - started).toBeLessThan(5_000)
  expect(await stream.next()).toBe('event: complete\ndata:')
})

test('a websocket closes within 5 seconds when its key is revoked, however the key was sent', async () => {
  const own = await createKey(config, 'reader', 'socket-revoked')
  const clients = [await connect(url, { apiKey: own }), await connect(url, {}, { headers: bearer(own) })]
  const other = await connect(url, { apiKey: key })
  for (const client of [...clients, other]) {
    client.send(subscription('a'))
    expect(await client.next()).toMatchObject({ type: 'next' })
  }
  await revokeKey(config, 'socket-revoked')
  const started = performance.now()
  for (const { closed } of clients) expect(await closed).toEqual({ code: 4403, reason: 'Forbidden' })
  expect(performance.now() - started).toBeLessThan(5_000)
  expect(other.socket.readyState).toBe(other.socket.OPEN)
  other.socket.close()
})

test('a websocket closes when its key expires', async () => {
  const own = await createKey(config, 'reader', 'socket-expiring', new Date(Date.now() + 60_000))
  const client = await connect(url, { apiKey: own })
  client.send(subscription('a'))
  expect(await client.next()).toMatchObject({ type: 'next' })
  // The minute is over, however long it took to come here.
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
  expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' })
})

test('without a credential a websocket is closed where anonymous callers may see nothing', async () => {
  const client = await open(url)
  client.send({ type: 'connection_init' })
  expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' })
})

test('a client that does not read is ended, and nobody else notices', async () => {
  const client = await connect(url, { apiKey: key })
  client.socket.pause()
  // Each is answered; what is not read waits in the server.
  for (let i = 0; i < 90; i++) client.send({ type: 'ping', payload: { text: 'x'.repeat(60_000) } })
  const healthy = await connect(url, { apiKey: key })
  for (let i = 0; i < 30; i++) {
    healthy.send({ type: 'ping' })
    expect(await healthy.next()).toMatchObject({ type: 'pong' })
    await delay(20)
  }
  await expectStillServing(url, bearer(key))
  client.socket.resume()
  expect(await client.closed).toMatchObject({ code: 1006 })
  healthy.socket.close()
})

test('a server that stops closes websockets with 1012, ends streams, and leaves nothing open', async () => {
  const client = await connect(url, { apiKey: key })
  client.send(subscription('a'))
  const mute = await connect(url, { apiKey: key })
  mute.socket.pause()
  const stream = await follow(key)
  expect(await stream.next()).toBe(FIRST)
  const started = performance.now()
  const stopped = app.stop()
  expect(await client.closed).toEqual({ code: 1012, reason: 'Service restart' })
  expect(await stream.next()).toBe('event: complete\ndata:')
  await stopped
  expect(performance.now() - started).toBeLessThan(5_000)
  mute.socket.resume()
  expect((await mute.closed).code).toBeGreaterThan(0)
  await expect(open(url)).rejects.toThrow('ECONNREFUSED')
})
