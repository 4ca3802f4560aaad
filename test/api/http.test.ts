import { auditServer } from 'graphql-http'
import { beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { execute, expectError } from '../support/client.ts'

let url: string
let origin: string
beforeAll(async () => {
  const app = await startTestApp({ GRAPHIQL: 'true', INTROSPECTION: 'true' })
  url = app.url
  origin = new URL(url).origin
})

test('the process is healthy and ready, and readiness names its parts', async () => {
  expect((await fetch(`${origin}/health`)).status).toBe(200)
  const ready = await fetch(`${origin}/ready`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toEqual({
    ready: true,
    parts: {
      database: { ready: true },
      migrations: { ready: true },
      changes: { ready: true },
      catalog: { ready: true },
    },
  })
})

test('a browser gets GraphiQL with an example, from this server alone', async () => {
  const page = await fetch(url, { headers: { accept: 'text/html' } })
  const html = await page.text()
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(html).toContain('FindATool')
  expect(html).not.toMatch(/<script[^>]+src="https?:/)
  const root = await fetch(origin, { redirect: 'manual' })
  expect(root.headers.get('location')).toBe('/graphql')
})

test('the JSON Schema of the format is served', async () => {
  const response = await fetch(`${origin}/definition.schema.json`)
  expect(response.headers.get('content-type')).toContain('application/schema+json')
  expect(await response.json()).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tool Catalog definition',
  })
})

test('a harmless request id of the caller is kept, any other is replaced', async () => {
  const kept = await execute(url, '{ __typename }', {}, { 'x-request-id': 'abc-123' })
  expect(kept.headers.get('x-request-id')).toBe('abc-123')
  const replaced = await execute(url, '{ __typename }', {}, { 'x-request-id': 'a b;{}' })
  expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('mistakes in a query are told with a code', async () => {
  await expectError(url, '{ tools(', 'GRAPHQL_PARSE_FAILED')
  await expectError(url, '{ nothing }', 'GRAPHQL_VALIDATION_FAILED')
  await expectError(url, '{ changeSets(filter: { afterRevision: "x" }) { totalCount } }', 'BAD_USER_INPUT')
})

test('a character that no text of the catalog can have is refused, not an internal error', async () => {
  await expectError(url, 'query ($name: String!) { tool(name: $name) { name } }', 'BAD_USER_INPUT', {
    name: 'a\u0000b',
  })
})

test('a field that fails leaves no transaction behind, however slow its siblings are', async () => {
  const query = '{ tools(first: 0) { totalCount } searchTools(query: "grep") { totalCount } changeSets { totalCount } }'
  for (let i = 0; i < 30; i++) await expectError(url, query, 'BAD_USER_INPUT')
  expect((await execute(url, '{ catalogStatistics { tools } }')).data).toEqual({ catalogStatistics: { tools: 0 } })
})

test('a body over the limit is refused', async () => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ __typename } #${'x'.repeat(1_100_000)}` }),
  })
  expect(response.status).toBe(413)
})

test('the server follows GraphQL over HTTP in every point of the graphql-http audit', async () => {
  const results = await auditServer({ url })
  expect(results.filter(({ status }) => status !== 'ok').map(({ name }) => name)).toEqual([])
  expect(results).toHaveLength(61)
})
