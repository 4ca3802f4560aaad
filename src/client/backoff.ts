import { setTimeout as sleep } from 'node:timers/promises'

export interface BackoffOptions {
  /** Longest first wait, in milliseconds. */
  readonly minMs: number
  /** Longest wait, in milliseconds. */
  readonly maxMs: number
}

/**
 * How long to wait before the next try: anything up to a bound that doubles ("full jitter"), so that a thousand clients
 * that lost one server do not come back in the same second.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #options: BackoffOptions
  #tries = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** Milliseconds. */
  next(): number {
    const { minMs, maxMs } = this.#options
    // 2^16 times anything is more than any bound, and 2^1024 would not be a number.
    return Math.random() * Math.min(maxMs, minMs * 2 ** Math.min(this.#tries++, 16))
  }

  /** For what waiting does not mend: the longest waits, in milliseconds. */
  slow(): number {
    return this.#options.maxMs * (0.5 + Math.random() / 2)
  }

  /** It worked. */
  reset(): void {
    this.#tries = 0
  }
}

/** Wait so many milliseconds, or until the signal says to stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // The one way in which it can fail is the signal.
  await sleep(ms, undefined, { signal }).catch(() => {})
}
