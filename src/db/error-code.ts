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
  const ofKind = inner?.kind === undefined ? undefined : CODE_OF_KIND[inner.kind]
  if (ofKind !== undefined) return { code: ofKind, said: '' }
  return typeof code === 'string' ? { code, said: 'severity' in error ? error.message : '' } : undefined
}

/** What Prisma's adapter says in words of its own, without the code that it had. */
const CODE_OF_KIND: Readonly<Record<string, string>> = {
  TransactionWriteConflict: '40001',
  DatabaseNotReachable: '08001',
  ConnectionClosed: '08006',
  SocketTimeout: '08006',
}

interface AdapterCause {
  readonly originalCode?: string
  readonly originalMessage?: string
  readonly kind?: string
}

/**
 * PostgreSQL and socket errors that mean "not now" rather than "never" (PostgreSQL manual, appendix A, classes 08 and 57).
 * ENOTFOUND and EAI_AGAIN are of its name: Docker and Kubernetes forget the name of what is stopped.
 */
const UNAVAILABLE =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|ETIMEDOUT|EPIPE|08...|57P0[123]|53300)$/

/** Whether the database could not be asked at all, and may be a moment later. */
export function isUnavailable(error: unknown): boolean {
  const message = error instanceof Error ? error.message : ''
  return (
    UNAVAILABLE.test(databaseFault(error)?.code ?? '') ||
    /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|Unable to start a transaction/.test(
      message,
    )
  )
}
