import { appendFileSync } from 'node:fs'
import { type ProcessFigures, readMachine, readProcess } from './monitor/process-figures.ts'
import { askStatistics, NotToldError, type ServerStatistics } from './monitor/server-statistics.ts'

/** One look at everything that is under load. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly machine: { readonly busySeconds: number; readonly cores: number }
  readonly server?: ProcessFigures
  readonly k6?: ProcessFigures
  readonly statistics?: ServerStatistics
}

interface Watched {
  readonly url: string
  /** Of an admin: others are not told. */
  readonly key: string | undefined
  /** Of the server, when it runs on this machine. */
  readonly pid: number | undefined
  /** The process that makes the load, once it runs. */
  readonly k6: () => number | undefined
  /** A file that every sample is added to, one JSON a line. */
  readonly file: string
}

const EVERY_MS = 1_000
/** A server that does not answer within this has something else to do; the next look comes anyway. */
const ANSWER_MS = 900

/** Looks at the server, at what loads it, and at the machine, once a second until it is stopped. */
export class Monitor {
  /** Why the server's own figures are not there; undefined when they are. */
  notTold: string | undefined
  readonly #watched: Watched
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> = Promise.resolve()

  constructor(watched: Watched) {
    this.#watched = watched
    const look = () => {
      const before = this.#looking
      const now = this.#look()
      this.#looking = before.then(() => now)
    }
    look()
    this.#timer = setInterval(look, EVERY_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    const { pid, k6, file } = this.#watched
    const server = pid === undefined ? undefined : readProcess(pid)
    const loader = k6() === undefined ? undefined : readProcess(k6() ?? 0)
    const figures = { at: Date.now(), machine: readMachine() }
    const statistics = await this.#ask()
    const sample: Sample = {
      ...figures,
      ...(server && { server }),
      ...(loader && { k6: loader }),
      ...(statistics && { statistics }),
    }
    appendFileSync(file, `${JSON.stringify(sample)}\n`)
  }

  async #ask(): Promise<ServerStatistics | undefined> {
    if (this.notTold !== undefined) return undefined
    try {
      return await askStatistics(this.#watched.url, this.#watched.key, ANSWER_MS)
    } catch (error) {
      // Anything else may be over the next time.
      if (error instanceof NotToldError) this.notTold = error.message
      return undefined
    }
  }
}
