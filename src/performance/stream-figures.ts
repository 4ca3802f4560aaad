import { Counts } from './counts.ts'
import { Histogram } from './histogram.ts'

export const TRANSPORTS = ['websocket', 'sse'] as const
export type Transport = (typeof TRANSPORTS)[number]

/**
 * Why a subscription ended: the caller said so, or went; it was too slow, or its credential is not good any more; it cannot
 * go on from where it is; the server stops; the caller broke a rule of the protocol; or something went wrong.
 */
export const CLOSING_REASONS = [
  'complete',
  'disconnected',
  'slow',
  'credential',
  'resync',
  'draining',
  'protocol',
  'error',
] as const
export type ClosingReason = (typeof CLOSING_REASONS)[number]

/** Subscriptions of this process, over both transports. */
export class StreamFigures {
  readonly open: Record<Transport, number> = { websocket: 0, sse: 0 }
  readonly closed = new Counts<ClosingReason>(CLOSING_REASONS.map((reason) => [reason]))
  /** In microseconds. */
  readonly lag = new Histogram()
  deliveries = 0

  begin(transport: Transport): OpenStream {
    this.open[transport]++
    return new OpenStream(this, transport)
  }
}

/** One subscription, from its begin to its end. */
export class OpenStream {
  readonly #figures: StreamFigures
  readonly #transport: Transport
  readonly #begunAt = Date.now()
  #hasEnded = false

  constructor(figures: StreamFigures, transport: Transport) {
    this.#figures = figures
    this.#transport = transport
  }

  /** @param committedAt when the change was committed that the item tells of, in milliseconds */
  delivered(committedAt: number | undefined): void {
    this.#figures.deliveries++
    // What was there before the subscriber says nothing of how fast changes arrive.
    if (committedAt !== undefined && committedAt >= this.#begunAt)
      this.#figures.lag.record((Date.now() - committedAt) * 1_000)
  }

  /** The first reason counts. */
  end(reason: ClosingReason): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#figures.open[this.#transport]--
    this.#figures.closed.add(reason)
  }
}
