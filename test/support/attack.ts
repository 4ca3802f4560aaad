import { expect } from 'vitest'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** `extensions.code` of the first error. */
  readonly code: unknown
  /** Messages of all errors. */
  readonly messages: readonly string[]
  readonly text: string
  /** How long it took, in milliseconds. */
  readonly ms: number
}

/** Send whatever this is, over real HTTP. */
export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const started = performance.now()
  const response = await fetch(url, init)
  const text = await response.text()
  const ms = performance.now() - started
  const { status, headers } = response
  const isJson = headers.get('content-type')?.includes('json') === true
  const { errors = [] } = (isJson ? JSON.parse(text) : {}) as {
    errors?: { message: string; extensions?: { code?: unknown } }[]
  }
  return {
    status,
    headers,
    code: errors[0]?.extensions?.code,
    messages: errors.map(({ message }) => message),
    text,
    ms,
  }
}

const MEDIA_TYPE = 'application/graphql-response+json'

/** POST an operation, or a body as it is, as a client that knows GraphQL over HTTP. */
export function post(url: string, body: string | object, headers: Record<string, string> = {}): Promise<Reply> {
  return send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: MEDIA_TYPE, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** Somebody else is answered as if nothing had happened: within 50 ms, though the machine has other things to do too. */
export async function expectStillServing(url: string, headers: Record<string, string> = {}): Promise<void> {
  let fastest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 20 && fastest > 50; i++) {
    const { status, text, ms } = await post(url, { query: '{ __typename }' }, headers)
    expect(status, text).toBe(200)
    expect(text).toContain('"Query"')
    fastest = Math.min(fastest, ms)
  }
  expect(fastest).toBeLessThanOrEqual(50)
}
