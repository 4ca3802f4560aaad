import type { IncomingHttpHeaders } from 'node:http'
import { UnauthenticatedError } from '../auth/viewer.ts'

const BEARER = /^Bearer +([\w.~+/-]+=*)$/i
const NAMES_IN_URL = new Set(['token', 'access_token', 'api_key', 'apikey', 'x-api-key', 'authorization'])

/**
 * The API key or token of a request: `Authorization: Bearer …`, or `x-api-key`.
 * @returns undefined when it has none
 * @throws UnauthenticatedError when it has both, or something else
 */
export function credentialOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | undefined {
  return oneCredential(authorization, apiKey)
}

/**
 * The same of a websocket's first message, for browsers, which cannot send headers: `{ authorization: 'Bearer …' }`, or
 * `{ apiKey: '…' }`.
 * @throws UnauthenticatedError
 */
export function credentialOfParams(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const { authorization, Authorization, apiKey } = params ?? {}
  return oneCredential(authorization ?? Authorization ?? undefined, apiKey ?? undefined)
}

/** Whether the query of a URL has what looks like a credential. */
export function hasCredentialInUrl(url: string): boolean {
  const query = url.indexOf('?')
  if (query === -1) return false
  return [...new URLSearchParams(url.slice(query)).keys()].some((name) => NAMES_IN_URL.has(name.toLowerCase()))
}

function oneCredential(authorization: unknown, apiKey: unknown): string | undefined {
  if (authorization === undefined && apiKey === undefined) return undefined
  if (authorization !== undefined && apiKey !== undefined) throw new UnauthenticatedError('two credentials')
  const sent = authorization ?? apiKey
  const token = typeof sent === 'string' && authorization !== undefined ? BEARER.exec(sent)?.[1] : sent
  if (typeof token !== 'string' || token === '') throw new UnauthenticatedError('malformed')
  return token
}
