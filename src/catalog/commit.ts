import type { ChangeEvent, ChangeOrigin } from '../changes/change-event.ts'
import { appendChangeSet } from '../changes/log.ts'
import type { Database, LocalCommit } from '../db/database.ts'
import { databaseFault } from '../db/error-code.ts'
import type { Json } from '../definition/json.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { RevisionConflictError } from './errors.ts'
import { findReceipt, keepReceipt, type Once } from './receipts.ts'

/** The only way to write the catalog: rows through `tx`, and each change through `record`. */
export interface Work {
  readonly tx: Prisma.TransactionClient
  readonly record: (event: ChangeEvent) => void
}

export interface CommitOptions {
  /** Do everything, database checks included, and then undo it. */
  readonly dryRun?: boolean | undefined
  /** The catalog's revision that the caller has seen: nothing is written when it is another one by now. */
  readonly expectedRevision?: string | undefined
  readonly once?: Once | undefined
}

export interface Committed<T> {
  readonly value: T
  /** The revision that this write made; undefined when it changed nothing, or was a dry run. */
  readonly revision: string | undefined
  readonly events: readonly ChangeEvent[]
}

/** Serialisation failure, deadlock, lock timeout (PostgreSQL manual, appendix A), and Prisma's own word for the first. */
const CONFLICTS = new Set(['40001', '40P01', '55P03', 'P2034'])
/**
 * Another writer created the same tool or used the same clientMutationId at the same moment: the next attempt finds it.
 */
const LATE = /tools_live_name_key|mutation_receipts_pkey/
const MOST_ATTEMPTS = 4
const TRANSACTION_TIMEOUT_MS = 60_000
const POOL_WAIT_MS = 10_000

/**
 * One write: one transaction, one revision, one change set. Rows first, the counter last. What `work` throws rolls
 * everything back and is thrown on; a conflict with another writer is tried again, at most three times.
 * @throws RevisionConflictError when the catalog is not at `expectedRevision`
 */
export async function commit<T extends Json>(
  database: Database,
  origin: ChangeOrigin,
  work: (work: Work) => Promise<T>,
  options: CommitOptions = {},
): Promise<Committed<T>> {
  const startedAt = new Date()
  const started = performance.now()
  for (let attempt = 1; ; attempt++) {
    try {
      const { isRepeat, ...committed } = await attemptCommit(database, origin, work, options)
      if (committed.revision !== undefined && !isRepeat)
        announce(database, origin, {
          revision: committed.revision,
          startedAt,
          durationMs: performance.now() - started,
        })
      return committed
    } catch (error) {
      if (error instanceof Undone) return error.committed as Committed<T>
      if (attempt >= MOST_ATTEMPTS || !isRetryable(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt))
    }
  }
}

/** Wake those who follow the catalog: what has changed, they read in the log. */
function announce(
  { commitListeners }: Database,
  { actor, source, message, requestId }: ChangeOrigin,
  made: Pick<LocalCommit, 'revision' | 'startedAt' | 'durationMs'>,
): void {
  for (const listener of commitListeners) listener({ ...made, actor, source, message, requestId })
}

/** What a dry run would have committed: thrown, because only an error rolls a transaction back. */
class Undone extends Error {
  constructor(readonly committed: Committed<Json>) {
    super()
  }
}

async function attemptCommit<T extends Json>(
  database: Database,
  origin: ChangeOrigin,
  work: (work: Work) => Promise<T>,
  { dryRun, expectedRevision, once }: CommitOptions,
): Promise<Committed<T> & { readonly isRepeat: boolean }> {
  return database.prisma.$transaction(
    async (tx) => {
      const first = once && (await findReceipt(tx, origin.actor, once))
      // It was kept from a commit with the same request, whose work gives values of this type.
      if (first) return { ...(first as Committed<T>), isRepeat: true }
      const events: ChangeEvent[] = []
      const value = await work({ tx, record: (event) => void events.push(event) })
      settleLatest(events)
      const revision = await closeRevision(tx, origin, events, expectedRevision)
      if (dryRun) {
        await tx.$executeRaw`SET CONSTRAINTS ALL IMMEDIATE`
        throw new Undone({ value, revision: undefined, events })
      }
      if (once) await keepReceipt(tx, origin.actor, once, { value, revision })
      return { value, revision, events, isRepeat: false }
    },
    { maxWait: POOL_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  )
}

/** All events of a tool say what it serves after the change set, which the last of them knows. */
function settleLatest(events: ChangeEvent[]): void {
  const latest = new Map(events.map(({ toolId, latest: last }) => [toolId, last]))
  events.forEach((event, index) => {
    events[index] = { ...event, latest: latest.get(event.toolId) ?? null }
  })
}

async function closeRevision(
  tx: Prisma.TransactionClient,
  origin: ChangeOrigin,
  events: readonly ChangeEvent[],
  expected: string | undefined,
): Promise<string | undefined> {
  if (events.length === 0) return undefined
  const revision = await appendChangeSet(tx, origin, events, expected)
  if (revision !== undefined) return revision
  const state = await tx.catalogState.findUnique({ where: { id: 1 } })
  if (!state || expected === undefined) throw new Error('catalog_state has no row: the database was not migrated')
  throw new RevisionConflictError(expected, String(state.revision), 'the catalog')
}

function isRetryable(error: unknown): boolean {
  const fault = databaseFault(error)
  return fault !== undefined && (CONFLICTS.has(fault.code) || (fault.code === '23505' && LATE.test(fault.said)))
}
