import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Config } from '../config.ts'
import type { Measurements } from '../performance/measurements.ts'
import { type Caller, holderOf } from './caller.ts'
import { clientAddress } from './client-address.ts'
import { isOriginAllowed } from './cors.ts'
import { hasCredentialInUrl } from './credential.ts'
import { GRAPHQL_PATH } from './graphql-route.ts'
import { checkHost } from './host.ts'
import { maskError } from './mask-error.ts'
import { Refusal, refusalBody, refuse } from './refusal.ts'
import { createRequestInfo, pathOf } from './request-info.ts'
import { Slots } from './slots.ts'
import { type Connection, createOperations, holdSlot, type OperationsOptions } from './websocket-operations.ts'
import { serveSocket } from './websocket-socket.ts'

export interface WebsocketServerOptions extends Omit<OperationsOptions, 'slotsOfKeys'> {
  readonly config: OperationsOptions['config'] &
    Pick<
      Config,
      'DATABASE_URL' | 'HOST' | 'ALLOWED_ORIGINS' | 'TRUST_PROXY' | 'MAX_SOCKETS_PER_KEY' | 'MAX_SOCKETS_PER_ADDRESS'
    >
  readonly performance: OperationsOptions['performance'] & Pick<Measurements, 'http'>
  /** Whether the catalog is served yet. */
  readonly isServed: () => boolean
}

export interface WebsocketServer {
  /** Take the connection of an HTTP request that asks for a websocket, or refuse it. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>
  /**
   * Open no more websockets, and close those that are open with 1012 ("service restart"), some at a time: their clients
   * come back elsewhere at once.
   * @param drainMs over so long
   */
  readonly stop: (drainMs: number) => Promise<void>
}

/** Largest message of a client, in bytes; a larger one closes the socket with 1009. */
const MOST_MESSAGE_BYTES = 64 * 1024
/** Parts in which the websockets of a stopping server are closed. */
const SLICES = 20
/** How long clients have to answer when the server closes, in milliseconds. */
const CLOSING_MS = 1_000

/** Subscriptions over websockets at /graphql: the protocol graphql-transport-ws (see PROTOCOL.md of graphql-ws). */
export function createWebsocketServer(options: WebsocketServerOptions): WebsocketServer {
  const { config, gate, logger, performance: figures, isServed } = options
  const slotsOfAddresses = new Slots(config.MAX_SOCKETS_PER_ADDRESS)
  const slotsOfKeys = new Slots(config.MAX_SOCKETS_PER_KEY)
  const operations = makeServer(createOperations({ ...options, slotsOfKeys }))
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: chooseProtocol,
  })
  let isStopping = false
  const checkServed = () => {
    if (isStopping || !isServed()) throw refuse.notReady()
  }

  const admit = async (request: IncomingMessage, socket: Duplex): Promise<[string, Caller | undefined]> => {
    checkHost(request, config)
    if (pathOf(request) !== GRAPHQL_PATH) throw refuse.notFound()
    if (hasCredentialInUrl(request.url ?? '')) throw refuse.tokenInUrl()
    if (!isOriginAllowed(request, config.ALLOWED_ORIGINS)) throw refuse.origin()
    checkServed()
    const address = clientAddress(request, config.TRUST_PROXY)
    holdSlot(slotsOfAddresses, address, socket)
    const caller = await gate.upgrade(request.headers, address)
    if (caller) holdSlot(slotsOfKeys, holderOf(caller), socket)
    checkServed()
    return [address, caller]
  }

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const started = performance.now()
    const record = (status: number) => figures.http.record('websocket', status, performance.now() - started)
    const info = createRequestInfo(request.headers['x-request-id'])
    // A connection that breaks is closed; there is nobody to tell.
    socket.on('error', () => socket.destroy())
    try {
      const [address, caller] = await admit(request, socket)
      server.handleUpgrade(request, socket, head, (client) => {
        record(101)
        const { traceparent, tracestate } = request.headers
        if (traceparent !== undefined) info.traceHeaders = { traceparent, tracestate }
        const connection: Connection = { client, socket, info, address, caller, streams: new Set(), closing: undefined }
        serveSocket(operations, connection, { logger, performance: figures, isStopping: () => isStopping })
      })
    } catch (error) {
      const refusal = Refusal.of(maskError(error, logger, info.requestId))
      const { status, code } = refusal
      record(status)
      if (code === 'SOCKET_LIMIT') figures.rateLimited.add('sockets')
      logger.info({ requestId: info.requestId, path: pathOf(request), status, code }, 'websocket refused')
      answerUpgrade(socket, refusal, info.requestId)
    }
  }

  const stop = async (drainMs: number): Promise<void> => {
    isStopping = true
    const clients = [...server.clients]
    const size = Math.ceil(clients.length / SLICES)
    const closing: Promise<void>[] = []
    for (let start = 0; start < clients.length; start += size) {
      if (start > 0 && drainMs > 0) await sleep(drainMs / SLICES)
      closing.push(...clients.slice(start, start + size).map(goAway))
    }
    await Promise.all(closing)
  }
  return { upgrade, stop }
}

/** Another protocol is accepted only to be closed with 4406: a handshake that fails tells a browser nothing. */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL)) return GRAPHQL_TRANSPORT_WS_PROTOCOL
  return [...offered][0] ?? false
}

/** The connection is no HTTP server's any more: the answer is written by hand. */
function answerUpgrade(socket: Duplex, refusal: Refusal, requestId: string): void {
  const body = refusalBody(refusal)
  const headers = {
    ...refusal.headers,
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.once('finish', () => socket.destroy())
  socket.end(`${[`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`, ...lines].join('\r\n')}\r\n\r\n${body}`)
}

/** Resolves when the socket is closed, with or without the client's help. */
async function goAway(client: WebSocket): Promise<void> {
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(() => client.terminate(), CLOSING_MS)
    client.once('close', () => {
      clearTimeout(deadline)
      resolve()
    })
    client.close(1012, 'Service restart')
  })
}
