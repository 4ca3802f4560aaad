import type { ExecutionResult } from 'graphql'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { type OpenStream, reasonOfCode } from '../performance/stream-figures.ts'
import { holderOf } from './caller.ts'
import type { CredentialWatch } from './credential-watch.ts'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { maskError } from './mask-error.ts'
import { refuse } from './refusal.ts'
import type { SharedResult } from './shared-results.ts'
import { SharedStream } from './shared-stream.ts'
import { Slots } from './slots.ts'

export type StreamLimits = Pick<Config, 'MAX_SUBSCRIPTIONS_PER_SOCKET' | 'MAX_SOCKETS_PER_ADDRESS'>

/**
 * Subscriptions over HTTP (server-sent events), of which each is a connection: no more of one credential than on a
 * websocket, no more of one address than websockets, and none longer than its credential is good.
 */
export function useStreamLimits(limits: StreamLimits, watch: CredentialWatch, logger: Logger): CatalogPlugin {
  const ofKeys = new Slots(limits.MAX_SUBSCRIPTIONS_PER_SOCKET)
  const ofAddresses = new Slots(limits.MAX_SOCKETS_PER_ADDRESS)
  return {
    onSubscribe({ args: { contextValue }, subscribeFn, setSubscribeFn }) {
      // Only Yoga has a request; websockets count by themselves.
      if (!contextValue.request) return
      const { caller, info } = contextValue
      const giveBack = (caller.viewer.via === 'anonymous' ? ofAddresses : ofKeys).take(holderOf(caller))
      if (!giveBack) {
        contextValue.performance.rateLimited.add('subscriptions')
        throw refuse.tooManySubscriptions()
      }
      setSubscribeFn(async (...args) => {
        const result: unknown = await Promise.resolve(subscribeFn(...args)).catch((error: unknown) => {
          giveBack()
          throw error
        })
        if (!isStream(result)) {
          giveBack()
          return result
        }
        const open = contextValue.performance.streams.begin('sse')
        const stream = new EndableStream(result, {
          open,
          onDone: () => {
            giveBack()
            forget()
          },
          toldOf: (error) => ({ errors: [maskError(error, logger, info.requestId)] }),
        })
        const forget = watch.watch(caller.viewer, () => stream.end({ errors: [refuse.badCredential()] }))
        // It would never read what it is told; a connection that breaks it notices.
        if (result instanceof SharedStream)
          result.onTooSlow = () => {
            open.end('slow')
            contextValue.disconnect()
          }
        return stream
      })
    },
  }
}

interface StreamListeners {
  readonly open: OpenStream
  readonly onDone: () => void
  /** The last word of a stream that fails. */
  readonly toldOf: (error: unknown) => ExecutionResult
}

/** An answer of a stream, and what a SharedResult says beside it. */
type StreamResult = ExecutionResult & Partial<Pick<SharedResult, 'committedAt' | 'isResync'>>

function isStream(result: unknown): result is AsyncIterable<StreamResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result
}

const DONE = { done: true, value: undefined } as const

/** A stream of results that can be ended from outside, with a last word to the caller. */
class EndableStream implements AsyncIterableIterator<StreamResult> {
  readonly #source: AsyncIterator<StreamResult>
  readonly #listeners: StreamListeners
  #lastWord: ExecutionResult | undefined
  #isResync = false

  constructor(source: AsyncIterable<StreamResult>, listeners: StreamListeners) {
    this.#source = source[Symbol.asyncIterator]()
    this.#listeners = listeners
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const { open, onDone, toldOf } = this.#listeners
    const result = await this.#source.next().catch((error: unknown) => {
      this.#lastWord ??= toldOf(error)
      open.end(reasonOfCode(this.#lastWord.errors?.[0]?.extensions.code))
      return DONE
    })
    if (!result.done) {
      const { committedAt, isResync } = result.value
      this.#isResync = isResync === true
      open.delivered(committedAt)
      return result
    }
    open.end(this.#isResync ? 'resync' : 'draining')
    onDone()
    const value = this.#lastWord
    this.#lastWord = undefined
    return value ? { done: false, value } : { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.#listeners.open.end('disconnected')
    this.#listeners.onDone()
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  end(lastWord: ExecutionResult): void {
    this.#lastWord = lastWord
    this.#listeners.open.end('credential')
    // Whoever waits for the next result gets to know that there is none.
    void this.#source.return?.()
  }
}
