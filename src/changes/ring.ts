import type { LoggedChangeSet } from './read-log.ts'

/** What is kept in memory of the newest history, at most. */
const MOST_CHANGE_SETS = 10_000
const MOST_EVENTS = 50_000

/** The newest change sets, without gaps: those that are asked for most. */
export class Ring {
  readonly #changeSets: LoggedChangeSet[] = []
  /** Places at the front that are free; they are cut off now and then, and not each time. */
  #free = 0
  #first: number
  #events = 0

  /** @param revision nothing up to this one is in it */
  constructor(revision: number) {
    this.#first = revision + 1
  }

  at(revision: number): LoggedChangeSet | undefined {
    return revision < this.#first ? undefined : this.#changeSets[revision - this.#first + this.#free]
  }

  /** @param changeSet of the next revision */
  push(changeSet: LoggedChangeSet): void {
    this.#changeSets.push(changeSet)
    this.#events += changeSet.events.length
    while (this.#size > 1 && (this.#size > MOST_CHANGE_SETS || this.#events > MOST_EVENTS)) this.#drop()
  }

  get #size(): number {
    return this.#changeSets.length - this.#free
  }

  #drop(): void {
    this.#events -= this.#changeSets[this.#free]?.events.length ?? 0
    this.#free++
    this.#first++
    if (this.#free < MOST_CHANGE_SETS) return
    this.#changeSets.splice(0, this.#free)
    this.#free = 0
  }
}
