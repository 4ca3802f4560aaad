import type pg from 'pg'
import { cutConnection } from '../db/cut-connection.ts'
import type { Database } from '../db/database.ts'
import { REVISION_CHANNEL } from './log.ts'

/**
 * How long one read may take before the connection counts as dead, in milliseconds: a proxy that swallows what is sent
 * reports no error. The embedded database cannot die apart from the process, and may be busy with an import for long.
 */
const QUERY_TIMEOUT_MS = { server: 5_000, embedded: 120_000 }

/** A connection of the feed's own: LISTEN belongs to a session, and a pool would not keep it. */
export class LogConnection {
  readonly #database: Database
  readonly #client: pg.Client
  readonly #onHint: () => void
  readonly #onBreak: (error: Error) => void

  /**
   * @param onHint called when somebody has committed, in this process or in another one
   * @param onBreak called when it breaks, before anybody reads from it again
   */
  constructor(database: Database, onHint: () => void, onBreak: (error: Error) => void) {
    this.#database = database
    this.#onHint = onHint
    this.#onBreak = onBreak
    this.#client = database.createClient({ query_timeout: QUERY_TIMEOUT_MS[database.kind] })
  }

  /** What is committed from when this resolves is hinted at; what was committed before has to be read. */
  async open(): Promise<pg.Client> {
    this.#database.commitListeners.add(this.#onHint)
    this.#client.on('error', (error) => {
      this.#onBreak(error)
      this.#onHint()
    })
    await this.#client.connect()
    // A notification does not reach another connection of the embedded database.
    if (this.#database.kind === 'server') {
      this.#client.on('notification', this.#onHint)
      await this.#client.query(`LISTEN ${REVISION_CHANNEL}`)
    }
    return this.#client
  }

  /** Whether a connection that looked alive gave no answer; others of the pool will be as dead. */
  isTimeout(error: unknown): boolean {
    return error instanceof Error && /timeout/i.test(error.message)
  }

  /** Whoever waits for the database is not kept waiting. The embedded one always answers, and shall not be left in the middle. */
  cut(): void {
    if (this.#database.kind === 'server') this.close()
  }

  close(): void {
    this.#database.commitListeners.delete(this.#onHint)
    cutConnection(this.#client)
  }
}
