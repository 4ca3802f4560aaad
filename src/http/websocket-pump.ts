import type { ExecutionResult, GraphQLError } from 'graphql'
import type { WebSocket } from 'ws'
import type { SharedStream } from './shared-stream.ts'
import { send } from './websocket-socket.ts'

/** How long a client that is told that it is too slow has to read it, in milliseconds. */
const LAST_WORD_MS = 2_000

export interface PumpOptions {
  readonly client: WebSocket
  /** The client's id of the subscription. */
  readonly id: string
  /** An error as the client may see it. */
  readonly mask: (error: unknown) => GraphQLError
}

/**
 * Send the answers of a stream, one after the other, each when the one before has left. The text of an answer is the same
 * for every subscriber but for the id of the subscription, so graphql-ws, which would write it anew for each, gets none of
 * them: it sees a stream without results, that ends when this one does.
 */
export function pump(stream: SharedStream, { client, id, mask }: PumpOptions): AsyncIterableIterator<ExecutionResult> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  stream.onTooSlow = (error) => {
    // Behind what it does not read. Nobody waits for it.
    const payload = [mask(error).toJSON()]
    void send(client, JSON.stringify({ id, type: 'error', payload }))
    client.close(1013, 'Consumer too slow')
    setTimeout(() => client.terminate(), LAST_WORD_MS).unref()
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      // Nobody reads the rest.
      while (client.readyState === client.OPEN) {
        const { done, value } = await stream.next().catch((error: unknown) => {
          throw mask(error)
        })
        if (done) return { done, value: undefined }
        await send(client, `${head}${value.json}}`)
      }
      await stream.return()
      return { done: true, value: undefined }
    },
    async return() {
      await stream.return()
      return { done: true, value: undefined }
    },
    /** graphql-ws ends only what looks like a generator. */
    async throw() {
      await stream.return()
      return { done: true, value: undefined }
    },
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
