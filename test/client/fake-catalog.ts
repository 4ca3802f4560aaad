import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { JsonObject } from '../../src/definition/json.ts'
import { closeLater } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'

/** One request over HTTP, as it came. */
export interface Asked {
  readonly kind: 'page' | 'tools' | 'version' | 'state'
  readonly variables: Record<string, string>
  readonly headers: IncomingHttpHeaders
}

/** One subscription, as it came, and what can be done to it. */
export interface Followed {
  readonly variables: { readonly afterRevision: string; readonly epoch: string }
  readonly params: { readonly authorization?: string } | undefined
  /** Send one item. */
  readonly item: (item: object) => void
  /** End it with an error. */
  readonly fail: (code: string) => void
  /** Send any message, or any text. */
  readonly raw: (message: object | string) => void
  readonly socket: WebSocket
}

/** What a test may change while it runs. */
export interface FakeState {
  epoch: string
  revision: number
  pageSize: number
  /** Whether it answers pings. */
  isAlive: boolean
  readonly tools: Map<string, JsonObject>
  /** Another answer than the usual one; undefined for the usual one. */
  answer: (asked: Asked) => { readonly status: number; readonly body: unknown } | undefined
  /** What an answer waits for. */
  delay: (asked: Asked) => Promise<unknown> | undefined
  /** What a new subscription gets: by default, a bookmark. */
  follow: (followed: Followed) => void
  /** What happens to a websocket that says who it is. */
  greet: (socket: WebSocket, params: Followed['params']) => void
}

/** A server that speaks the protocol of the catalog, and does wrong whatever a test asks it to. */
export async function startFakeCatalog(names: readonly string[] = ['grep', 'find']) {
  const tools = new Map(names.map((name) => [name, aDefinition({ tool_name: name })]))
  const asked: Asked[] = []
  const followed: Followed[] = []
  const bookmark = ({ item }: Followed) => item({ __typename: 'Bookmark', revision: String(state.revision) })
  const state: FakeState = {
    epoch: 'first',
    revision: 10,
    pageSize: 100,
    isAlive: true,
    tools,
    answer: () => undefined,
    delay: () => undefined,
    follow: bookmark,
    greet: (socket) => socket.send(JSON.stringify({ type: 'connection_ack' })),
  }
  const server = createServer((request, response) => void answer(request, response, state, asked))
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => listen(socket, state, followed))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    for (const socket of sockets.clients) socket.terminate()
    server.closeAllConnections()
    server.close()
  }
  closeLater(stop)
  const { port } = server.address() as AddressInfo

  /** Change tools in one revision, and tell everybody who follows. */
  const change = (changes: Record<string, JsonObject | undefined>, kind = 'VERSION_PUBLISHED') => {
    state.revision++
    for (const [name, fields] of Object.entries(changes)) {
      if (fields) tools.set(name, aDefinition({ tool_name: name, ...fields }))
      else tools.delete(name)
    }
    const events = Object.keys(changes).map((toolName) => ({ kind, toolName, version: null }))
    const item = { __typename: 'ChangeSet', revision: String(state.revision), events }
    for (const { item: send } of followed) send(item)
  }
  return { url: `http://127.0.0.1:${port}/graphql`, state, asked, followed, bookmark, change, stop }
}

export type FakeCatalog = Awaited<ReturnType<typeof startFakeCatalog>>

export const resync = (reason: string, revision: number) => ({
  __typename: 'ResyncRequired',
  reason,
  currentRevision: String(revision),
})

export const refusal = (code: string, status = 200) => ({
  status,
  body: { errors: [{ message: `refused: ${code}`, extensions: { code } }] },
})

async function answer(request: IncomingMessage, response: ServerResponse, state: FakeState, asked: Asked[]) {
  const chunks = (await request.toArray()) as Buffer[]
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
  const kind = query.includes('exportTools')
    ? 'page'
    : query.includes('t0:')
      ? 'tools'
      : query.includes('tool(')
        ? 'version'
        : 'state'
  const one: Asked = { kind, variables, headers: request.headers }
  asked.push(one)
  const { status, body } = state.answer(one) ?? { status: 200, body: usual(one, state) }
  await state.delay(one)
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(typeof body === 'string' ? body : JSON.stringify(body))
}

function usual({ kind, variables }: Asked, state: FakeState) {
  const { epoch, revision, tools, pageSize } = state
  const data: Record<string, unknown> = { catalogState: { epoch } }
  if (kind === 'page') {
    const all = [...tools.keys()].sort()
    const start = Number(variables.after ?? 0)
    const names = all.slice(start, start + pageSize)
    const text = names.map((name) => `${JSON.stringify(tools.get(name))}\n`).join('')
    data.exportTools = { text, endCursor: String(start + pageSize), hasNextPage: start + pageSize < all.length }
  }
  const textOf = (name = '') => {
    const document = tools.get(name)
    return document ? { definitionText: JSON.stringify(document) } : null
  }
  if (kind === 'tools')
    for (const [key, name] of Object.entries(variables)) data[`t${key.slice(1)}`] = { latest: textOf(name) }
  if (kind === 'version') data.tool = { version: textOf(variables.name) }
  return { data, extensions: { revision: String(revision) } }
}

function listen(socket: WebSocket, state: FakeState, followed: Followed[]): void {
  let params: Followed['params']
  const raw = (message: object | string) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  socket.on('error', () => {})
  socket.on('message', (text: Buffer) => {
    const { type, id, payload } = JSON.parse(text.toString())
    if (type === 'connection_init') {
      params = payload
      state.greet(socket, params)
    }
    if (type === 'ping' && state.isAlive) raw({ type: 'pong' })
    if (type !== 'subscribe') return
    const item = (value: object) => raw({ type: 'next', id, payload: { data: { catalogChanges: value } } })
    const fail = (code: string) => raw({ type: 'error', id, payload: refusal(code).body.errors })
    const one: Followed = { variables: payload.variables, params, item, fail, raw, socket }
    followed.push(one)
    socket.once('close', () => followed.splice(followed.indexOf(one), 1))
    state.follow(one)
  })
}
