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

const REASON_OF_CODE = new Map<unknown, ClosingReason>([
  ['UNAUTHENTICATED', 'credential'],
  ['CONSUMER_TOO_SLOW', 'slow'],
])

/** Why a stream ended that ended with an error of this code. */
export function reasonOfCode(code: unknown): ClosingReason {
  return REASON_OF_CODE.get(code) ?? 'error'
}

/** Subscriptions of this process, over both transports. */
export class StreamFigures {
  readonly open: Record<Transport, number> = { websocket: 0, sse: 0 }
  readonly closed = new Counts<ClosingReason>(CLOSING_REASONS.map((reason) => [reason]))
  /** In microseconds. */
  readonly lag = new Histogram()
  deliveries = 0

  /** @param onEnd called once, when it has ended */
  begin(transport: Transport, onEnd: (stream: OpenStream) => void = () => {}): OpenStream {
    this.open[transport]++
    return new OpenStream(this, transport, onEnd)
  }
}

/** One subscription, from its begin to its end. */
export class OpenStream {
  readonly #figures: StreamFigures
  readonly #transport: Transport
  readonly #onEnd: (stream: OpenStream) => void
  readonly #begunAt = Date.now()
  #hasEnded = false

  constructor(figures: StreamFigures, transport: Transport, onEnd: (stream: OpenStream) => void) {
    this.#figures = figures
    this.#transport = transport
    this.#onEnd = onEnd
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
    this.#onEnd(this)
  }
}
