import { getIntrospectionQuery } from 'graphql'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { expectStillServing, post, send } from '../support/attack.ts'
import { cloneDatabase, testConfig } from '../support/database.ts'
import { bearer, createKey } from '../support/keys.ts'

const PARTNER = 'https://partner.example.org'

let url: string
let editor: Record<string, string>
let reader: Record<string, string>
beforeAll(async () => {
  // A server for others, which only starts when somebody can sign in.
  const database = await cloneDatabase()
  editor = bearer(await createKey(testConfig(database), 'editor'))
  reader = bearer(await createKey(testConfig(database), 'reader'))
  const app = await startTestApp({ ...database, HOST: '0.0.0.0', ANONYMOUS_ROLE: 'reader', ALLOWED_ORIGINS: PARTNER })
  url = app.url
})
afterEach(() => expectStillServing(url))

test.each([
  ['the whole schema', getIntrospectionQuery()],
  ['one type', '{ __type(name: "Tool") { name } }'],
  ['in a fragment', '{ ...A } fragment A on Query { __schema { queryType { name } } }'],
])('the schema is told to editors alone: %s', async (_, query) => {
  for (const headers of [{}, reader])
    expect(await post(url, { query }, headers)).toMatchObject({ status: 400, code: 'INTROSPECTION_DISABLED' })
  expect(await post(url, { query }, editor)).toMatchObject({ status: 200, messages: [] })
  // Whoever asks next is not answered from what was kept for the editor.
  expect(await post(url, { query })).toMatchObject({ status: 400, code: 'INTROSPECTION_DISABLED' })
})

test('names of types stay possible: clients need them', async () => {
  expect(await post(url, { query: '{ __typename tools { __typename } }' })).toMatchObject({ status: 200, messages: [] })
})

test('without GraphiQL a browser finds nothing', async () => {
  const page = await send(url, { headers: { accept: 'text/html' } })
  expect(page).toMatchObject({ status: 404, code: 'NOT_FOUND' })
})

test('every answer keeps browsers from doing what nobody meant', async () => {
  for (const { headers } of [
    await post(url, { query: '{ __typename }' }),
    await post(url, '{'),
    await send(`${url}/x`),
  ]) {
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
  }
})

const allowed = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'))
const preflight = (origin: string) =>
  send(url, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  })

test('pages of other origins may not call the API', async () => {
  for (const origin of [
    'https://evil.example.org',
    'null',
    `${PARTNER}.evil.example.org`,
    'http://partner.example.org',
  ]) {
    expect(allowed((await preflight(origin)).headers)).toEqual([])
    const reply = await post(url, { query: '{ __typename }' }, { origin })
    expect(allowed(reply.headers)).toEqual([])
    expect(reply.headers.get('vary')).toBe('origin')
  }
})

test('pages of an allowed origin may, without what the browser knows of its user', async () => {
  const asked = await preflight(PARTNER)
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST')
  expect(asked.headers.get('access-control-allow-headers')).toBe(
    'content-type, authorization, x-api-key, x-request-id, x-catalog-min-revision',
  )
  for (const { headers } of [
    asked,
    await post(url, { query: '{ __typename }' }, { origin: PARTNER }),
    await post(url, '{', { origin: PARTNER }),
  ]) {
    expect(headers.get('access-control-allow-origin')).toBe(PARTNER)
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('vary')).toBe('origin')
  }
})

test.each([
  ['a field', '{ tool(name: "x") { nme } }'],
  ['a type', '{ ...A } fragment A on Tol { name }'],
  ['an argument', '{ tool(nam: "x") { name } }'],
  ['an enum value', '{ tools(filter: { status: ACTIV }) { totalCount } }'],
  ['an input field', '{ tools(filter: { platfrm: "x" }) { totalCount } }'],
])('a misspelt name is not corrected: %s', async (_, query) => {
  for (const headers of [{}, reader]) {
    const reply = await post(url, { query }, headers)
    expect(reply).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
    expect(reply.text).not.toMatch(/did you mean/i)
  }
  expect((await post(url, { query }, editor)).text).toMatch(/Did you mean/)
})

test('nor is one in variables', async () => {
  const query = 'query ($filter: ToolFilter) { tools(filter: $filter) { totalCount } }'
  const reply = await post(url, { query, variables: { filter: { platfrm: 'x' } } })
  expect(reply.messages[0]).toMatch(/^Variable "\$filter" got invalid value/)
  expect(reply.text).not.toMatch(/did you mean/i)
})

test('a server for others does not start before anybody has said who may come in', async () => {
  await expect(startTestApp({ HOST: '0.0.0.0', ANONYMOUS_ROLE: 'auto' })).rejects.toThrow(
    'ANONYMOUS_ROLE: must be chosen',
  )
  await expect(startTestApp({ HOST: '0.0.0.0', ANONYMOUS_ROLE: 'reader' })).rejects.toThrow('no usable API key')
})
