import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { closeLater } from '../support/database.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const query = `subscription ($after: Revision) { catalogChanges(afterRevision: $after) { __typename
  ... on ChangeSet { revision events { kind toolName } } ... on Bookmark { revision } ... on ResyncRequired { reason } } }`

interface Payload {
  readonly data?:
    | { readonly catalogChanges: { readonly __typename: string; readonly revision: string } }
    | null
    | undefined
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined
}

/** What both libraries have. */
interface Client {
  readonly iterate: (payload: { query: string; variables: Record<string, unknown> }) => AsyncIterableIterator<Payload>
  readonly dispose: () => unknown
}

const CLIENTS: readonly [string, () => Client][] = [
  [
    'graphql-ws',
    () =>
      createWsClient({
        url: catalog.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: catalog.roles.reader,
      }) as unknown as Client,
  ],
  [
    'graphql-sse',
    () => createSseClient({ url: catalog.url, headers: catalog.roles.reader, retryAttempts: 0 }) as unknown as Client,
  ],
]

async function next(items: AsyncIterator<Payload>): Promise<string> {
  const { value, done } = await items.next()
  const item = done ? undefined : value.data?.catalogChanges
  return item ? `${item.__typename} ${item.revision}` : JSON.stringify(value)
}

test.each(CLIENTS)(
  '%s gets what was and what comes, in order, and goes on where another left off',
  async (name, create) => {
    const client = create()
    closeLater(() => client.dispose())
    const started = await catalog.create({ tool_name: `${name}-1` })
    const first = Number(started.revision)
    const items = client.iterate({ query, variables: { after: String(first - 1) } })
    expect(await next(items)).toBe(`ChangeSet ${first}`)
    expect(await next(items)).toBe(`Bookmark ${first}`)
    await catalog.create({ tool_name: `${name}-2` })
    expect(await next(items)).toBe(`ChangeSet ${first + 1}`)
    await items.return?.()
    await catalog.create({ tool_name: `${name}-3` })
    const resumed = client.iterate({ query, variables: { after: String(first + 1) } })
    expect(await next(resumed)).toBe(`ChangeSet ${first + 2}`)
    await resumed.return?.()
  },
)

test('graphql-ws and graphql-sse are told of a revision that is not there yet', async () => {
  const [websocket, events] = CLIENTS.map(([, create]) => create())
  const items = websocket?.iterate({ query, variables: { after: '1000000' } })
  await expect(items?.next()).rejects.toMatchObject([{ extensions: { code: 'FUTURE_REVISION' } }])
  const told = await events?.iterate({ query, variables: { after: '1000000' } }).next()
  expect(told?.value.errors).toMatchObject([{ extensions: { code: 'FUTURE_REVISION' } }])
  for (const client of [websocket, events]) client?.dispose()
})
