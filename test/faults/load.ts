import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrueRevision } from './history.ts'
import type { Random } from './random.ts'
import type { Stand } from './stand.ts'
import { readHead, readTruth } from './truth.ts'
import { validateResumption, validateSubscription } from './validate-history.ts'
import { validateGapless, validateWrites } from './validate-log.ts'
import { eventually, sleep } from './wait.ts'
import { Watchers } from './watchers.ts'
import { type Target, Writers } from './writers.ts'

/** A run with less than this before its fault says nothing, and does not count. */
export const LEAST_LOAD = { writesPerSecond: 50, watchers: 20 } as const

const WATCHERS = 24
const WRITES_PER_SECOND = 90
/** A server that has just started takes a moment until it is up to speed, and others work on the machine too. */
const WARM_UP_MS = 30_000
const MEASURED_MS = 1_000
/** How long watchers have after the last write to be told that they are at the head. */
const CATCH_UP_MS = 15_000
/** Who has not been told by then, so much later, never will be. */
const PATIENCE_MS = 45_000

export interface LoadOptions {
  readonly random: Random
  /** Unique over the runs of one stand. */
  readonly label: string
  /** Replicas that get new requests and connections; all of them when left out. */
  readonly targets?: () => readonly Target[]
  /** Replicas that get the writes; the same when left out. */
  readonly writesTo?: () => readonly Target[]
  readonly watchers?: number
  readonly writesPerSecond?: number
  /** How long to wait for the load that counts. */
  readonly warmUpMs?: number
}

/** Writers and watchers on one stand, from their start to the judgement of what they saw. */
export class Load {
  readonly writers: Writers
  readonly watchers: Watchers
  readonly #stand: Stand
  readonly #options: LoadOptions
  #base = 0
  truth: readonly TrueRevision[] = []
  writesPerSecond = 0

  constructor(stand: Stand, options: LoadOptions) {
    this.#stand = stand
    this.#options = options
    const { random, label, targets = () => stand.replicas } = options
    const perSecond = options.writesPerSecond ?? WRITES_PER_SECOND
    this.writers = new Writers({
      random,
      targets: options.writesTo ?? targets,
      key: stand.keys.editor,
      tools: stand.tools,
      perSecond,
      label,
    })
    const toolNames = stand.tools.flat().map(({ name }) => name)
    const head = () => this.writers.head
    this.watchers = new Watchers({ random, targets, keys: stand.keys, toolNames, head })
  }

  /** Start everything, and measure what there is. */
  async start(): Promise<void> {
    const { head } = await readHead(this.#stand.database)
    this.#base = Math.max(0, head - 200)
    this.writers.head = head
    this.writers.start()
    this.watchers.start(this.#options.watchers ?? WATCHERS)
    const isWarm = async () => {
      await this.#measure()
      return this.weakness === undefined
    }
    await eventually(isWarm, this.#options.warmUpMs ?? WARM_UP_MS)
  }

  /** Writes of one second, all of them acknowledged. */
  async #measure(): Promise<void> {
    const before = this.writers.acknowledged
    const started = performance.now()
    await sleep(MEASURED_MS)
    this.writesPerSecond = ((this.writers.acknowledged - before) * 1_000) / (performance.now() - started)
  }

  /** For the line of a run. */
  get said(): string {
    const watchers = this.watchers.current().length
    return `${Math.round(this.writesPerSecond)} writes/s, ${watchers} watchers, ${this.watchers.reconnections} reconnects`
  }

  /** Why this run does not count; undefined when it does. */
  get weakness(): string | undefined {
    const watchers = this.watchers.current().filter(({ subscribedAt }) => subscribedAt !== undefined).length
    if (this.writesPerSecond < LEAST_LOAD.writesPerSecond) return `${Math.round(this.writesPerSecond)} writes/s`
    return watchers < LEAST_LOAD.watchers ? `${watchers} watchers` : undefined
  }

  /** End the writes, wait until everybody knows the last of them, and judge. */
  async finish(): Promise<string[]> {
    await this.writers.stop()
    const { head, findings } = await readHead(this.#stand.database)
    const behind = await this.#catchUp(head)
    await this.watchers.stop()
    this.truth = await readTruth(this.#stand.database, this.#base)
    return [...findings, ...behind, ...this.#judge(head), ...this.#stand.falls()]
  }

  /** Who was not told in time that it is at the head: on a machine that others use, it may only take longer. */
  async #catchUp(head: number): Promise<string[]> {
    const isThere = () => this.watchers.behind(head).length === 0
    if (await eventually(isThere, CATCH_UP_MS)) return []
    const late = this.watchers.behind(head)
    if (await eventually(isThere, PATIENCE_MS))
      return late.map((one) => `late: ${one.watcher} on ${one.replica} was not at ${head} after ${CATCH_UP_MS} ms`)
    return this.watchers.behind(head).map((one) => `live: ${one.watcher} on ${one.replica} never came to ${head}`)
  }

  /** Everything that was seen, for whoever looks for the reason. */
  keep(folder: string): void {
    mkdirSync(folder, { recursive: true })
    const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
    writeFileSync(join(folder, 'writes.jsonl'), lines(this.writers.records))
    writeFileSync(join(folder, 'subscriptions.jsonl'), lines(this.watchers.records))
    writeFileSync(join(folder, 'truth.jsonl'), lines(this.truth))
  }

  #judge(head: number): string[] {
    const { records } = this.watchers
    const watchers = [...new Set(records.map(({ watcher }) => watcher))]
    // What began further back than the truth was read cannot be judged, and compaction leaves nobody there.
    const isKnown = ({ afterRevision = Number.POSITIVE_INFINITY }) => afterRevision >= this.#base
    return [
      ...records.filter(isKnown).flatMap((record) => validateSubscription(record, this.truth)),
      ...watchers.flatMap((one) =>
        validateResumption(
          records.filter(({ watcher }) => watcher === one),
          this.truth,
        ),
      ),
      ...validateWrites(this.writers.records, this.truth),
      ...validateGapless(this.truth, head),
    ]
  }
}
