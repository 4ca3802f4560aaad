import type { ChangeEvent, ChangeOrigin } from '../changes/change-event.ts'
import { appendChangeSet } from '../changes/log.ts'
import type { Database } from '../db/database.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** The only way to write the catalog: rows through `tx`, and each change through `record`. */
export interface Work {
  readonly tx: Prisma.TransactionClient
  readonly record: (event: ChangeEvent) => void
}

export interface Committed<T> {
  readonly value: T
  /** The revision that this write made; undefined when it changed nothing. */
  readonly revision: string | undefined
}

/**
 * Serialisation failure, deadlock, lock timeout (PostgreSQL manual, appendix A); Prisma's write conflict; and another
 * writer that created the same tool at the same moment, which the next attempt finds there.
 */
const RETRYABLE = /40001|40P01|55P03|TransactionWriteConflict|P2034|23505.*tools_live_name_key/s
const MOST_ATTEMPTS = 4
const TRANSACTION_TIMEOUT_MS = 60_000
const POOL_WAIT_MS = 10_000

/**
 * One write: one transaction, one revision, one change set. Rows first, the counter last. What `work` throws rolls
 * everything back and is thrown on; a conflict with another writer is tried again, at most three times.
 */
export async function commit<T>(
  database: Database,
  origin: ChangeOrigin,
  work: (work: Work) => Promise<T>,
): Promise<Committed<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptCommit(database, origin, work)
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS || !isRetryable(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt))
    }
  }
}

async function attemptCommit<T>(
  database: Database,
  origin: ChangeOrigin,
  work: (work: Work) => Promise<T>,
): Promise<Committed<T>> {
  return database.prisma.$transaction(
    async (tx) => {
      const events: ChangeEvent[] = []
      const value = await work({ tx, record: (event) => void events.push(event) })
      const revision = events.length === 0 ? undefined : await appendChangeSet(tx, origin, events)
      return { value, revision }
    },
    { maxWait: POOL_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  )
}

function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  return RETRYABLE.test(`${String(code)} ${error.message}`)
}
