import type { ChangeFeed } from '../changes/feed.ts'
import type { Database } from '../db/database.ts'

/** Living tools of one platform and status. */
export interface ToolCount {
  readonly platform: string
  readonly status: string
  readonly count: number
}

/** Platforms are words of whoever writes definitions: so many are told apart, those with most tools. */
const MOST_PLATFORMS = 50
/** How long somebody who wants the counts waits for new ones, in milliseconds: then the last ones have to do. */
const PATIENCE_MS = 250

const COUNT = `SELECT CASE WHEN rank <= ${MOST_PLATFORMS} THEN platform ELSE 'other' END AS platform, status, sum(count)::int AS count
  FROM (
    SELECT platform, status, count, dense_rank() OVER (ORDER BY tools DESC, platform) AS rank
    FROM (
      SELECT platform, status::text AS status, count(*) AS count, sum(count(*)) OVER (PARTITION BY platform) AS tools
      FROM tools WHERE deleted_at IS NULL GROUP BY platform, status
    ) AS counted
  ) AS ranked
  GROUP BY 1, 2 ORDER BY 1, 2`

/** How many tools there are, counted when somebody asks and the catalog has changed since. */
export class ToolCounts {
  readonly #database: () => Pick<Database, 'pool'> | undefined
  readonly #feed: Pick<ChangeFeed, 'figures'>
  #counts: readonly ToolCount[] = []
  /** What they are of. */
  #countedAt: string | undefined
  #counting: Promise<void> | undefined

  constructor(database: () => Pick<Database, 'pool'> | undefined, feed: Pick<ChangeFeed, 'figures'>) {
    this.#database = database
    this.#feed = feed
  }

  /** Never rejects: while the database cannot be asked, the last ones are given. */
  async current(): Promise<readonly ToolCount[]> {
    const { place } = this.#feed.figures
    if (place === undefined || place === this.#countedAt) return this.#counts
    this.#counting ??= this.#count(place).finally(() => {
      this.#counting = undefined
    })
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS)
    })
    await Promise.race([this.#counting, patience])
    clearTimeout(timer)
    return this.#counts
  }

  async #count(place: string): Promise<void> {
    const database = this.#database()
    if (!database) return
    try {
      const { rows } = await database.pool.query<ToolCount>(COUNT)
      this.#counts = rows
      this.#countedAt = place
    } catch {
      // Whoever asks next tries again; that the database is away is said elsewhere.
    }
  }
}
