import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { startTestApp } from '../support/app.ts'
import { expectStillServing } from '../support/attack.ts'
import { aDefinition } from '../support/fixtures.ts'
import { bearer, createKey, revokeKey } from '../support/keys.ts'
import { seed } from '../support/seed.ts'
import { connect, FOLLOW, open, subscription, tryToOpen } from '../support/websocket.ts'
import { createExpiredKey } from './expired-key.ts'

const PARTNER = 'https://partner.example.org'
const UNKNOWN_KEY = 'tcat_0000000000000000000000000000000000000000'

let url: string
let config: Config
let key: string
beforeAll(async () => {
  const app = await startTestApp({
    ALLOWED_ORIGINS: PARTNER,
    TRUST_PROXY: 'true',
    MAX_SOCKETS_PER_ADDRESS: '4',
    MAX_SOCKETS_PER_KEY: '2',
  })
  ;({ url, config } = app)
  key = await createKey(config, 'reader')
})
afterEach(() => expectStillServing(url))

let addresses = 0
/** Of an address of its own: what one test opens does not count for another. */
const headers = (more: Record<string, string> = {}) => ({ 'x-forwarded-for': `10.1.0.${++addresses}`, ...more })
const options = (more?: Record<string, string>) => ({ headers: headers(more) })

describe('the changes of the catalog', () => {
  test('come as they are made, behind a bookmark of where they begin', async () => {
    const client = await connect(url, {}, options())
    client.send(subscription('a'))
    const first = await client.next()
    expect(first).toMatchObject({
      id: 'a',
      type: 'next',
      payload: { data: { catalogChanges: { __typename: 'Bookmark' } } },
    })
    const {
      revisions: [revision],
    } = await seed(config, [aDefinition({ tool_name: 'watched' })])
    expect((await client.next()).payload).toEqual({ data: { catalogChanges: { __typename: 'ChangeSet', revision } } })
    client.send({ type: 'complete', id: 'a' }, subscription('b'))
    // The first is over: what comes next is of the second.
    expect(await client.next()).toMatchObject({ id: 'b', payload: { data: { catalogChanges: { revision } } } })
    client.socket.close()
  })
})

describe('who may come in', () => {
  test.each([
    ['a bearer token at the upgrade', () => bearer(key), undefined],
    ['a key at the upgrade', () => ({ 'x-api-key': key }), undefined],
    ['a bearer token in the first message', () => ({}), () => ({ authorization: `Bearer ${key}` })],
    ['a key in the first message', () => ({}), () => ({ apiKey: key })],
    ['nothing, where anonymous callers may read', () => ({}), undefined],
  ])('%s', async (_, sent, payload) => {
    const client = await connect(url, payload?.(), options(sent()))
    client.send(subscription('a'))
    expect(await client.next()).toMatchObject({ id: 'a', type: 'next' })
    client.socket.close()
    await client.closed
  })

  test('a bad credential in the first message closes it, in the same words whatever is wrong', async () => {
    const revoked = await createKey(config, 'reader', 'revoked')
    const expired = await createExpiredKey(config, 'expired')
    await revokeKey(config, 'revoked')
    for (const payload of [
      ...[UNKNOWN_KEY, 'x', revoked, expired].map((token) => ({ authorization: `Bearer ${token}` })),
      { authorization: 'Basic eA==' },
      { authorization: `Bearer ${key}`, apiKey: key },
      { apiKey: 7 },
    ]) {
      const client = await open(url, options())
      client.send({ type: 'connection_init', payload })
      expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' })
    }
  })

  test('two credentials, at the upgrade and in the first message, are one too many', async () => {
    const client = await open(url, options(bearer(key)))
    client.send({ type: 'connection_init', payload: { apiKey: key } })
    expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' })
  })

  test('a bad credential at the upgrade is refused there, and so is one in the URL', async () => {
    expect(await tryToOpen(url, options(bearer(UNKNOWN_KEY)))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    expect(await tryToOpen(`${url}?token=${key}`, options())).toMatchObject({ status: 400, code: 'TOKEN_IN_URL' })
  })

  test('pages of other origins may not open one', async () => {
    const { host } = new URL(url)
    for (const origin of ['https://evil.example.org', 'null', `http://${host}.evil.example.org`, `${PARTNER}:444`])
      expect(await tryToOpen(url, options({ origin }))).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' })
    for (const origin of [PARTNER, `http://${host}`]) {
      const client = await open(url, options({ origin }))
      client.socket.close()
    }
  })

  test('it is at /graphql alone', async () => {
    for (const path of ['/', '/graphql/import', '/x'])
      expect(await tryToOpen(new URL(path, url).href, options())).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  test('no more of one address than allowed, until one closes', async () => {
    const shared = { headers: headers() }
    const clients = await Promise.all(Array.from({ length: 4 }, () => open(url, shared)))
    const refused = await tryToOpen(url, shared)
    expect(refused).toMatchObject({ status: 429, code: 'SOCKET_LIMIT', retryAfter: '10' })
    clients[0]?.socket.close()
    await clients[0]?.closed
    await expect.poll(async () => 'socket' in (await tryToOpen(url, shared))).toBe(true)
  })

  test('no more of one credential than allowed, however it is sent', async () => {
    const busy = await createKey(config, 'reader', 'busy')
    const clients = [await open(url, options(bearer(busy))), await connect(url, { apiKey: busy }, options())]
    expect(await tryToOpen(url, options(bearer(busy)))).toMatchObject({ status: 429, code: 'SOCKET_LIMIT' })
    const late = await open(url, options())
    late.send({ type: 'connection_init', payload: { apiKey: busy } })
    expect(await late.closed).toEqual({ code: 1013, reason: 'Too many connections' })
    for (const { socket, closed } of clients) {
      socket.close()
      await closed
    }
    await expect.poll(async () => 'socket' in (await tryToOpen(url, options(bearer(busy))))).toBe(true)
  })
})

describe('the protocol', () => {
  test.each([
    ['another subprotocol', ['graphql-ws']],
    ['no subprotocol', []],
  ])('%s is closed with 4406', async (_, protocols) => {
    const client = await open(url, { ...options(), protocols })
    expect(await client.closed).toMatchObject({ code: 4406 })
  })

  test('who does not say who it is within 3 seconds is closed with 4408', async () => {
    const client = await open(url, options())
    expect(await client.closed).toMatchObject({ code: 4408 })
  })

  test.each([
    ['a second connection_init', [{ type: 'connection_init' }], 4429],
    ['the same id twice', [subscription('a'), subscription('a')], 4409],
    ['no JSON', ['{'], 4400],
    ['another type of message', [{ type: 'start', id: 'a' }], 4400],
    ['JSON nested 30,000 deep', ['['.repeat(60_000)], 4400],
  ])('%s closes with its code', async (_, messages, code) => {
    const client = await connect(url, {}, options())
    client.send(...messages)
    expect(await client.closed).toMatchObject({ code })
  })

  test('a subscription before the connection is acknowledged closes with 4401', async () => {
    const client = await open(url, options())
    client.send(subscription('a'))
    expect(await client.closed).toMatchObject({ code: 4401 })
  })
})

describe('what is subscribed to', () => {
  const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  test.each([
    ['a query', '{ __typename }', 'SUBSCRIPTIONS_ONLY'],
    ['a mutation', 'mutation { deleteTool(input: { name: "x" }) { __typename } }', 'SUBSCRIPTIONS_ONLY'],
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['16 aliases', `subscription { ${'a: __typename '.repeat(16)} }`, 'ALIAS_LIMIT'],
    ['1,100 tokens', `subscription { ${'catalogChanges '.repeat(1_100)} }`, 'TOKEN_LIMIT'],
    ['9 directives', `subscription { catalogChanges ${'@aa '.repeat(9)} { __typename } }`, 'DIRECTIVE_LIMIT'],
  ])('%s is answered with an error, and the websocket stays', async (_, query, code) => {
    const client = await connect(url, {}, options())
    client.send(subscription('a', query), subscription('b'))
    const answers = [await client.next(), await client.next()]
    const error = answers.find(({ id }) => id === 'a')
    expect(error).toMatchObject({ type: 'error', payload: [{ extensions: { code } }] })
    // How Yoga would answer it over HTTP is nobody's business here.
    expect(JSON.stringify(error)).not.toContain('"http"')
    expect(answers.find(({ id }) => id === 'b')).toMatchObject({ type: 'next' })
    client.socket.close()
  })

  test('variables that are nested too deeply are refused', async () => {
    const client = await connect(url, {}, options())
    client.send(`{"type":"subscribe","id":"a","payload":{"query":"${FOLLOW}","variables":${deep}}}`)
    expect(await client.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'DEPTH_LIMIT' } }] })
    client.socket.close()
  })

  test('the 21st subscription is refused, until one is over', async () => {
    const client = await connect(url, {}, options())
    for (let i = 0; i < 20; i++) {
      client.send(subscription(`s${i}`))
      expect(await client.next()).toMatchObject({ id: `s${i}`, type: 'next' })
    }
    client.send(subscription('late'))
    expect(await client.next()).toMatchObject({ id: 'late', payload: [{ extensions: { code: 'SUBSCRIPTION_LIMIT' } }] })
    client.send({ type: 'complete', id: 's7' }, subscription('late'))
    expect(await client.next()).toMatchObject({ id: 'late', type: 'next' })
    client.socket.close()
  })
})

describe('how much may come', () => {
  test('a message over 64 KiB closes with 1009', async () => {
    const client = await connect(url, {}, options())
    client.send('x'.repeat(65 * 1024))
    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  test('more than 100 messages a minute close with 1008', async () => {
    const client = await connect(url, {}, options())
    for (let i = 0; i < 101; i++) client.send({ type: 'ping' })
    expect(await client.closed).toEqual({ code: 1008, reason: 'rate limit' })
  })

  test('pings of the websocket itself count too', async () => {
    const client = await connect(url, {}, options())
    for (let i = 0; i < 101; i++) {
      client.socket.ping()
      // `ws` itself ends whoever sends more of them than it can answer.
      if (i % 20 === 0) await once(client.socket, 'pong')
    }
    expect(await client.closed).toEqual({ code: 1008, reason: 'rate limit' })
  })

  test('nothing is compressed', async () => {
    const client = await open(url, options({ 'sec-websocket-extensions': 'permessage-deflate' }))
    expect(client.socket.extensions).toBe('')
    client.socket.close()
  })
})
