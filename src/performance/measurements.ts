import type { CacheFigures } from './cache-figures.ts'
import { OperationTimings } from './operation-timings.ts'
import { ProcessWatch } from './process-watch.ts'

/** What is measured of this process while it runs. */
export class Measurements {
  readonly operations = new OperationTimings()
  readonly process = new ProcessWatch()
  readonly #caches: () => readonly CacheFigures[]

  constructor(caches: () => readonly CacheFigures[]) {
    this.#caches = caches
  }

  caches(): readonly CacheFigures[] {
    return this.#caches()
  }

  stop(): void {
    this.process.stop()
  }
}
