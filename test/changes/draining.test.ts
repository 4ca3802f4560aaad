import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { execute } from '../support/client.ts'
import { isServer } from '../support/database.ts'
import { bearer, createKey } from '../support/keys.ts'
import { connect, tryToOpen } from '../support/websocket.ts'
import { followByEvents, followBySocket } from './stream-client.ts'

const SOCKETS = 40
const DRAIN = { delayMs: 500, ms: 1_500 }

test.runIf(isServer())(
  'a server that stops first is not ready, then sends its websockets away a few at a time',
  async () => {
    const app = await startTestApp({
      MAX_SOCKETS_PER_KEY: '100',
      DRAIN_DELAY_MS: String(DRAIN.delayMs),
      DRAIN_MS: String(DRAIN.ms),
    })
    const { url } = app
    const headers = bearer(await createKey(app.config, 'reader'))
    const clients = await Promise.all(Array.from({ length: SOCKETS }, () => connect(url, {}, { headers })))
    const stream = await followByEvents(url, headers)
    const started = performance.now()
    const closings = clients.map(async ({ closed }) => ({ ...(await closed), at: performance.now() - started }))
    await stream.next()
    const stopping = app.stop()
    // Told not to send more, while everything is still served.
    expect((await fetch(url.replace('/graphql', '/ready'))).status).toBe(503)
    expect((await execute(url, '{ __typename }', {}, headers)).data).toEqual({ __typename: 'Query' })
    const late = await followBySocket(url, headers)
    expect(await late.next()).toMatchObject({ __typename: 'Bookmark' })
    await clients[SOCKETS / 4]?.closed
    // Some of them are gone, and no new one is let in; requests are still answered.
    expect(await tryToOpen(url, { headers })).toMatchObject({ status: 503, code: 'NOT_READY' })
    expect((await execute(url, '{ __typename }', {}, headers)).data).toEqual({ __typename: 'Query' })
    const closed = await Promise.all(closings)
    for (const { code, reason } of closed) expect({ code, reason }).toEqual({ code: 1012, reason: 'Service restart' })
    const times = closed.map(({ at }) => at)
    expect(Math.min(...times)).toBeGreaterThan(DRAIN.delayMs - 50)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(DRAIN.ms / 2)
    // At no moment more than a tenth of them.
    for (const time of times) expect(times.filter((other) => Math.abs(other - time) < 5).length).toBeLessThanOrEqual(8)
    expect(await stream.next()).toBeUndefined()
    await stopping
  },
)

test('a server without a wait closes them all at once, and streams are complete', async () => {
  const app = await startTestApp()
  const headers = bearer(await createKey(app.config, 'reader'))
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect(app.url, {}, { headers })))
  const stream = await followByEvents(app.url, headers)
  expect(await stream.next()).toMatchObject({ __typename: 'Bookmark' })
  const started = performance.now()
  const stopping = app.stop()
  for (const { closed } of clients) expect((await closed).code).toBe(1012)
  expect(await stream.next()).toBeUndefined()
  await stopping
  expect(performance.now() - started).toBeLessThan(5_000)
})
