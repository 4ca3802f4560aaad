import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** What this process uses, and what keeps it from answering; since the start, where it grows. */
export interface ProcessFigures {
  readonly rssBytes: number
  readonly heapUsedBytes: number
  readonly cpuUserSeconds: number
  readonly cpuSystemSeconds: number
  /** How late the event loop comes to a timer. */
  readonly eventLoopLagP50Ms: number
  readonly eventLoopLagP99Ms: number
  readonly gcSeconds: number
  readonly gcCount: number
}

/** How often the event loop's lag is sampled, in milliseconds. */
const SAMPLE_MS = 20

/** Watches the process that it is in, from when it is made. */
export class ProcessWatch {
  readonly #delays = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  readonly #observer: PerformanceObserver
  #gcMs = 0
  #gcCount = 0

  constructor() {
    this.#delays.enable()
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#gcMs += duration
        this.#gcCount++
      }
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  figures(): ProcessFigures {
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      cpuUserSeconds: user / 1e6,
      cpuSystemSeconds: system / 1e6,
      eventLoopLagP50Ms: this.#lagMs(50),
      eventLoopLagP99Ms: this.#lagMs(99),
      gcSeconds: this.#gcMs / 1_000,
      gcCount: this.#gcCount,
    }
  }

  stop(): void {
    this.#delays.disable()
    this.#observer.disconnect()
  }

  /** Node measures from sample to sample, in nanoseconds: the time between them is no lag. */
  #lagMs(percentile: number): number {
    return Math.max(0, this.#delays.percentile(percentile) / 1e6 - SAMPLE_MS)
  }
}
