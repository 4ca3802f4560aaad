import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'

// What a browser or a CDN in front may keep, and what fits into the URL of a GET.

const DOCUMENT = 'query Get($name: String!) { tool(name: $name) { name description } }'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog({ CDN_MAX_AGE_SECONDS: '5' })
  await catalog.create({ tool_name: 'grep' })
  await catalog.create({ tool_name: 'sed' })
})

function get(parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${catalog.url}?${new URLSearchParams(parameters)}`, { headers })
}

const asked = (name: string, document = DOCUMENT) => ({ query: document, variables: JSON.stringify({ name }) })
const persisted = (hash: string) => JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } })

/** Once is the long way; from the second time on answers are ready ones. */
async function getTwice(parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  await (await get(parameters, headers)).text()
  return get(parameters, headers)
}

test('the answer to a GET has a tag, and who has that answer already is told only that', async () => {
  const response = await getTwice(asked('grep'))
  const tag = response.headers.get('etag') ?? ''
  expect(tag).toMatch(/^"\d+-[\w-]{27}"$/)
  expect(response.headers.get('x-catalog-revision')).toBe(tag.slice(1).split('-')[0])
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const again = await get(asked('grep'), { 'if-none-match': known })
    expect([again.status, await again.text()], known).toEqual([304, ''])
    expect(again.headers.get('etag')).toBe(tag)
    expect(again.headers.get('cache-control')).toBe(response.headers.get('cache-control'))
    expect(again.headers.get('x-request-id')).toMatch(/\w/)
  }
  for (const unknown of ['"other"', tag.slice(1, -1), '']) {
    const again = await get(asked('grep'), { 'if-none-match': unknown })
    expect(again.status, unknown).toBe(200)
  }
})

test('after a change the tag is another one, and so is it for other variables, media types and callers', async () => {
  const tagOf = async (...of: Parameters<typeof getTwice>) => (await getTwice(...of)).headers.get('etag')
  const first = await tagOf(asked('sed'))
  const json = { accept: 'application/graphql-response+json' }
  const others = [
    await tagOf(asked('grep')),
    await tagOf(asked('sed'), json),
    await tagOf(asked('sed'), catalog.roles.editor),
  ]
  expect(new Set([first, ...others]).size).toBe(4)
  await catalog.publish({ tool_name: 'sed', version: '2.0.0', description: 'Edit a stream.' })
  const after = await get(asked('sed'), { 'if-none-match': first ?? '' })
  expect(after.status).toBe(200)
  expect((await after.json()).data.tool.description).toBe('Edit a stream.')
  expect(await tagOf(asked('sed'))).not.toBe(first)
})

test('a CDN may keep what anybody may read, for as long as the operator says, and nothing of those who sign in', async () => {
  expect((await getTwice(asked('grep'))).headers.get('cache-control')).toBe('public, max-age=0, s-maxage=5')
  const signedIn = await getTwice(asked('grep'), catalog.roles.reader)
  expect(signedIn.headers.get('cache-control')).toBe('private, no-cache')
  for (const response of [await get(asked('grep')), signedIn])
    for (const name of ['origin', 'accept', 'authorization', 'x-api-key', 'x-catalog-min-revision'])
      expect(response.headers.get('vary')).toContain(name)
})

test.each([
  [
    'a POST',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ tools { totalCount } }' }),
    },
    '',
  ],
  ['who asks', {}, '?query={viewer{actor}}'],
  ['the history', {}, '?query={changeSets{nodes{revision}}}'],
  ['an error', {}, '?query={tools(first:0){totalCount}}'],
  ['a document that is not valid', {}, '?query={nothing}'],
])('nobody keeps the answer to %s', async (_, init: RequestInit, search) => {
  for (let time = 0; time < 3; time++) {
    const response = await fetch(`${catalog.url}${search}`, init)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('etag')).toBeNull()
  }
})

test('a document may be asked for by its hash, once the server knows it', async () => {
  const document = `${DOCUMENT} # by hash`
  const extensions = persisted(sha256(document))
  const variables = JSON.stringify({ name: 'grep' })
  const unknown = await get({ extensions, variables })
  const [{ message, extensions: told }] = (await unknown.json()).errors
  expect([message, told.code]).toEqual(['PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'])
  expect(unknown.headers.get('cache-control')).toBe('no-store')
  expect((await (await get({ extensions, ...asked('grep', document) })).json()).data.tool.name).toBe('grep')
  const response = await getTwice({ extensions, variables })
  expect((await response.json()).data.tool.name).toBe('grep')
  expect(response.headers.get('etag')).toMatch(/^"/)
  const post = await fetch(catalog.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"extensions":${extensions},"variables":${variables}}`,
  })
  expect((await post.json()).data.tool.name).toBe('grep')
})

test('a hash of another document is refused, and teaches the server nothing', async () => {
  const extensions = persisted(sha256('{ viewer { role } }'))
  for (let time = 0; time < 3; time++) {
    const { errors } = await (await get({ extensions, query: '{ __typename }' })).json()
    expect(errors[0].extensions.code).toBe('PERSISTED_QUERY_MISMATCH')
  }
  const { errors } = await (await get({ extensions })).json()
  expect(errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND')
})

test('a document that is not valid is not learnt', async () => {
  const query = '{ nothing }'
  const extensions = persisted(sha256(query))
  for (let time = 0; time < 3; time++) await get({ extensions, query })
  const { errors } = await (await get({ extensions })).json()
  expect(errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND')
})

test('a mutation cannot be asked for by GET, by its hash either', async () => {
  const query = 'mutation { deleteTool(input: { tool: "grep" }) { __typename } }'
  const extensions = persisted(sha256(query))
  const body = JSON.stringify({ query, extensions: JSON.parse(extensions) })
  const learnt = await fetch(catalog.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect((await learnt.json()).errors[0].extensions.code).toBe('UNAUTHENTICATED')
  const accept = { accept: 'application/graphql-response+json' }
  for (let time = 0; time < 3; time++) {
    const response = await get({ extensions }, { ...accept, ...catalog.roles.editor })
    expect(response.status).toBe(405)
  }
  expect((await catalog.read('{ tool(name: "grep") { name } }')).tool.name).toBe('grep')
})
