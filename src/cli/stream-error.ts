import type { ServerAddress } from './server-address.ts'
import { credentialError, finalStatusError, ServerError } from './server-error.ts'

/** A stream ended before its time; one that begins behind the same revision may do better. */
export class StreamError extends Error {
  override readonly name = 'StreamError'
  /** @param isFuture whether the server does not know the revision to go on from */
  constructor(
    message: string,
    readonly isFuture = false,
  ) {
    super(message)
  }
}

/** Codes of errors that another try will meet again. */
const FINAL = new Set(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'])

/** What graphql-ws throws: the errors of the operation, how the websocket was closed, or why it could not be opened. */
export function streamErrorOf(error: unknown, { url, key }: ServerAddress): StreamError | ServerError {
  if (Array.isArray(error)) return operationError(error[0] as Parameters<typeof operationError>[0], key)
  const { code, reason, message } = error as { code?: unknown; reason?: string; message?: string }
  if (code === 4401 || code === 4403) return credentialError(key)
  if (typeof code === 'number') return new StreamError(`closed with ${code}${reason ? ` ${reason}` : ''}`)
  const status = /^Unexpected server response: (\d+)$/.exec(message ?? '')?.[1]
  if (status === undefined) return new StreamError(message || 'the connection broke')
  return finalStatusError(Number(status), url, key) ?? new StreamError(`it answers ${status}`)
}

function operationError(
  error: { readonly message: string; readonly extensions?: { readonly code?: string } } | undefined,
  key: string | undefined,
): StreamError | ServerError {
  const { message = 'the stream failed', extensions } = error ?? {}
  const code = extensions?.code ?? ''
  if (code === 'UNAUTHENTICATED') return credentialError(key)
  if (code === 'FORBIDDEN') return new ServerError(message, 'credential')
  if (FINAL.has(code)) return new ServerError(message, 'refused')
  return new StreamError(message, code === 'FUTURE_REVISION')
}
