/** What PostgreSQL said of an error, without whatever callers' text its message may repeat. */
export interface DatabaseFault {
  /** SQLSTATE (PostgreSQL manual, appendix A), or a code of Prisma's own. */
  readonly code: string
  /** What the server said, which names the constraint for a unique violation; empty when it said nothing. */
  readonly said: string
}

/** The fault behind an error of `pg` or of Prisma; undefined for any other error. */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  if (!(error instanceof Error)) return undefined
  // Shapes of PrismaClientKnownRequestError (7.10), DriverAdapterError and pg's DatabaseError, which share no class.
  const { meta, cause, code } = error as {
    readonly meta?: { readonly driverAdapterError?: { readonly cause?: AdapterCause } }
    readonly cause?: AdapterCause
    readonly code?: unknown
  }
  const inner = meta?.driverAdapterError?.cause ?? cause
  if (typeof inner?.originalCode === 'string') return { code: inner.originalCode, said: inner.originalMessage ?? '' }
  if (inner?.kind === 'TransactionWriteConflict') return { code: '40001', said: '' }
  return typeof code === 'string' ? { code, said: 'severity' in error ? error.message : '' } : undefined
}

interface AdapterCause {
  readonly originalCode?: string
  readonly originalMessage?: string
  readonly kind?: string
}
