/** A server could not be reached, or answered with an error; in words for whoever sits before the terminal. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  /**
   * @param kind whether to try again later, to get another credential, or neither
   * @param advice what to do about it, where the message does not say so
   */
  constructor(
    message: string,
    readonly kind: 'unreachable' | 'credential' | 'refused',
    readonly advice?: string,
  ) {
    super(message)
  }
}

/** What to do about a credential that the server does not take. */
export function credentialError(key: string | undefined): ServerError {
  const message =
    key === undefined
      ? 'The server wants a credential: run tool-catalog login, or put an API key into TOOL_CATALOG_KEY.'
      : 'The server does not accept the credential of tool-catalog login or TOOL_CATALOG_KEY: it is wrong, expired or revoked.'
  return new ServerError(message, 'credential')
}

/** An HTTP status that will stay as it is, in words; undefined for one that may be another one soon. */
export function finalStatusError(status: number, url: string, key: string | undefined): ServerError | undefined {
  if (status === 401) return credentialError(key)
  if (status < 300 || status === 408 || status === 429 || status >= 500) return undefined
  return new ServerError(`${url} answers ${status}: it is no GraphQL endpoint of a Tool Catalog for us`, 'refused')
}
