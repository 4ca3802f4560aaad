import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { expectStillServing, post, send } from '../support/attack.ts'
import { bearer, createKey } from '../support/keys.ts'

const OPERATION = '{"query":"{ __typename }"}'
const MUTATION = 'mutation { setToolEnabled(input: { name: "x", enabled: false }) { __typename } }'

let url: string
let reader: Record<string, string>
let editor: Record<string, string>
beforeAll(async () => {
  const app = await startTestApp({ MAX_BODY_BYTES: '20000', MAX_IMPORT_BYTES: '200000' })
  url = app.url
  reader = bearer(await createKey(app.config, 'reader'))
  editor = bearer(await createKey(app.config, 'editor'))
})
afterEach(() => expectStillServing(url))

const form = new FormData()
form.set('operations', JSON.stringify({ query: MUTATION }))

test.each([
  ['a form', new URLSearchParams({ query: MUTATION })],
  ['a form with files', form],
  ['plain text', JSON.stringify({ query: MUTATION })],
  ['nothing', Buffer.from(OPERATION)],
  ['a document', new Blob([MUTATION], { type: 'application/graphql' })],
  ['JSON in another character set', new Blob([OPERATION], { type: 'application/json; charset=utf-16' })],
  ['something like JSON', new Blob([OPERATION], { type: 'application/jsonp' })],
])('an operation must be sent as JSON, and not as %s', async (_, body) => {
  const reply = await send(url, { method: 'POST', headers: editor, body })
  expect(reply).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
})

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
  '%s is JSON',
  async (type) => {
    expect(await post(url, OPERATION, { 'content-type': type })).toMatchObject({ status: 200 })
  },
)

test('a compressed body is refused, whatever it would become', async () => {
  const bomb = JSON.stringify({ query: `{ __typename } #${' '.repeat(10_000_000)}` })
  for (const [encoding, body] of [
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', Buffer.from('x')],
  ] as const) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    const reply = await send(url, { method: 'POST', headers, body })
    expect(reply).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
  }
  expect(await post(url, OPERATION, { 'content-encoding': 'identity' })).toMatchObject({ status: 200 })
})

test.each([
  ['no JSON', '{'],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['empty', ''],
])('a body that is %s is refused', async (_, body) => {
  const reply = await send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(reply).toMatchObject({ status: 400, code: 'BAD_REQUEST' })
})

const ofSize = (bytes: number) => JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(bytes) } })

/** Without a content-length, as a client that does not know it yet. */
function chunked(body: string): RequestInit {
  const stream = new Blob([body]).stream()
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  } as RequestInit
}

test('a body over the limit is refused before it is read, with and without its size in front', async () => {
  expect(await post(url, ofSize(30_000))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  expect(await post(url, ofSize(10_000_000))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  expect(await send(url, chunked(ofSize(30_000)))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  expect(await send(url, chunked(ofSize(10_000)))).toMatchObject({ status: 200 })
  const literal = { query: `{ tool(name: "${'x'.repeat(10_000_000)}") { name } }` }
  expect(await post(url, literal)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
})

test('a larger body is for imports, and imports are for editors', async () => {
  const importUrl = `${url}/import`
  expect(await post(importUrl, ofSize(30_000), editor)).toMatchObject({ status: 200, messages: [] })
  expect(await post(importUrl, ofSize(300_000), editor)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  expect(await post(importUrl, OPERATION)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  expect(await post(importUrl, OPERATION, reader)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
  // Decided before the body is read: it is not even JSON.
  expect(await post(importUrl, '{'.repeat(100_000), reader)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
  const get = await send(`${importUrl}?query={__typename}`, { headers: editor })
  expect(get).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
  expect(get.headers.get('allow')).toBe('POST')
})

test('a body that comes too slowly is given up after 10 seconds', async () => {
  const { port, host } = new URL(url)
  const slow = connect(Number(port), '127.0.0.1')
  slow.write(
    `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
  )
  const drip = setInterval(() => slow.write(' '), 1_000)
  const started = performance.now()
  const answer = await text(slow)
  clearInterval(drip)
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*"code":"REQUEST_TIMEOUT"/)
  expect(performance.now() - started).toBeGreaterThan(9_500)
  expect(performance.now() - started).toBeLessThan(13_000)
})

test('a caller that goes away in the middle of its body is nobody to answer', async () => {
  const { port, host } = new URL(url)
  const rude = connect(Number(port), '127.0.0.1')
  rude.write(
    `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
  )
  await once(rude, 'connect')
  rude.resetAndDestroy()
})

test('other methods and paths are refused', async () => {
  const put = await send(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: OPERATION })
  expect(put.status).toBe(405)
  expect(put.headers.get('allow')).toBe('GET, POST')
  for (const path of ['/graphql/x', '/x/graphql', '/__proto__', '/graphql%2fimport'])
    expect(await post(new URL(path, url).href, OPERATION)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
})
