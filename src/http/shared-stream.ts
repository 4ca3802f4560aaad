import type { ConsumerTooSlowError, ResyncReason } from '../changes/stream-item.ts'
import { HistoryCompactedError } from '../changes/stream-item.ts'
import type { SharedResult, StreamGroup } from './shared-results.ts'

/** Largest message, in bytes (of text, in characters), and most changes in it. */
const MOST_BYTES = 256 * 1024
const MOST_EVENTS = 1_000

/** Where the items of a stream come from. */
export interface ItemSource extends AsyncIterator<object> {
  /** The last item, of a source that cannot go on. */
  readonly resync?: (reason: ResyncReason) => object
  /** Called when the subscriber is too slow. */
  onTooSlow?: ((error: ConsumerTooSlowError) => void) | undefined
}

/**
 * The answers of one subscription. It asks its source for an item when it is asked itself, and not before; an item becomes
 * an answer once for the whole group.
 */
export class SharedStream implements AsyncIterableIterator<SharedResult> {
  readonly #source: ItemSource
  readonly #group: StreamGroup
  readonly #check: () => Promise<void>

  /** @param check throws when the subscriber may see no more: asked for each item */
  constructor(source: ItemSource, group: StreamGroup, check: () => Promise<void>) {
    this.#source = source
    this.#group = group
    this.#check = check
  }

  set onTooSlow(listener: (error: ConsumerTooSlowError) => void) {
    this.#source.onTooSlow = listener
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<SharedResult>> {
    const { done, value: item } = await this.#source.next()
    if (done) return { done: true, value: undefined }
    try {
      await this.#check()
      return { done: false, value: await this.#answer(item) }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<IteratorResult<SharedResult>> {
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  /** graphql-ws ends only what looks like a generator. */
  throw(): Promise<IteratorResult<SharedResult>> {
    return this.return()
  }

  async #answer(item: object): Promise<SharedResult> {
    const { resync } = this.#source
    if (!resync) return this.#group.resultOf(item)
    const instead = (reason: ResyncReason) => this.#group.resultOf(resync.call(this.#source, reason))
    if ('events' in item && Array.isArray(item.events) && item.events.length > MOST_EVENTS) return instead('TOO_LARGE')
    try {
      const result = await this.#group.resultOf(item)
      return result.json.length > MOST_BYTES ? await instead('TOO_LARGE') : result
    } catch (error) {
      if (error instanceof HistoryCompactedError) return instead('COMPACTED')
      throw error
    }
  }
}
