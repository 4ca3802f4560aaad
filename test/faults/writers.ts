import { breakOf, call } from './call.ts'
import type { Attempt, WriteRecord } from './history.ts'
import { backoff, mutationOf, nextOperation, type Operation, type OwnTool } from './operations.ts'
import { pick, type Random } from './random.ts'
import { sleep } from './wait.ts'

export interface Target {
  readonly name: string
  readonly url: string
}

export interface WritersOptions {
  readonly random: Random
  /** Replicas that a load balancer would send to at this moment. */
  readonly targets: () => readonly Target[]
  readonly key: string
  /** One list for each writer; nobody else changes these tools. */
  readonly tools: readonly (readonly OwnTool[])[]
  readonly perSecond: number
  /** Unique over all runs that share a database. */
  readonly label: string
}

/** After so long a writer gives an operation up, and says that it does not know, in milliseconds. */
const PATIENCE_MS = 60_000
const ATTEMPT_MS = 10_000

/**
 * Editors behind a load balancer: each does one thing after the other, and sends it again, with the same
 * clientMutationId and to whoever is there, until it knows what came of it.
 */
export class Writers {
  readonly records: WriteRecord[] = []
  /** The highest revision that anybody was told of. */
  head = 0
  /** When which revision was told, for measuring how long others take to hear of it. */
  readonly toldAt = new Map<number, number>()
  readonly #options: WritersOptions
  #running: Promise<void>[] = []
  #isStopped = false
  #serial = 0

  constructor(options: WritersOptions) {
    this.#options = options
  }

  start(): void {
    const { tools, perSecond } = this.#options
    const pauseMs = (1_000 * tools.length) / perSecond
    this.#running = tools.map((own) => this.#write(own, pauseMs))
  }

  /** Resolves when each has an answer to what it does. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  get acknowledged(): number {
    return this.records.filter(({ result }) => result === 'acknowledged').length
  }

  async #write(own: readonly OwnTool[], pauseMs: number): Promise<void> {
    const { random, label } = this.#options
    let next = performance.now() + random() * pauseMs
    while (!this.#isStopped) {
      await sleep(Math.max(0, next - performance.now()))
      next = Math.max(next + pauseMs, performance.now() - pauseMs)
      const serial = `${label}-${++this.#serial}`
      this.records.push(await this.#finish(serial, nextOperation(random, pick(random, own), serial)))
    }
  }

  async #finish(id: string, operation: Operation): Promise<WriteRecord> {
    const attempts: Attempt[] = []
    const until = performance.now() + PATIENCE_MS
    let last: string | undefined
    while (performance.now() < until) {
      const target = this.#choose(last)
      if (target) {
        const { attempt, answer } = await this.#attempt(target, id, operation)
        attempts.push(attempt)
        if (answer) return { id, operation: operation.name, attempts, ...answer }
        last = target.name
      }
      await sleep(backoff(this.#options.random))
    }
    return { id, operation: operation.name, attempts, result: 'unknown', revision: undefined }
  }

  /** Another one than the last, where there is another. */
  #choose(last: string | undefined): Target | undefined {
    const targets = this.#options.targets()
    const others = targets.filter(({ name }) => name !== last)
    const choices = others.length > 0 ? others : targets
    return choices.length > 0 ? pick(this.#options.random, choices) : undefined
  }

  async #attempt(target: Target, id: string, operation: Operation) {
    const at = performance.now()
    const done = (outcome: string): Attempt => ({ replica: target.name, at, ms: performance.now() - at, outcome })
    try {
      const input = { ...operation.input, message: id, clientMutationId: id }
      const caller = { url: target.url, key: this.#options.key, timeoutMs: ATTEMPT_MS }
      const { data, errors, status } = await call(caller, mutationOf(operation), { input })
      const answer = data?.[operation.name]
      if (!answer) return { attempt: done(errors?.[0]?.extensions?.code ?? `HTTP ${status}`), answer: undefined }
      return { attempt: done('answered'), answer: this.#understand(answer) }
    } catch (error) {
      return { attempt: done(breakOf(error)), answer: undefined }
    }
  }

  #understand(answer: {
    code?: string
    revision?: string
    changes?: unknown[]
  }): Pick<WriteRecord, 'result' | 'revision'> {
    if (answer.code !== undefined) return { result: 'refused', revision: undefined }
    const revision = Number(answer.revision)
    this.head = Math.max(this.head, revision)
    if (!this.toldAt.has(revision)) this.toldAt.set(revision, performance.now())
    return answer.changes?.length === 0
      ? { result: 'unchanged', revision: undefined }
      : { result: 'acknowledged', revision }
  }
}
