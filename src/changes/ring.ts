import type { LoggedChangeSet } from './read-log.ts'

/** What is kept in memory of the newest history, at most. */
const MOST = { changeSets: 10_000, events: 50_000 }

/** The newest change sets, without gaps: those that are asked for most. */
export class Ring {
  readonly #changeSets: LoggedChangeSet[] = []
  /** Places at the front that are free; they are cut off now and then, and not each time. */
  #free = 0
  #first: number
  #events = 0
  readonly #most: typeof MOST

  /** @param revision nothing up to this one is in it */
  constructor(revision: number, most = MOST) {
    this.#first = revision + 1
    this.#most = most
  }

  at(revision: number): LoggedChangeSet | undefined {
    return revision < this.#first ? undefined : this.#changeSets[revision - this.#first + this.#free]
  }

  /** @param changeSet of the next revision */
  push(changeSet: LoggedChangeSet): void {
    this.#changeSets.push(changeSet)
    this.#events += changeSet.events.length
    while (this.#size > 1 && (this.#size > this.#most.changeSets || this.#events > this.#most.events)) this.#drop()
  }

  get #size(): number {
    return this.#changeSets.length - this.#free
  }

  #drop(): void {
    this.#events -= this.#changeSets[this.#free]?.events.length ?? 0
    this.#free++
    this.#first++
    if (this.#free < this.#most.changeSets) return
    this.#changeSets.splice(0, this.#free)
    this.#free = 0
  }
}
