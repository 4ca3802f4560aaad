import { WebSocket } from 'ws'
import { closeLater } from './database.ts'

export interface Message {
  readonly type: string
  readonly id?: string
  // Tests look into messages of any shape, and say what they expect there.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly payload?: any
}

/** A websocket that keeps what comes until it is asked for. */
export interface TestSocket {
  readonly socket: WebSocket
  readonly send: (...messages: (object | string)[]) => void
  /** The next message, in order. */
  readonly next: () => Promise<Message>
  /** How the server closed it. */
  readonly closed: Promise<{ code: number; reason: string }>
}

export interface SocketOptions {
  readonly headers?: Record<string, string>
  readonly protocols?: readonly string[]
}

const PROTOCOL = 'graphql-transport-ws'

/** Open a websocket; when the server refuses it, the promise resolves to the refusal. */
export function tryToOpen(url: string, options: SocketOptions = {}): Promise<TestSocket | Refused> {
  const { headers = {}, protocols = [PROTOCOL] } = options
  const socket = new WebSocket(url.replace('http', 'ws'), [...protocols], { headers })
  closeLater(() => socket.terminate())
  const opened = testSocket(socket)
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(opened))
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('end', () => {
        const { errors } = JSON.parse(text) as { errors: { extensions: { code: string } }[] }
        resolve({
          status: response.statusCode,
          code: errors[0]?.extensions.code,
          retryAfter: response.headers['retry-after'],
        })
      })
    })
    socket.once('error', reject)
  })
}

export interface Refused {
  readonly status: number | undefined
  readonly code: string | undefined
  readonly retryAfter: string | undefined
}

export async function open(url: string, options: SocketOptions = {}): Promise<TestSocket> {
  const opened = await tryToOpen(url, options)
  if ('socket' in opened) return opened
  throw new Error(`refused: ${JSON.stringify(opened)}`)
}

/** Open a websocket and say who it is. */
export async function connect(url: string, payload?: object, options: SocketOptions = {}): Promise<TestSocket> {
  const opened = await open(url, options)
  opened.send({ type: 'connection_init', payload })
  const { type } = await opened.next()
  if (type !== 'connection_ack') throw new Error(`not acknowledged: ${type}`)
  return opened
}

function testSocket(socket: WebSocket): TestSocket {
  const waiting: Message[] = []
  const takers: ((message: Message) => void)[] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message
    const taker = takers.shift()
    if (taker) taker(message)
    else waiting.push(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  return {
    socket,
    closed,
    send: (...messages) => {
      for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message))
    },
    next: async () => {
      const first = waiting.shift()
      if (first) return first
      const message = new Promise<Message>((resolve) => takers.push(resolve))
      const end = closed.then(({ code, reason }) => Promise.reject(new Error(`closed with ${code} ${reason}`)))
      return Promise.race([message, end])
    },
  }
}

/** Follows the catalog from now on: the first item is a bookmark. */
export const FOLLOW =
  'subscription { catalogChanges { __typename ... on Bookmark { revision } ... on ChangeSet { revision } } }'

export const subscription = (id: string, query = FOLLOW, variables: object = {}) => ({
  type: 'subscribe',
  id,
  payload: { query, variables },
})
