/** One answer of the API. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape; who asked knows which
  readonly data: any
  readonly errors: readonly { message: string; extensions?: { code?: string } }[] | undefined
  readonly extensions: { readonly revision?: string; readonly stale?: boolean } | undefined
  readonly ms: number
}

export interface Caller {
  readonly url: string
  readonly key?: string
  readonly timeoutMs?: number
}

/**
 * POST one operation. Throws when the connection breaks or nothing comes in time: then nobody knows what happened.
 */
export async function call(
  { url, key, timeoutMs = 20_000 }: Caller,
  query: string,
  variables: object = {},
): Promise<Answer> {
  const started = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const body = (await response.json()) as Pick<Answer, 'data' | 'errors' | 'extensions'>
  const { data, errors, extensions } = body
  return { status: response.status, data, errors, extensions, ms: performance.now() - started }
}

/** How a connection broke, in one word. */
export function breakOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  return cause?.code ?? (name === 'TimeoutError' ? 'TIMEOUT' : (name ?? 'BROKEN'))
}
