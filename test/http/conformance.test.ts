import { beforeAll, describe, expect, test, vi } from 'vitest'
import { PreparedOperations } from '../../src/http/prepared-operations.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { INVALID, type Operation, VALID } from './query-corpus.ts'

// The first time each request is made to go the long way, through Yoga; then the short one, twice, and when the same bytes come
// a fourth time the answer is a kept one. All of them must be the same answer.

let catalog: TestCatalog
let fresh = 0
beforeAll(async () => {
  catalog = await startTestCatalog({ INTROSPECTION: 'false' })
  await catalog.create({ tool_name: 'grep' })
  await catalog.publish({ tool_name: 'grep', version: '1.1.0', description: 'Print lines. Ünïcode ✓ "quoted"\nline' })
  const patterns = { one: aPattern(), two: aPattern({ time_estimate_ms: 7, limitations: [] }) }
  await catalog.create({
    tool_name: 'Curl',
    platform: 'network',
    capabilities: { http: { description: 'Fetch.', patterns }, nothing: { description: 'No patterns.' } },
  })
  await catalog.create({ tool_name: 'off' })
  await catalog.done('setToolEnabled', { tool: 'off', enabled: false })
})

const VARYING = new Set(['date', 'x-request-id', 'connection', 'keep-alive', 'transfer-encoding'])

interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
}

async function send(path: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(`${catalog.url}${path}`, init)
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !VARYING.has(name)))
  return { status: response.status, headers, text: await response.text() }
}

/** By the long way first, and then three times as it comes, in a document that has not come before. */
async function everyWay(operation: Operation | string, headers: Record<string, string>): Promise<readonly Reply[]> {
  const body =
    typeof operation === 'object' && typeof operation.query === 'string'
      ? { ...operation, query: `${operation.query} # ${++fresh}` }
      : operation
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
  return [await sendLong('', init), await send('', init), await send('', init), await send('', init)]
}

/** As if the short way could do nothing with it. */
async function sendLong(path: string, init: RequestInit): Promise<Reply> {
  const spy = vi.spyOn(PreparedOperations.prototype, 'find').mockReturnValue(undefined)
  try {
    return await send(path, init)
  } finally {
    spy.mockRestore()
  }
}

/** How often an answer was a kept one. */
async function hits(): Promise<number> {
  const { caches } = (await catalog.read('{ performanceStatistics { caches { name hits } } }', {}, catalog.roles.admin))
    .performanceStatistics
  return caches.find(({ name }: { name: string }) => name === 'responses').hits
}

/** With this, a request that cannot be executed is a status of its own. */
const STRICT = { headers: { accept: 'application/graphql-response+json' } }

const ACCEPTS = [
  undefined,
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json;q=0.9',
  'text/html, */*',
  'application/*; charset=utf-8',
]

function expectSame([long, ...others]: readonly Reply[]): void {
  expect(others.length).toBeGreaterThan(0)
  for (const reply of others) expect(reply).toEqual(long)
}

describe.each(['anonymous', 'reader', 'editor', 'admin'] as const)('as %s', (role) => {
  const signed = () => (role === 'anonymous' ? {} : catalog.roles[role])

  test.each(VALID)('%s', async (_, operation) => {
    const replies = await everyWay(operation, signed())
    expect(replies[0]?.status, replies[0]?.text).toBe(200)
    expect(JSON.parse(replies[0]?.text ?? '')).not.toHaveProperty('errors')
    expectSame(replies)
  })

  test.each(INVALID)('refused: %s', async (_, operation) => {
    const replies = await everyWay(operation, signed())
    expectSame(replies)
  })
})

test('what is kept is what was asked for in the same role', async () => {
  const body = { query: '{ tools(first: 100, filter: { enabled: null }) { totalCount } } # roles' }
  const totals = []
  await catalog.create({ tool_name: 'secret-draft', version: '0.1.0', status: 'draft' })
  for (let round = 0; round < 3; round++)
    for (const role of ['editor', 'reader', 'admin'] as const) {
      const { data } = JSON.parse((await send('', json(body, catalog.roles[role]))).text)
      totals.push(data.tools.totalCount)
    }
  const [editor, reader] = totals
  expect(editor).toBeGreaterThan(reader)
  expect(totals).toEqual([editor, reader, editor, editor, reader, editor, editor, reader, editor])
})

test('a kept answer is used for what is stable, and for nothing else', async () => {
  const counted = async (query: string) => {
    const before = await hits()
    await everyWay({ query }, catalog.roles.reader)
    return (await hits()) - before
  }
  expect(await counted('{ tool(name: "grep") { name } }')).toBe(1)
  expect(await counted('{ viewer { actor } }')).toBe(0)
  expect(await counted('{ tool(name: "grep") { history { nodes { revision } } } }')).toBe(0)
  expect(await counted('{ changeSets(first: 1) { nodes { revision } } }')).toBe(0)
  expect(await counted('{ tools(first: 0) { nodes { name } } }')).toBe(0)
})

test.each(ACCEPTS)('accepting %s, the media type is the same', async (accept) => {
  const replies = await everyWay({ query: '{ tool(name: "grep") { name } }' }, accept === undefined ? {} : { accept })
  expect(replies[0]?.headers['content-type']).toMatch(/json; charset=utf-8$/)
  expectSame(replies)
})

test('by GET the answer is the same', async () => {
  const document = encodeURIComponent('query ($n: String!) { tool(name: $n) { name description } } # get')
  const variables = encodeURIComponent('{"n":"grep"}')
  const path = `?query=${document}&variables=${variables}`
  const replies = [await sendLong(path, {}), await send(path, {}), await send(path, {}), await send(path, {})]
  expect(JSON.parse(replies[0]?.text ?? '').data.tool.name).toBe('grep')
  for (const { status, text, headers } of replies)
    expect({ status, text, type: headers['content-type'] }).toEqual({
      status: 200,
      text: replies[0]?.text,
      type: replies[0]?.headers['content-type'],
    })
})

test.each([
  '?query=mutation{__typename}',
  '?query=%7B&x=1',
  '?variables=x&query={__typename}',
  '?operationName=A&query=%7B__typename%7D',
])('by GET, refused: %s', async (path) => {
  const replies = [await sendLong(path, STRICT), await send(path, STRICT), await send(path, STRICT)]
  expect(replies[0]?.status).toBeGreaterThanOrEqual(400)
  expectSame(replies)
})

test('a definition is imported while the same is read: nobody gets the answer of before', async () => {
  const body = { query: '{ tools(first: 100) { totalCount } } # import' }
  const total = async () => JSON.parse((await send('', json(body, catalog.roles.reader))).text).data.tools.totalCount
  const before = await total()
  for (let i = 0; i < 5; i++) {
    await total()
    const text = JSON.stringify(aDefinition({ tool_name: `late-${i}` }))
    await catalog.done('createTool', { definition: { text } })
    expect(await total()).toBe(before + i + 1)
  }
})

function json(body: object, headers: Record<string, string>): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
