import type { GraphqlRequest } from './dialect.ts'

const PATIENCE_MS = 30_000

/**
 * Ask a server one thing, and look at the whole answer.
 * @throws Error when it is not one with `data` alone
 */
export async function askServer(
  port: number,
  request: GraphqlRequest,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ data: unknown; bytes: number }> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  const text = await response.text()
  const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown }
  if (!response.ok || errors !== undefined || data === undefined)
    throw new Error(`${response.status}: ${text.slice(0, 500)}`)
  return { data, bytes: Buffer.byteLength(text) }
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** Change one tool through our own API, which drops what was kept of the revision before. */
export async function setToolEnabled(port: number, key: string, tool: string, enabled: boolean): Promise<void> {
  const query = `mutation ($tool: String!, $enabled: Boolean!) {
    setToolEnabled(input: { tool: $tool, enabled: $enabled }) { __typename } }`
  const { data } = await askServer(port, { query, variables: { tool, enabled } }, bearer(key))
  const { __typename: type } = (data as { setToolEnabled: { __typename: string } }).setToolEnabled
  if (!type.endsWith('Success')) throw new Error(`setToolEnabled gave ${type}`)
}
