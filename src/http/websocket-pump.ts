import type { ExecutionResult, GraphQLError } from 'graphql'
import type { WebSocket } from 'ws'
import { type OpenStream, reasonOfCode } from '../performance/stream-figures.ts'
import type { SharedStream } from './shared-stream.ts'
import { isStalled, send } from './websocket-socket.ts'

/** How long a client that is told that it is too slow has to read it, in milliseconds. */
const LAST_WORD_MS = 2_000

export interface PumpOptions {
  readonly client: WebSocket
  /** The client's id of the subscription. */
  readonly id: string
  /** An error as the client may see it. */
  readonly mask: (error: unknown) => GraphQLError
  /** Where its deliveries are counted, and its end, unless that is one of the whole websocket. */
  readonly open: OpenStream
}

/**
 * Send the answers of a stream, one after the other, each when the one before has left. The text of an answer is the same
 * for every subscriber but for the id of the subscription, so graphql-ws, which would write it anew for each, gets none of
 * them: it sees a stream without results, that ends when this one does.
 */
export function pump(
  stream: SharedStream,
  { client, id, mask, open }: PumpOptions,
): AsyncIterableIterator<ExecutionResult> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  let isResync = false
  stream.onTooSlow = (error) => {
    open.end('slow')
    // Behind what it does not read. Nobody waits for it.
    const payload = [mask(error).toJSON()]
    void send(client, JSON.stringify({ id, type: 'error', payload }))
    client.close(1013, 'Consumer too slow')
    setTimeout(() => client.terminate(), LAST_WORD_MS).unref()
  }
  const end = async () => {
    if (client.readyState === client.OPEN) open.end('complete')
    await stream.return()
    return { done: true, value: undefined } as const
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      // Nobody reads the rest.
      while (client.readyState === client.OPEN) {
        const { done, value } = await stream.next().catch((error: unknown) => {
          const masked = mask(error)
          open.end(reasonOfCode(masked.extensions.code))
          throw masked
        })
        if (done) {
          open.end(isResync ? 'resync' : 'draining')
          return { done, value: undefined }
        }
        isResync = value.isResync
        if (isStalled(client)) open.end('slow')
        await send(client, `${head}${value.json}}`)
        open.delivered(value.committedAt)
      }
      await stream.return()
      return { done: true, value: undefined }
    },
    return: end,
    /** graphql-ws ends only what looks like a generator. */
    throw: end,
  }
}

/** What could not even begin, as a stream that fails: graphql-ws tells that as the error of the subscription. */
export function failed(errors: readonly GraphQLError[] | undefined): AsyncIterableIterator<ExecutionResult> {
  const over = async () => ({ done: true, value: undefined }) as const
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => Promise.reject(errors?.[0] ?? new Error('A subscription failed without an error')),
    return: over,
    throw: over,
  }
}
