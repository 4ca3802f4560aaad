import type { ChangeEvent, ChangeOrigin } from '../changes/change-event.ts'
import { appendChangeSet } from '../changes/log.ts'
import type { Database } from '../db/database.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** The only way to write the catalog: rows through `tx`, and each change through `record`. */
export interface Work {
  readonly tx: Prisma.TransactionClient
  record(event: ChangeEvent): void
}

export interface Committed<T> {
  readonly value: T
  /** The revision that this write made; undefined when it changed nothing. */
  readonly revision: string | undefined
}

export interface CommitOptions {
  /** Do everything, answer as usual, and roll back. */
  readonly dryRun?: boolean
}

/** Serialisation failure, deadlock, lock timeout (PostgreSQL manual, appendix A); Prisma's write conflict. */
const RETRYABLE = /40001|40P01|55P03|TransactionWriteConflict|P2034/
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
  options: CommitOptions = {},
): Promise<Committed<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptCommit(database, origin, work, options)
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
  { dryRun }: CommitOptions,
): Promise<Committed<T>> {
  const rollback = new Rollback<T>()
  try {
    return await database.prisma.$transaction(
      async (tx) => {
        const events: ChangeEvent[] = []
        const value = await work({ tx, record: (event) => events.push(event) })
        if (dryRun) throw rollback.with(value)
        const revision = events.length === 0 ? undefined : await appendChangeSet(tx, origin, events)
        return { value, revision }
      },
      { maxWait: POOL_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
    )
  } catch (error) {
    if (error === rollback) return { value: rollback.value(), revision: undefined }
    throw error
  }
}

/** Thrown to undo a dry run; carries its answer out. */
class Rollback<T> extends Error {
  #values: T[] = []

  with(value: T): this {
    this.#values = [value]
    return this
  }

  value(): T {
    const [value] = this.#values
    return value as T
  }
}

function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  return RETRYABLE.test(`${String(code)} ${error.message}`)
}
