import { call } from './call.ts'
import type { SubscriptionRecord, WatchFilter } from './history.ts'
import { backoff, CAPABILITIES, PLATFORMS } from './operations.ts'
import { between, pick, type Random } from './random.ts'
import { coveredBy } from './validate-history.ts'
import { sleep } from './wait.ts'
import { type Watch, watch } from './watch-socket.ts'
import type { Target } from './writers.ts'

export interface WatchersOptions {
  readonly random: Random
  readonly targets: () => readonly Target[]
  readonly keys: Readonly<Record<'editor' | 'reader', string>>
  readonly toolNames: readonly string[]
  /** The highest revision that is known to be committed. */
  readonly head: () => number
}

/** Every one in three begins now; the rest at most so far before or behind the head. */
const MOST_OFFSET = 100
/** Who asked for what is not there yet asks again after this time, in milliseconds. */
const EARLY_MS = 400

/** Pipelines that follow the catalog, each of them recording what it gets; they come back wherever they were dropped. */
export class Watchers {
  readonly records: SubscriptionRecord[] = []
  readonly #options: WatchersOptions
  readonly #watches = new Map<string, Watch>()
  #running: Promise<void>[] = []
  #isStopped = false

  constructor(options: WatchersOptions) {
    this.#options = options
  }

  start(count: number): void {
    this.#running = Array.from({ length: count }, (_, index) => this.#follow(`w${index + 1}`, index))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { leave } of this.#watches.values()) leave()
    await Promise.all(this.#running)
  }

  /** The subscription that each watcher has at the moment, or had last. */
  current(): SubscriptionRecord[] {
    return [...new Map(this.records.map((record) => [record.watcher, record])).values()]
  }

  /** Those that have not been told yet that they are at this revision. */
  behind(revision: number): SubscriptionRecord[] {
    return this.current().filter((record) => {
      if ((record.afterRevision ?? 0) > revision) return false
      return record.end !== undefined || record.items.length === 0 || (coveredBy(record) ?? -1) < revision
    })
  }

  /** Subscriptions that were begun again. */
  get reconnections(): number {
    return this.records.length - new Set(this.records.map(({ watcher }) => watcher)).size
  }

  async #follow(watcher: string, index: number): Promise<void> {
    const { random } = this.#options
    const fixed = { watcher, seesDrafts: index % 2 === 0, filter: this.#filter(index) }
    let after = this.#start(index)
    let epoch: string | undefined
    let last: string | undefined
    await sleep(random() * 300)
    while (!this.#isStopped) {
      const target = this.#choose(last)
      if (target) {
        const record = await this.#subscribe(target, { ...fixed, afterRevision: after }, epoch)
        epoch = epochOf(record) ?? epoch
        after = record.items.some(({ kind }) => kind === 'resync')
          ? await this.#readSnapshot(target, after)
          : (coveredBy(record) ?? after)
        last = target.name
      }
      const isEarly = this.#last(watcher)?.end?.code === 'FUTURE_REVISION'
      if (!this.#isStopped) await sleep(isEarly ? EARLY_MS : backoff(random))
    }
  }

  #last(watcher: string): SubscriptionRecord | undefined {
    return this.records.findLast((record) => record.watcher === watcher)
  }

  async #subscribe(
    target: Target,
    about: Pick<SubscriptionRecord, 'watcher' | 'seesDrafts' | 'filter' | 'afterRevision'>,
    epoch: string | undefined,
  ): Promise<SubscriptionRecord> {
    const { head, keys } = this.#options
    const record: SubscriptionRecord = {
      ...about,
      replica: target.name,
      openedAt: performance.now(),
      headAtOpen: head(),
      subscribedAt: undefined,
      items: [],
      end: undefined,
    }
    this.records.push(record)
    const { afterRevision, filter } = about
    const opened = watch({
      url: target.url,
      key: about.seesDrafts ? keys.editor : keys.reader,
      afterRevision,
      epoch,
      filter,
      onSubscribed: () => {
        record.subscribedAt = performance.now()
      },
      onItem: (item) => record.items.push(item),
    })
    this.#watches.set(about.watcher, opened)
    record.end = await opened.ended
    return record
  }

  /** What a client does that is told to begin anew: what it holds is replaced, and it follows from there. */
  async #readSnapshot({ url }: Target, otherwise: number | undefined): Promise<number | undefined> {
    try {
      const { data } = await call({ url, key: this.#options.keys.reader }, '{ catalogState { revision } }')
      return data ? Number(data.catalogState.revision) : otherwise
    } catch {
      return otherwise
    }
  }

  #choose(last: string | undefined): Target | undefined {
    const targets = this.#options.targets()
    const others = targets.filter(({ name }) => name !== last)
    const choices = others.length > 0 && this.#options.random() < 0.7 ? others : targets
    return choices.length > 0 ? pick(this.#options.random, choices) : undefined
  }

  #start(index: number): number | undefined {
    if (index % 3 === 2) return undefined
    return Math.max(0, this.#options.head() + between(this.#options.random, -MOST_OFFSET, MOST_OFFSET))
  }

  #filter(index: number): WatchFilter | undefined {
    const { random, toolNames } = this.#options
    if (index % 4 === 1) return { tools: [pick(random, toolNames), pick(random, toolNames)] }
    if (index % 4 === 2) return { platforms: [pick(random, PLATFORMS)] }
    if (index % 4 === 3) return { capabilities: [pick(random, CAPABILITIES)], platforms: [...PLATFORMS] }
    return undefined
  }
}

function epochOf({ items }: SubscriptionRecord): string | undefined {
  return items.flatMap((item) => (item.kind === 'change' ? [] : [item.epoch])).at(-1)
}
