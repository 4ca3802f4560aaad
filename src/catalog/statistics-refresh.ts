import type pg from 'pg'
import type { ChangeFeed } from '../changes/feed.ts'
import { cutConnection } from '../db/cut-connection.ts'
import type { Database } from '../db/database.ts'
import type { Logger } from '../logger.ts'

/** When to refresh the view, in milliseconds. */
const TIMES = {
  /** Behind a change: a burst of them is one refresh. */
  gather: 1_000,
  /** Behind a refresh that failed, or that another replica is at. */
  retry: 2_000,
  /** Between refreshes at most: see REST. */
  mostRest: 5_000,
}
/** A refresh rests so many times as long as the last one took: however large the catalog is, others get their turn. */
const REST = 10

/** Any number; the same for every replica, so that one of them refreshes at a time. */
const ADVISORY_LOCK = 7_305_003

/**
 * The embedded database has no autovacuum, and each refresh leaves 11 KB of rows of a table that is no more: so often, in
 * refreshes, they are swept out, in about 20 ms.
 */
const SWEEP_EVERY = 50
const SWEEP = 'VACUUM pg_attribute, pg_class, pg_depend, pg_index, pg_statistic, pg_type, catalog_statistics'

const IS_BEHIND =
  'SELECT EXISTS (SELECT FROM catalog_statistics s, catalog_state c WHERE s.revision <> c.revision) AS behind'

/**
 * Keeps the statistics view up to date, off the request path: soon after a change, whoever made it, and at the start. What
 * fails is tried again for ever; meanwhile readers get older figures with their age, and then counted ones.
 */
export class StatisticsRefresh {
  readonly #database: Database
  readonly #logger: Logger
  readonly #stopping = new AbortController()
  readonly #stopListening: () => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isHinted = false
  #isFailing = false
  /** No refresh before, by the clock of `performance`. */
  #restsUntil = 0
  #unswept = 0

  /** @param feed which must have been started */
  constructor(database: Database, feed: ChangeFeed, logger: Logger) {
    this.#database = database
    this.#logger = logger
    this.#stopListening = feed.listen(() => this.#hint(TIMES.gather))
    this.#hint(0)
  }

  /** Ends what is under way, too. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#stopListening()
    clearTimeout(this.#timer)
    await this.#running
  }

  /** The first hint sets the time: however many follow, the figures grow no older. */
  #hint(ms: number): void {
    if (this.#stopping.signal.aborted || this.#timer) return
    if (this.#running) {
      this.#isHinted = true
      return
    }
    const wait = Math.max(ms, this.#restsUntil - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#running = this.#run()
    }, wait).unref()
  }

  async #run(): Promise<void> {
    const started = performance.now()
    let isCurrent = false
    try {
      isCurrent = await this.#refresh()
      if (this.#isFailing) this.#logger.info('The statistics of the catalog can be refreshed again')
      this.#isFailing = false
    } catch (error) {
      this.#fail(error)
    }
    const ended = performance.now()
    this.#restsUntil = ended + Math.min(REST * (ended - started), TIMES.mostRest)
    this.#running = undefined
    if (!isCurrent) this.#hint(TIMES.retry)
    else if (this.#isHinted) this.#hint(TIMES.gather)
    this.#isHinted = false
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return
    // Once, and not every other second.
    if (!this.#isFailing) this.#logger.warn({ err: error }, 'The statistics of the catalog cannot be refreshed')
    this.#isFailing = true
  }

  /** @returns whether the view is as new as the catalog was */
  async #refresh(): Promise<boolean> {
    const { pool, kind } = this.#database
    const client = await pool.connect()
    // The embedded database always answers, and shall not be left in the middle.
    const cut = () => kind === 'server' && cutConnection(client)
    this.#stopping.signal.addEventListener('abort', cut)
    try {
      this.#stopping.signal.throwIfAborted()
      const outcome = await refreshView(client)
      if (outcome === 'refreshed' && kind === 'embedded') await this.#sweep(client)
      client.release()
      return outcome !== 'busy'
    } catch (error) {
      // Its transaction is open, or nobody knows.
      client.release(error instanceof Error ? error : true)
      throw error
    } finally {
      this.#stopping.signal.removeEventListener('abort', cut)
    }
  }

  async #sweep(client: pg.ClientBase): Promise<void> {
    this.#unswept = (this.#unswept + 1) % SWEEP_EVERY
    if (this.#unswept === 0) await client.query(SWEEP)
  }
}

/** @returns `busy` when another replica is at it: what that one sees may be older than what we have heard of */
async function refreshView(client: pg.ClientBase): Promise<'current' | 'refreshed' | 'busy'> {
  // Usually another replica has been faster: no transaction for that.
  if (!isTrue(await client.query(IS_BEHIND), 'behind')) return 'current'
  // The lock first: what its last holder has done is seen behind it.
  const lock = `SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCK}) AS ours`
  // pg answers with one result for each statement, which its types do not say.
  const results: unknown = await client.query(`BEGIN; ${lock}; ${IS_BEHIND}`)
  const [, locked, state] = results as readonly [unknown, pg.QueryResult, pg.QueryResult]
  const isOurs = isTrue(locked, 'ours')
  const isDue = isOurs && isTrue(state, 'behind')
  if (isDue) await client.query('REFRESH MATERIALIZED VIEW CONCURRENTLY catalog_statistics')
  await client.query('COMMIT')
  return isDue ? 'refreshed' : isOurs ? 'current' : 'busy'
}

function isTrue({ rows: [row] }: pg.QueryResult, column: string): boolean {
  return row?.[column] === true
}
