import type { ServerAddress } from './server-address.ts'
import { credentialError, finalStatusError, ServerError } from './server-error.ts'

interface Answer {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

/** A reload of a large folder takes its time, in milliseconds. */
const TIMEOUT_MS = 300_000

/**
 * The data of one operation.
 * @throws ServerError
 */
export async function askServer<T>(
  { url, key }: ServerAddress,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'manual',
  }).catch((error: unknown) => {
    throw new ServerError(
      `Cannot reach ${url}: ${reasonOf(error)}`,
      'unreachable',
      'Does the server run (tool-catalog serve)? Say where it is with --url or TOOL_CATALOG_URL.',
    )
  })
  const answer = (await response.json().catch(() => undefined)) as Answer | undefined
  const [error] = answer?.errors ?? []
  if (error?.extensions?.code === 'UNAUTHENTICATED') throw credentialError(key)
  if (error?.extensions?.code === 'FORBIDDEN') throw new ServerError(error.message, 'credential')
  if (error) throw new ServerError(error.message, response.status === 503 ? 'unreachable' : 'refused')
  if (answer?.data == null)
    throw (
      finalStatusError(response.status, url, key) ??
      new ServerError(`${url} answers ${response.status} without saying why`, 'unreachable')
    )
  // The caller has written the operation.
  return answer.data as T
}

/** `fetch` says only that it failed; the cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const { message, code } = cause as { readonly message?: string; readonly code?: string }
  return message || code || String(cause)
}
