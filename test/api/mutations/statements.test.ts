import pg from 'pg'
import { beforeAll, expect, test, vi } from 'vitest'
import { aDefinition, aPattern } from '../../support/fixtures.ts'
import { asText, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  // Nothing is remembered: whether an answer finds something in memory depends on the moment. Nor is anything compacted,
  // which is begun a minute after the start.
  catalog = await startTestCatalog({
    MAX_QUERY_COST: '1000000000',
    CACHE_MAX_ENTRIES: '0',
    COMPACTION_INTERVAL_MINUTES: '0',
  })
  // Whatever is said once a process or a connection is said before anything is counted.
  for (const tool of ['warm', 'warmer']) await catalog.create({ tool_name: tool })
})

/** What the server does beside its requests: who used which key, how far the log is, the history of reloads, statistics,
 * the index of tools, a new connection. */
const BESIDE = /api_keys|LISTEN|SELECT epoch, revision|INTO reloads|catalog_statistics|"seenRevision"|SET pg_trgm/

/** The statements that the server runs for one mutation, transaction by transaction. */
async function statements(name: string, input: object, select = ''): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await catalog.done(name, input, select)
    const sent = spy.mock.calls.map(([query], index) => ({
      // It is the client that the method was called on.
      client: spy.mock.contexts[index] as unknown as pg.Client,
      text: (typeof query === 'string' ? query : (query as { text: string }).text)
        .replace(/\s+/g, ' ')
        .replace(/\$\d+(?:,\s?\$\d+)*/g, '$'),
    }))
    return (
      transactions(sent)
        .filter((texts) => !texts.some((text) => BESIDE.test(text)))
        .flat()
        // That of what went before may come late, and that of the answer's own snapshot after the answer.
        .filter((text) => text !== 'COMMIT')
    )
  } finally {
    spy.mockRestore()
  }
}

/** What each client sent from a BEGIN to its end, and every other statement by itself, in the order of their beginnings. */
function transactions(sent: readonly { readonly client: pg.Client; readonly text: string }[]): string[][] {
  const open = new Map<pg.Client, string[]>()
  const all: string[][] = []
  for (const { client, text } of sent) {
    const current = open.get(client)
    if (current) current.push(text)
    else all.push([text])
    if (text.startsWith('BEGIN')) open.set(client, all.at(-1) ?? [])
    if (text === 'COMMIT' || text === 'ROLLBACK') open.delete(client)
  }
  return all
}

const parts = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `capability_${index}`,
      { description: 'd', patterns: Object.fromEntries([1, 2, 3].map((n) => [`pattern_${n}`, aPattern()])) },
    ]),
  )

const TOOL = `tool { name latest { version capabilities { name patterns { name capability { name } } } }
  versions(first: 20) { totalCount nodes { version digest definition tool { name } capabilities { name patterns { name } } } }
  history(first: 20) { totalCount nodes { revision events { kind before after } } } }`

/** A tool with so many versions, each with so many capabilities. */
async function aTool(tool: string, versions: number, capabilities: number): Promise<void> {
  await catalog.create({ tool_name: tool, capabilities: parts(capabilities) })
  for (let version = 2; version <= versions; version++)
    await catalog.publish({ tool_name: tool, version: `${version}.0.0`, capabilities: parts(capabilities) })
}

test('what a mutation answers costs the same statements for two versions as for a dozen', async () => {
  await aTool('small', 2, 1)
  await aTool('large', 12, 6)
  const answer = (name: string) => `... on ${name}Success { ${TOOL} }`
  for (const [name, type, input] of [
    ['setToolEnabled', 'SetToolEnabled', { enabled: false }],
    ['updateDraft', 'UpdateDraft', { copyOf: '1.0.0', version: '0.1.0' }],
    ['deleteTool', 'DeleteTool', {}],
    ['restoreTool', 'RestoreTool', {}],
  ] as const) {
    const few = await statements(name, { tool: 'small', ...input }, answer(type))
    const many = await statements(name, { tool: 'large', ...input }, answer(type))
    expect(many, name).toEqual(few)
    expect(few.length).toBeGreaterThan(5)
  }
})

test('a version with dozens of patterns is written in the statements of one', async () => {
  const small = asText(aDefinition({ tool_name: 'one-part', capabilities: parts(1) }))
  const large = asText(aDefinition({ tool_name: 'many-parts', capabilities: parts(15) }))
  const few = await statements('createTool', { definition: small })
  expect(await statements('createTool', { definition: large })).toEqual(few)
})

test('an import of fifty tools costs the statements of one', async () => {
  const text = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => JSON.stringify(aDefinition({ tool_name: `${prefix}-${index}` }))).join(
      '\n',
    )
  const few = await statements('importTools', { text: text('one', 1) })
  expect(await statements('importTools', { text: text('fifty', 50) })).toEqual(few)
})

test('fifty files are applied, and found unchanged, in the statements of one', async () => {
  const files = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      path: `${index}.json`,
      text: JSON.stringify(aDefinition({ tool_name: `${prefix}-${index}`, renamed_from: `${prefix}-was-${index}` })),
    }))
  const one = { source: 'applied-one', files: files('applied-one', 1) }
  const fifty = { source: 'applied-fifty', files: files('applied-fifty', 50) }
  const few = await statements('applyDefinitions', one)
  expect(await statements('applyDefinitions', fifty)).toEqual(few)
  const fewer = await statements('applyDefinitions', one)
  expect(await statements('applyDefinitions', fifty)).toEqual(fewer)
})

test('a hundred runs are reported in the statements of one', async () => {
  await aTool('reported', 1, 1)
  const run = { tool: 'reported', capability: 'capability_0', pattern: 'pattern_1', actualMs: 1, success: true }
  const few = await statements('recordExecutions', { executions: [run] })
  expect(await statements('recordExecutions', { executions: Array.from({ length: 100 }, () => run) })).toEqual(few)
})
