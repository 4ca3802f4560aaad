import { createClient, type FormattedExecutionResult } from 'graphql-ws/client'
import { WebSocket } from 'ws'
import { isList, type Json } from '../definition/json.ts'
import { firstError } from './answer.ts'
import { asProfileError, ProfileError } from './client-error.ts'
import { higher } from './revision.ts'
import { credential, type ServerOptions } from './server-options.ts'
import { FOLLOW, readStreamItem, type StreamItem } from './stream-item.ts'

/** Where to go on from, and how. */
export interface StreamStart {
  readonly revision: string
  readonly epoch: string
  /** How often the server is asked for a sign of life, and how long that may take, in milliseconds. */
  readonly keepAliveMs: number
}

/** How long the server may take to open the websocket, and then to acknowledge it, in milliseconds. */
const OPEN_MS = 10_000
/** How long the server has to answer when we close, in milliseconds. */
const CLOSING_MS = 1_000
/** Largest message that is taken. The server sends 256 KiB at most. */
const MESSAGE_BYTES = 4 * 1024 * 1024
/** Most items and names that wait to be taken; the server holds back no more than 1,000 revisions itself. */
const MOST_WAITING = 20_000

/**
 * The changes of the catalog behind one revision, over one websocket. It ends when that does: to go on is for the caller,
 * who knows how far it came.
 */
export class ChangeStream {
  readonly #unsubscribe: () => void
  #socket: WebSocket | undefined
  #lastSign: NodeJS.Timeout | undefined
  #waiting: StreamItem[] = []
  #weight = 0
  #end: { readonly error: ProfileError | undefined } | undefined
  #wake = () => {}

  constructor(server: ServerOptions, { revision, epoch, keepAliveMs }: StreamStart) {
    const client = createClient({
      url: server.url.replace(/^http/, 'ws'),
      connectionParams: () => credential(server.token),
      webSocketImpl: this.#socketClass(),
      retryAttempts: 0,
      connectionAckWaitTimeout: OPEN_MS,
      keepAlive: keepAliveMs,
      on: {
        ping: (isReceived) => {
          if (!isReceived) this.#lastSign = setTimeout(() => this.#socket?.terminate(), keepAliveMs)
        },
        pong: () => clearTimeout(this.#lastSign),
        error: (thrown) => this.#finish(streamError(thrown)),
        // Here, because behind a close with 1000 it would otherwise begin again by itself, at the old revision.
        closed: (event) => this.#finish(streamError(event)),
      },
    })
    this.#unsubscribe = client.subscribe(
      { query: FOLLOW, variables: { afterRevision: revision, epoch } },
      {
        next: (result: FormattedExecutionResult) => this.#receive(result as unknown as Json),
        error: (thrown: unknown) => this.#finish(streamError(thrown)),
        complete: () => this.#finish(undefined),
      },
    )
  }

  /**
   * Everything that has come since the last time, at least one item; none when the stream is at its end.
   * @throws ProfileError when it ended with an error
   */
  async take(): Promise<readonly StreamItem[]> {
    while (this.#waiting.length === 0) {
      if (this.#end?.error) throw this.#end.error
      if (this.#end) return []
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#weight = 0
    return this.#waiting.splice(0)
  }

  /** End it. What is waiting is not given out any more. */
  close(): void {
    this.#waiting = []
    this.#finish(undefined)
  }

  #receive(result: Json): void {
    if (this.#end) return
    try {
      const { errors, data } = result as { readonly errors?: Json; readonly data?: Json }
      const error = firstError(errors)
      if (error) throw error
      this.#keep(readStreamItem(data))
    } catch (error) {
      this.#finish(asProfileError(error))
    }
  }

  /** More than may wait becomes one item that stands for all of it. */
  #keep(item: StreamItem): void {
    this.#weight += 1 + (item.kind === 'changes' ? item.tools.length : 0)
    const [first] = this.#waiting
    if (this.#weight <= MOST_WAITING) this.#waiting.push(item)
    else {
      const revision = this.#waiting.reduce((highest, waiting) => higher(highest, waiting.revision), item.revision)
      const reason = first?.kind === 'resync' ? first.reason : 'TOO_MANY_WAITING'
      this.#waiting = [{ kind: 'resync', reason, revision }]
    }
    this.#wake()
  }

  #finish(error: ProfileError | undefined): void {
    if (this.#end) return
    this.#end = { error }
    clearTimeout(this.#lastSign)
    this.#unsubscribe()
    // A socket that still opens, or a server that does not answer, must not keep the process.
    setTimeout(() => this.#socket?.terminate(), CLOSING_MS).unref()
    this.#wake()
  }

  /** graphql-ws makes the socket itself, from a class that it is given. */
  #socketClass(): unknown {
    const opened = (socket: WebSocket) => {
      this.#socket = socket
    }
    return class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols, {
          handshakeTimeout: OPEN_MS,
          maxPayload: MESSAGE_BYTES,
          perMessageDeflate: false,
          followRedirects: false,
        })
        opened(this)
      }
    }
  }
}

/** What ended the stream: GraphQL errors, the closing of the websocket, or what kept it from opening. */
function streamError(thrown: unknown): ProfileError {
  const told = isList(thrown as Json) ? firstError(thrown as Json) : undefined
  if (told) return told
  const { code, reason, message } = thrown as { code?: unknown; reason?: unknown; message?: unknown }
  if (typeof code === 'number') return closeError(code, String(reason))
  const text = typeof message === 'string' ? message : String(thrown)
  if (/Unexpected server response: 40[13]/.test(text)) return refused()
  if (/JSON|Max payload|message/i.test(text))
    return new ProfileError('BAD_ANSWER', `The stream cannot be read: ${text}`)
  return asProfileError(new Error(text))
}

/** @param code of the websocket's close: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
function closeError(code: number, reason: string): ProfileError {
  if (code === 4401 || code === 4403) return refused()
  if (code === 4004 || code === 1009) return new ProfileError('BAD_ANSWER', `The stream cannot be read: ${reason}`)
  return new ProfileError('CLOSED', `The stream was closed with ${code} ${reason}`.trim())
}

function refused(): ProfileError {
  return new ProfileError('UNAUTHENTICATED', 'The credential is not valid')
}
