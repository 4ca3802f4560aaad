import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What came back, as far as a load generator looks at it. */
export interface Answer {
  readonly status: number
  /** Of the body. */
  readonly bytes: number
  readonly hasErrors: boolean
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')
const ERRORS = Buffer.from('"errors":')
const NOTHING = Buffer.alloc(0)

/**
 * One keep-alive connection that asks one thing at a time. It reads just as much of HTTP as it takes to know where an
 * answer ends, so that the client costs little of what is measured beside it.
 */
export class HttpConnection {
  readonly #socket: Socket
  #received: Buffer = NOTHING
  #onAnswer: ((answer: Answer) => void) | undefined
  #onLost: ((error: Error) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#lose(error))
    socket.on('close', () => this.#lose(new Error('the server closed the connection')))
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new HttpConnection(socket)
  }

  /** Send the bytes of one request. `onAnswer` is called once, unless the connection breaks. */
  ask(request: Buffer | string, onAnswer: (answer: Answer) => void, onLost: (error: Error) => void): void {
    this.#onAnswer = onAnswer
    this.#onLost = onLost
    this.#socket.write(request)
  }

  close(): void {
    this.#onLost = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const answer = readAnswer(this.#received)
    if (!answer) return
    this.#received = NOTHING
    const tell = this.#onAnswer
    this.#onAnswer = undefined
    tell?.(answer)
  }

  #lose(error: Error): void {
    const tell = this.#onLost
    this.#onLost = undefined
    tell?.(error)
  }
}

/** @returns undefined while the answer is not complete */
export function readAnswer(received: Buffer): Answer | undefined {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const head = received.toString('latin1', 0, headEnd)
  const start = headEnd + HEAD_END.length
  const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1]
  // A body in chunks ends with the last, empty one; JSON itself has no line ends that could look like it.
  const isComplete =
    length === undefined
      ? received.length > start && received.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
      : received.length >= start + Number(length)
  if (!isComplete) return undefined
  return {
    status: Number(head.slice(9, 12)),
    bytes: received.length - start,
    hasErrors: received.includes(ERRORS, start),
  }
}

/** The bytes of a GraphQL request over HTTP. */
export function postRequest(body: string, headers: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n${more.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
