import type { ChangeEvent } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import type { Json } from '../definition/json.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { InvalidInputError } from './errors.ts'

/** A write that is to happen at most once: a retry after a lost answer gets the first answer. */
export interface Once {
  /** The caller's own id of the write, unique among this actor's. */
  readonly clientMutationId: string
  /** What is asked for, in any stable form: the same id for something else is refused. */
  readonly request: string
}

export interface Receipt {
  readonly value: Json
  readonly revision: string | undefined
  readonly events: readonly ChangeEvent[]
}

/** How long a retry finds the first answer. */
const KEPT = '7 days'
/** Old receipts that one write clears away: more than it adds, so that the table does not grow. */
const CLEARED_AT_ONCE = 20

/**
 * The first answer, once whoever is at work on it has finished: waiting comes before the first row is taken.
 * @throws InvalidInputError when the id was used for something else
 */
export async function findReceipt(
  tx: Prisma.TransactionClient,
  actor: string,
  { clientMutationId, request }: Once,
): Promise<Receipt | undefined> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${actor} ${clientMutationId}`}, 0))`
  const receipt = await tx.mutationReceipt.findUnique({
    where: { actor_clientMutationId: { actor, clientMutationId } },
  })
  if (!receipt) return undefined
  if (receipt.request !== request)
    throw new InvalidInputError(`The clientMutationId "${clientMutationId}" was used for another mutation`)
  const events =
    receipt.revision === null
      ? []
      : await tx.changeEvent.findMany({
          where: { revision: receipt.revision },
          orderBy: { position: 'asc' },
          omit: { revision: true, position: true, platforms: true, capabilities: true },
        })
  return {
    value: receipt.value as Json,
    revision: receipt.revision === null ? undefined : String(receipt.revision),
    // The log holds nothing but what ChangeEvents were written as.
    events: events as unknown as ChangeEvent[],
  }
}

/** Keep the answer, and clear away a few that nobody will ask for any more. */
export async function keepReceipt(
  tx: Prisma.TransactionClient,
  actor: string,
  { clientMutationId, request }: Once,
  { value, revision }: { readonly value: Json; readonly revision: string | undefined },
): Promise<void> {
  await tx.$executeRaw`
    WITH old AS (
      DELETE FROM mutation_receipts WHERE (actor, client_mutation_id) IN (
        SELECT actor, client_mutation_id FROM mutation_receipts WHERE at < now() - ${KEPT}::interval
        ORDER BY at LIMIT ${CLEARED_AT_ONCE} FOR UPDATE SKIP LOCKED)
    )
    INSERT INTO mutation_receipts (actor, client_mutation_id, request, revision, value)
    VALUES (${actor}, ${clientMutationId}, ${request}, ${revision ?? null}::text::bigint, ${JSON.stringify(value)}::json)`
}

/** Keep an id that may be used only once, on whichever replica. @returns whether this is the first time */
export async function claimId({ prisma }: Pick<Database, 'prisma'>, actor: string, id: string): Promise<boolean> {
  const claimed = await prisma.$executeRaw`
    WITH old AS (
      DELETE FROM mutation_receipts WHERE (actor, client_mutation_id) IN (
        SELECT actor, client_mutation_id FROM mutation_receipts WHERE at < now() - ${KEPT}::interval
        ORDER BY at LIMIT ${CLEARED_AT_ONCE} FOR UPDATE SKIP LOCKED)
    )
    INSERT INTO mutation_receipts (actor, client_mutation_id, request, value) VALUES (${actor}, ${id}, '', 'null'::json)
    ON CONFLICT DO NOTHING`
  return claimed === 1
}
