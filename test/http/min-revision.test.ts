import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { anEvent, createTools, type HistoryTool, write } from '../changes/write-history.ts'
import { post, type Reply } from '../support/attack.ts'
import { aDefinition } from '../support/fixtures.ts'
import {
  asText,
  besideApp,
  mutationText,
  revisionOf,
  startTestCatalog,
  type TestCatalog,
} from '../support/test-catalog.ts'

let catalog: TestCatalog
let tools: HistoryTool[]
beforeAll(async () => {
  catalog = await startTestCatalog()
  tools = await besideApp(catalog.config, (database) => createTools(database, 1))
})

const QUERY = { query: '{ tools { totalCount } }' }
const ask = (revision: string, more: Record<string, string> = {}): Promise<Reply> =>
  post(catalog.url, QUERY, { ...catalog.roles.reader, 'x-catalog-min-revision': revision, ...more })
/** By another replica: nobody tells this one. */
const changeIn = (database: Database) => write(database, ...tools.map((tool) => anEvent(tool)))
const change = () => besideApp(catalog.config, changeIn)
const revisionIn = ({ text }: Reply) => Number(JSON.parse(text).extensions.revision)
const current = async () => Number(await revisionOf(catalog))

test('a query that names a revision that is there is answered at once, and says the revision it was read at', async () => {
  const revision = await current()
  for (const wanted of ['0', '1', String(revision)]) {
    const reply = await ask(wanted)
    expect(reply.status, reply.text).toBe(200)
    expect(revisionIn(reply)).toBeGreaterThanOrEqual(revision)
    expect(reply.headers.get('x-catalog-revision')).toBe(String(revisionIn(reply)))
    expect(reply.ms).toBeLessThan(1_000)
  }
})

test('a query sees what was written, whichever replica wrote it', async () => {
  for (let i = 0; i < 3; i++) {
    const revision = await change()
    const reply = await ask(String(revision))
    expect(reply.status, reply.text).toBe(200)
    expect(revisionIn(reply)).toBeGreaterThanOrEqual(revision)
  }
})

test('a query waits for a revision that is not there yet', async () => {
  const wanted = (await current()) + 1
  const reply = await besideApp(catalog.config, async (database) => {
    // Connected before the 2 seconds begin: the server, which nobody tells, looks once a second.
    await database.pool.query('SELECT 1')
    const asking = ask(String(wanted))
    expect(await Promise.race([asking, delay(300, 'waits')])).toBe('waits')
    expect(await changeIn(database)).toBe(wanted)
    return asking
  })
  expect(reply.status, reply.text).toBe(200)
  expect(revisionIn(reply)).toBeGreaterThanOrEqual(wanted)
})

test('but no longer than 2 seconds', async () => {
  const replies = await Promise.all([ask(String((await current()) + 1)), ask('9'.repeat(19))])
  for (const { status, code, headers, ms } of replies) {
    expect({ status, code }).toEqual({ status: 503, code: 'REVISION_NOT_YET_AVAILABLE' })
    expect(headers.get('retry-after')).toBe('1')
    expect(ms).toBeGreaterThan(1_900)
    expect(ms).toBeLessThan(4_000)
  }
})

test.each(['', '-1', '1.5', '1e3', '0x1', 'latest', '1, 2', '9'.repeat(20), ' '])(
  '"%s" is no revision',
  async (wanted) => {
    const { status, code, ms } = await ask(wanted)
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
    expect(ms).toBeLessThan(1_000)
  },
)

test('nobody waits who may not ask at all', async () => {
  const { status, ms } = await ask('999999', { authorization: 'Bearer tcat_0000000000000000000000000000000000000000' })
  expect(status).toBe(401)
  expect(ms).toBeLessThan(1_000)
})

test('a mutation that names a revision that does not come is not done', async () => {
  const before = await current()
  const { status, code } = await post(
    catalog.url,
    {
      query: mutationText('createTool'),
      variables: { input: { definition: asText(aDefinition({ tool_name: 'too-early' })) } },
    },
    { ...catalog.roles.editor, 'x-catalog-min-revision': String(before + 5) },
  )
  expect({ status, code }).toEqual({ status: 503, code: 'REVISION_NOT_YET_AVAILABLE' })
  expect(await current()).toBe(before)
})
