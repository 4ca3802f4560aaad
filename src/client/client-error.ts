/**
 * Something that keeps the loader from the catalog. `code` is the server's own (`extensions.code`) where it said one, and
 * otherwise one of ours:
 * - `UNREACHABLE`: no answer, or not in time
 * - `BAD_ANSWER`: an answer that is none of this API
 * - `CLOSED`: the stream was closed
 * - `TOO_MANY_TOOLS`: the catalog has more tools than `maxTools`
 * - `NOTHING_TO_SERVE`: at the start neither the server, nor the saved snapshot, nor the folder gave anything
 */
export class ProfileError extends Error {
  override readonly name = 'ProfileError'

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** What does not pass by waiting: somebody has to do something, so that it is said at once and tried again slowly. */
const FOR_PEOPLE = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TOO_MANY_TOOLS',
  'GRAPHQL_VALIDATION_FAILED',
  'COST_LIMIT',
  'FOREIGN_HOST',
  'NOT_FOUND',
])

export function isForPeople({ code }: ProfileError): boolean {
  return FOR_PEOPLE.has(code)
}

/** Whatever was thrown, as one kind of error. */
export function asProfileError(thrown: unknown): ProfileError {
  if (thrown instanceof ProfileError) return thrown
  const reason = thrown instanceof Error ? reasonOf(thrown) : String(thrown)
  return new ProfileError('UNREACHABLE', `The catalog cannot be reached: ${reason}`, { cause: thrown })
}

/** `fetch failed` says nothing; what it was caused by does. */
function reasonOf({ message, cause }: Error): string {
  if (!(cause instanceof Error)) return message
  return cause.message || ('code' in cause ? String(cause.code) : message)
}
