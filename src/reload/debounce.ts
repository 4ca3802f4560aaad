/** When to act on hints that come in bursts: so long after the last, but at most so long after the first, in milliseconds. */
export interface DebounceTimes {
  readonly quietMs: number
  readonly mostMs: number
}

/** Turns a burst of hints into one call. */
export class Debounce {
  readonly #act: () => void
  readonly #times: DebounceTimes
  #timer: NodeJS.Timeout | undefined
  #first: number | undefined
  #isStopped = false

  constructor(times: DebounceTimes, act: () => void) {
    this.#times = times
    this.#act = act
  }

  hint(): void {
    if (this.#isStopped) return
    const now = performance.now()
    this.#first ??= now
    const wait = Math.min(this.#times.quietMs, this.#first + this.#times.mostMs - now)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, wait))
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #fire(): void {
    this.#first = undefined
    this.#act()
  }
}
