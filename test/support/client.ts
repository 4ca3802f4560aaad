import { expect } from 'vitest'

export interface GraphqlAnswer {
  readonly status: number
  readonly headers: Headers
  // Tests look into answers of any shape, and say what they expect there.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly data: any
  readonly errors: readonly { message: string; extensions?: Record<string, unknown> }[] | undefined
  readonly extensions: { revision?: string } | undefined
}

/** POST one operation over real HTTP. */
export async function execute(
  url: string,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  })
  const body = (await response.json()) as Pick<GraphqlAnswer, 'data' | 'errors' | 'extensions'>
  return {
    status: response.status,
    headers: response.headers,
    data: body.data,
    errors: body.errors,
    extensions: body.extensions,
  }
}

/** The data of an operation that must succeed; what went wrong, with the operation, when it does not. */
export async function expectData(
  url: string,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer['data']> {
  const answer = await execute(url, query, variables, headers)
  expect(answer.errors, `${query}\n${JSON.stringify(variables)}\n${JSON.stringify(answer.errors)}`).toBeUndefined()
  return answer.data
}

/** The first error of an operation that must fail with this code. */
export async function expectError(
  url: string,
  query: string,
  code: string,
  variables: object = {},
  headers: Record<string, string> = {},
) {
  const answer = await execute(url, query, variables, headers)
  expect(answer.errors?.[0]?.extensions?.code, `${query}\n${JSON.stringify(answer)}`).toBe(code)
  return { message: answer.errors?.[0]?.message ?? '', status: answer.status }
}
