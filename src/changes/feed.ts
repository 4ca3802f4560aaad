import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Database } from '../db/database.ts'
import type { Logger } from '../logger.ts'
import { LogConnection } from './log-connection.ts'
import { type LoggedChangeSet, type LogState, readLog } from './read-log.ts'
import { Ring } from './ring.ts'

/** How often the log is read when nobody says that there is something to read, in milliseconds. */
const POLL_MS = 1_000
/** Wait before a connection that broke is made anew, in milliseconds: at first, and at most. */
const RETRY_MS = { first: 50, most: 1_000 }
/** How far the reading of the log is. */
export interface FeedFigures {
  readonly isFollowing: boolean
  readonly revision: number
  /** Which revision of which history it is; undefined before the first read. */
  readonly place: string | undefined
  /** For how long the log has not been read to its end, beyond the time between two reads, in milliseconds. */
  readonly lagMs: number
  /** The last revision that the log was seen to have. */
  readonly head: number
}

/** What one read of the log may bring. */
const PAGE = { most: 500, mostEvents: 10_000 }

/**
 * Follows the log, whoever writes it. Notifications, and commits of this process, are only hints: what has changed is
 * always read from the log, behind the last revision that was read, and at least once a second.
 */
export class ChangeFeed {
  readonly #database: () => Database | undefined
  readonly #logger: Logger
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  #ring = new Ring(0)
  #state: LogState | undefined
  #wake: (() => void) | undefined
  #isHinted = false
  /** Reads begun and ended so far: who wants to see what is there now waits for one that begins later. */
  #begun = 0
  #waiting: { readonly from: number; readonly resolve: () => void }[] = []
  #isFailing = false
  /** The last revision of the log when it was read for the last time, and when that had come to its end. */
  #head = 0
  #levelAt: number | undefined
  #running: Promise<void> | undefined

  constructor(database: () => Database | undefined, logger: Logger) {
    this.#database = database
    this.#logger = logger
  }

  /** Begin to follow. Resolves when the state of the log is known. */
  async start(): Promise<void> {
    this.#running ??= this.#run()
    await this.refresh()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    for (const { resolve } of this.#waiting.splice(0)) resolve()
    await this.#running
  }

  /** What is known of the log. @throws Error before `start` has resolved */
  get state(): LogState {
    if (!this.#state) throw new Error('The feed has not been started')
    return this.#state
  }

  get isFollowing(): boolean {
    return this.#state !== undefined && !this.#isFailing
  }

  get figures(): FeedFigures {
    const { epoch, revision = 0 } = this.#state ?? {}
    const sinceLevel = this.#levelAt === undefined ? 0 : performance.now() - this.#levelAt
    return {
      isFollowing: this.isFollowing,
      revision,
      place: epoch === undefined ? undefined : `${epoch} ${revision}`,
      lagMs: Math.max(0, sinceLevel - POLL_MS),
      head: this.#head,
    }
  }

  /** The change set behind this revision; undefined when it is not (or not any more) kept in memory. */
  next(revision: number): LoggedChangeSet | undefined {
    return this.#ring.at(revision + 1)
  }

  /** Called whenever there is more. @returns what ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when the log was read once more: with what was committed by now. While it cannot be read, it waits. */
  refresh(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ from: this.#begun, resolve })
      this.hint()
    })
  }

  /** @returns whether the log was read up to this revision before the time is over */
  async reaches(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.state.revision >= revision) return true
    return new Promise((resolve) => {
      const finish = (isThere: boolean) => {
        clearTimeout(timer)
        stopListening()
        resolve(isThere)
      }
      const timer = setTimeout(() => finish(false), timeoutMs)
      const stopListening = this.listen(() => this.state.revision >= revision && finish(true))
      this.hint()
    })
  }

  /** Somebody says that there is something to read. */
  hint(): void {
    this.#isHinted = true
    this.#wake?.()
  }

  async #run(): Promise<void> {
    let delay = RETRY_MS.first
    while (!this.#stopping.signal.aborted) {
      const database = this.#database()
      const connection =
        database &&
        new LogConnection(
          database,
          () => this.hint(),
          (error) => this.#fail(error),
        )
      const cut = () => connection?.cut()
      this.#stopping.signal.addEventListener('abort', cut)
      try {
        if (!connection) throw new Error('The database is not open yet')
        const client = await connection.open()
        for (;;) {
          await this.#catchUp(client)
          delay = RETRY_MS.first
          if (this.#stopping.signal.aborted) break
          await this.#pause(POLL_MS)
        }
      } catch (error) {
        this.#fail(error)
        if (connection?.isTimeout(error)) database?.dropConnections()
      } finally {
        this.#stopping.signal.removeEventListener('abort', cut)
        connection?.close()
      }
      // No hint shortens this: while the database is away, those who ask for it would make it a busy loop.
      await sleep(delay, undefined, { signal: this.#stopping.signal }).catch(() => {})
      delay = Math.min(delay * 2, RETRY_MS.most)
    }
  }

  async #catchUp(client: pg.Client): Promise<void> {
    this.#isHinted = false
    const begun = this.#begun++
    for (let isBehind = true; isBehind && !this.#stopping.signal.aborted; ) {
      const { state, changeSets } = await readLog(client, { after: this.#state?.revision ?? NEVER, ...PAGE })
      this.#head = state.revision
      isBehind = this.#apply(state, changeSets)
    }
    this.#levelAt = performance.now()
    if (this.#isFailing) this.#logger.info('The log of changes can be read again')
    this.#isFailing = false
    const due = this.#waiting.filter(({ from }) => from <= begun)
    this.#waiting = this.#waiting.filter(({ from }) => from > begun)
    for (const { resolve } of due) resolve()
  }

  /** @returns whether there is more to read */
  #apply(state: LogState, changeSets: readonly LoggedChangeSet[]): boolean {
    const known = this.#state
    if (known === undefined || isAnother(known, state)) {
      this.#ring = new Ring(state.revision)
      this.#state = state
      for (const listener of this.#listeners) listener()
      return false
    }
    // Only what was read is known of; the rest comes with the next page.
    const revision = changeSets.at(-1)?.number ?? known.revision
    const [first] = changeSets
    if (first && first.number <= state.compactedRevision) this.#ring = new Ring(revision)
    else for (const changeSet of changeSets) this.#ring.push(changeSet)
    this.#state = { ...state, revision }
    if (revision > known.revision || state.compactedRevision > known.compactedRevision)
      for (const listener of this.#listeners) listener()
    return revision < state.revision
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return
    // Once, and not every second.
    if (!this.#isFailing) this.#logger.warn({ err: error }, 'The log of changes cannot be read')
    this.#isFailing = true
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isHinted || this.#stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}

/** Above every revision: the first read is only about the state. */
const NEVER = Number.MAX_SAFE_INTEGER

/** Whether the log is not the continuation of the one that was known: the database was restored. */
function isAnother(known: LogState, read: LogState): boolean {
  return known.epoch !== read.epoch || read.revision < known.revision
}
