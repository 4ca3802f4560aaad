import type { Logger } from '../logger.ts'
import { cutConnection } from './cut-connection.ts'
import type { Database } from './database.ts'

const FIRST_DELAY_MS = 1_000
const MOST_DELAY_MS = 30_000
/** How long a connection past the pooler may take to answer, in milliseconds. */
const DIRECT_TIMEOUT_MS = 5_000

/** Errors that waiting does not mend: wrong password, no such role, no such database (PostgreSQL manual, appendix A). */
const FINAL = new Set(['28P01', '28000', '3D000', '42501'])

export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError'
}

/**
 * Wait until the database answers. Each failure is logged at once with the reason; the next try waits twice as long,
 * at most 30 s.
 * @throws DatabaseUnreachableError when waiting cannot help, or the signal ends the wait
 */
export async function connectWithRetry(database: Database, logger: Logger, signal?: AbortSignal): Promise<void> {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, MOST_DELAY_MS)) {
    let { place } = database
    try {
      await database.pool.query('SELECT 1')
      place = database.directPlace ?? place
      if (database.directPlace !== undefined) await tryDirect(database)
      return
    } catch (error) {
      const reason = reasonOf(error)
      const message = `Cannot reach the database at ${place}: ${reason}`
      if (signal?.aborted || FINAL.has(codeOf(error))) throw new DatabaseUnreachableError(message)
      logger.error(`${message}. Trying again in ${delay / 1000} s.`)
      await sleep(delay, signal)
      if (signal?.aborted) throw new DatabaseUnreachableError(message)
    }
  }
}

/** What goes past the pooler has to get there, too. */
async function tryDirect(database: Database): Promise<void> {
  const client = database.createClient({ query_timeout: DIRECT_TIMEOUT_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
  } finally {
    cutConnection(client)
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** A refused connection to a name with several addresses is an AggregateError without a message of its own. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message || codeOf(error) || 'no reason given'
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
