import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { closeLater } from '../support/database.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { connect, type Message, subscription, type TestSocket } from '../support/websocket.ts'
import { scrape } from '../telemetry/scrape.ts'
import { anEvent, createTools, type HistoryTool, write } from './write-history.ts'

/** More than the buffers of two sockets and of the kernel hold: 12 MB. */
const REVISIONS = 50
const TEXT = 'x'.repeat(240_000)
const DOCUMENT = `subscription ($after: Revision) { catalogChanges(afterRevision: $after) { __typename
  ... on Bookmark { revision } ... on ChangeSet { revision events { after } } } }`

let catalog: TestCatalog
let database: Database
let tool: HistoryTool
let first: number
let last: number
beforeAll(async () => {
  catalog = await startTestCatalog({ MAX_SOCKETS_PER_KEY: '100', METRICS_PORT: '0' })
  database = await openDatabase(catalog.config, { mayAttach: true })
  closeLater(() => database.close())
  const [created] = await createTools(database, 1)
  if (!created) throw new Error('no tool')
  tool = created
  first = 2
  for (let i = 0; i < REVISIONS; i++) last = await write(database, anEvent(tool, { after: { text: TEXT } }))
})
afterEach(() => void vi.restoreAllMocks())

const from = (revision: number) => ({ after: String(revision) })
const revisionOf = ({ payload }: Message): number => Number(payload.data.catalogChanges.revision)

async function follow(after: number): Promise<TestSocket> {
  const client = await connect(catalog.url, {}, { headers: catalog.roles.editor })
  client.send(subscription('a', DOCUMENT, from(after)))
  return client
}

async function takeUntil(client: TestSocket, revision: number): Promise<number[]> {
  const revisions: number[] = []
  while ((revisions.at(-1) ?? 0) < revision) revisions.push(revisionOf(await client.next()))
  return revisions
}

/**
 * 31 seconds later, for whoever asks the clock, until so many were found to be too slow: then there are 2 seconds to read
 * what they are told.
 */
async function passTime(closings: number): Promise<void> {
  const real = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => real() + 31_000)
  await expect.poll(slowClosings).toBe(closings)
}

const upTo = (start: number, end: number) => Array.from({ length: end - start + 1 }, (_, index) => start + index)

test('a websocket that is not read for 30 seconds ends with CONSUMER_TOO_SLOW and 1013; others notice nothing', async () => {
  const slow = await follow(first - 1)
  slow.socket.pause()
  const healthy = await follow(first - 1)
  expect((await takeUntil(healthy, last)).filter((revision) => revision <= last)).toEqual(upTo(first, last))
  await passTime(1)
  slow.socket.resume()
  const got: number[] = []
  let message = await slow.next()
  for (; message.type === 'next'; message = await slow.next()) got.push(revisionOf(message))
  expect(got).toEqual(upTo(first, first + got.length - 1))
  expect(got.length).toBeLessThan(REVISIONS)
  expect(message).toMatchObject({ type: 'error', id: 'a', payload: [{ extensions: { code: 'CONSUMER_TOO_SLOW' } }] })
  const lastRevision = Number(message.payload[0].extensions.lastRevision)
  // Whoever resumes behind it misses nothing.
  expect(lastRevision).toBeLessThanOrEqual(got.at(-1) ?? first - 1)
  expect(lastRevision).toBeGreaterThanOrEqual((got.at(-1) ?? first - 1) - 1)
  expect(await slow.closed).toEqual({ code: 1013, reason: 'Consumer too slow' })
  expect(await slowClosings()).toBe(1)
  vi.restoreAllMocks()
  const again = await follow(lastRevision)
  expect((await takeUntil(again, last)).filter((revision) => revision <= last)).toEqual(upTo(lastRevision + 1, last))
  const revision = await write(database, anEvent(tool))
  for (const client of [again, healthy]) {
    expect((await takeUntil(client, revision)).at(-1)).toBe(revision)
    client.socket.close()
  }
})

test('a stream over SSE that is not read for 30 seconds is cut; others notice nothing', async () => {
  const response = await followByEvents(first - 1)
  response.pause()
  const healthy = await follow(first - 1)
  await takeUntil(healthy, last)
  await passTime(2)
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const failed = once(response, 'error')
  response.resume()
  expect(String(await failed)).toContain('aborted')
  // Not as if there were no more.
  expect(text).not.toContain('event: complete')
  const count = text.split('event: next').length - 1
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThan(REVISIONS)
  expect(await slowClosings()).toBe(2)
  vi.restoreAllMocks()
  const revision = await write(database, anEvent(tool))
  expect((await takeUntil(healthy, revision)).at(-1)).toBe(revision)
  healthy.socket.close()
})

async function slowClosings(): Promise<number | undefined> {
  return (await scrape(catalog.metricsUrl)).value('subscriptions_closed_total{reason="slow"}')
}

async function followByEvents(after: number): Promise<IncomingMessage> {
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', ...catalog.roles.editor }
  const asking = request(catalog.url, { method: 'POST', headers })
  closeLater(() => asking.destroy())
  asking.on('error', () => {})
  asking.end(JSON.stringify({ query: DOCUMENT, variables: from(after) }))
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  return response
}
