import { CloseCode, type Server } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Logger } from '../logger.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Connection } from './websocket-operations.ts'

/** Ping and pong, so that proxies keep the connection and a client that is gone is noticed, in milliseconds. */
const KEEP_ALIVE_MS = 12_000
/** Messages that a client may send in this time; one more closes the socket. */
const MESSAGES = { most: 100, perMs: 60_000 }
/** Most bytes that wait for a client that does not read. */
const MOST_BUFFERED_BYTES = 1024 * 1024

export interface SocketOptions {
  readonly logger: Logger
  readonly performance: Pick<Measurements, 'rateLimited'>
  /** Whether the server closes all its websockets. */
  readonly isStopping: () => boolean
}

/**
 * Let graphql-ws speak through a websocket. Its own glue for `ws` writes to the console, and lets clients send as fast as
 * they like and not read at all.
 */
export function serveSocket(
  server: Server<Connection>,
  connection: Connection,
  { logger, performance: figures, isStopping }: SocketOptions,
): void {
  const { client, info } = connection
  const started = performance.now()
  const isWithinBudget = messageBudget()
  const stopKeepAlive = keepAlive(client)
  // An oversized message, for example: `ws` has closed the socket already.
  client.on('error', () => {})

  const refuseMessages = () => {
    if (client.readyState === client.OPEN) figures.rateLimited.add('messages')
    connection.closing ??= 'protocol'
    client.close(1008, 'rate limit')
  }
  const receive = async (data: string, handle: (data: string) => Promise<void>) => {
    if (client.readyState !== client.OPEN) return
    if (!isWithinBudget()) return refuseMessages()
    try {
      await handle(data)
    } catch (error) {
      logger.error({ err: error, requestId: info.requestId }, 'Websocket')
      client.close(CloseCode.InternalServerError, 'Internal server error')
    }
  }
  client.on('ping', () => {
    if (!isWithinBudget()) refuseMessages()
  })
  const closed = server.opened(
    {
      protocol: client.protocol,
      send: (data) => send(client, data),
      close: (code, reason) => {
        connection.closing ??= 'protocol'
        client.close(code, reason)
      },
      onMessage: (handle) => client.on('message', (data: Buffer) => void receive(data.toString(), handle)),
    },
    connection,
  )
  client.once('close', (code, reason) => {
    stopKeepAlive()
    for (const stream of connection.streams)
      stream.end(connection.closing ?? (isStopping() ? 'draining' : 'disconnected'))
    const { requestId, actor, code: errorCode } = info
    const ms = Math.round(performance.now() - started)
    logger.info({ requestId, actor, code: errorCode, close: code, ms }, 'websocket')
    closed(code, reason.toString()).catch((error: unknown) => logger.error({ err: error, requestId }, 'Websocket'))
  })
}

/** Whether the client does not read what was sent to it: the next message breaks the connection. */
export function isStalled({ bufferedAmount }: WebSocket): boolean {
  return bufferedAmount > MOST_BUFFERED_BYTES
}

/** Resolves when the message has left, so that a subscription makes the next one only then. */
export function send(client: WebSocket, data: string): Promise<void> {
  if (client.readyState !== client.OPEN) return Promise.resolve()
  if (isStalled(client)) {
    client.terminate()
    return Promise.resolve()
  }
  // A message that cannot be sent is one to a socket that is closed, and that is told by itself.
  return new Promise((resolve) => client.send(data, () => resolve()))
}

function messageBudget(): () => boolean {
  let windowStart = performance.now()
  let count = 0
  return () => {
    const now = performance.now()
    if (now - windowStart >= MESSAGES.perMs) {
      windowStart = now
      count = 0
    }
    return ++count <= MESSAGES.most
  }
}

function keepAlive(client: WebSocket): () => void {
  let isAlive = true
  client.on('pong', () => {
    isAlive = true
  })
  const timer = setInterval(() => {
    if (!isAlive) return client.terminate()
    isAlive = false
    client.ping()
  }, KEEP_ALIVE_MS)
  return () => clearInterval(timer)
}
