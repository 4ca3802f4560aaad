import type { Database } from '../db/database.ts'

export interface PartReport {
  readonly ready: boolean
  readonly detail?: string
}

export interface ReadinessReport {
  readonly ready: boolean
  readonly parts: Readonly<Record<'database' | 'migrations' | 'changes' | 'catalog', PartReport>>
}

/** How long the database may take to answer before it counts as away, in milliseconds. */
const PING_TIMEOUT_MS = 2_000

/** Whether this process should get traffic, and which part says no. */
export class Readiness {
  #database: Database | undefined
  #migrated = false
  #loaded = false
  #stopping = false
  readonly #isFollowing: () => boolean

  /** @param isFollowing whether what others change is known here */
  constructor(isFollowing: () => boolean) {
    this.#isFollowing = isFollowing
  }

  opened(database: Database): void {
    this.#database = database
  }

  migrated(): void {
    this.#migrated = true
  }

  loaded(): void {
    this.#loaded = true
  }

  get isStopping(): boolean {
    return this.#stopping
  }

  /** As `report`, without asking the database: whoever follows its log knows whether it is there. */
  get isReady(): boolean {
    return this.#migrated && this.#isFollowing() && this.#catalog().ready
  }

  /** From now on no new traffic, please. */
  stopping(): void {
    this.#stopping = true
  }

  async report(): Promise<ReadinessReport> {
    const parts = {
      database: await this.#pingDatabase(),
      migrations: this.#migrated ? { ready: true } : { ready: false, detail: 'not applied yet' },
      changes: this.#changes(),
      catalog: this.#catalog(),
    }
    return { ready: Object.values(parts).every(({ ready }) => ready), parts }
  }

  #changes(): PartReport {
    return this.#isFollowing() ? { ready: true } : { ready: false, detail: 'the log of changes cannot be read' }
  }

  #catalog(): PartReport {
    if (this.#stopping) return { ready: false, detail: 'the process is stopping' }
    return this.#loaded ? { ready: true } : { ready: false, detail: 'not loaded yet' }
  }

  async #pingDatabase(): Promise<PartReport> {
    if (!this.#database) return { ready: false, detail: 'not connected yet' }
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS)
    })
    try {
      await Promise.race([this.#database.pool.query('SELECT 1'), timeout])
      return { ready: true }
    } catch (error) {
      return { ready: false, detail: error instanceof Error ? error.message : 'not reachable' }
    } finally {
      clearTimeout(timer)
    }
  }
}
