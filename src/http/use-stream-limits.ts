import type { ExecutionResult } from 'graphql'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { holderOf } from './caller.ts'
import type { CredentialWatch } from './credential-watch.ts'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { maskError } from './mask-error.ts'
import { refuse } from './refusal.ts'
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
      if (!giveBack) throw refuse.tooManySubscriptions()
      setSubscribeFn(async (...args) => {
        const result: unknown = await Promise.resolve(subscribeFn(...args)).catch((error: unknown) => {
          giveBack()
          throw error
        })
        if (!isStream(result)) {
          giveBack()
          return result
        }
        const stream = new EndableStream(result, {
          onDone: () => {
            giveBack()
            forget()
          },
          toldOf: (error) => ({ errors: [maskError(error, logger, info.requestId)] }),
        })
        const forget = watch.watch(caller.viewer, () => stream.end({ errors: [refuse.badCredential()] }))
        // It would never read what it is told; a connection that breaks it notices.
        if (result instanceof SharedStream) result.onTooSlow = () => contextValue.disconnect()
        return stream
      })
    },
  }
}

interface StreamListeners {
  readonly onDone: () => void
  /** The last word of a stream that fails. */
  readonly toldOf: (error: unknown) => ExecutionResult
}

function isStream(result: unknown): result is AsyncIterable<ExecutionResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result
}

const DONE = { done: true, value: undefined } as const

/** A stream of results that can be ended from outside, with a last word to the caller. */
class EndableStream implements AsyncIterableIterator<ExecutionResult> {
  readonly #source: AsyncIterator<ExecutionResult>
  readonly #listeners: StreamListeners
  #lastWord: ExecutionResult | undefined

  constructor(source: AsyncIterable<ExecutionResult>, listeners: StreamListeners) {
    this.#source = source[Symbol.asyncIterator]()
    this.#listeners = listeners
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const result = await this.#source.next().catch((error: unknown) => {
      this.#lastWord ??= this.#listeners.toldOf(error)
      return DONE
    })
    if (!result.done) return result
    this.#listeners.onDone()
    const value = this.#lastWord
    this.#lastWord = undefined
    return value ? { done: false, value } : { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.#listeners.onDone()
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  end(lastWord: ExecutionResult): void {
    this.#lastWord = lastWord
    // Whoever waits for the next result gets to know that there is none.
    void this.#source.return?.()
  }
}
