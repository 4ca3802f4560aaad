import type { ServerResponse } from 'node:http'
import type { RequestInfo } from './request-info.ts'

/** Of every answer. GraphiQL has its scripts and styles in its page, so that no policy of sources is given. */
const SAFETY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
const SAFETY_LIST = Object.entries(SAFETY).flat()

/** Set what every answer has, before it is known who will give it. */
export function setCommonHeaders(response: ServerResponse, { requestId }: RequestInfo): void {
  response.setHeader('x-request-id', requestId)
  for (const [name, value] of Object.entries(SAFETY)) response.setHeader(name, value)
  response.setHeader('cache-control', 'no-store')
}

/** The same and others for an answer that is ready, as `writeHead` takes them without looking at each: name, value, name, value. */
export function commonHeaders({ requestId }: RequestInfo, others: Readonly<Record<string, string>>): string[] {
  const list = ['x-request-id', requestId, ...SAFETY_LIST]
  if (others['cache-control'] === undefined) list.push('cache-control', 'no-store')
  for (const name in others) list.push(name, others[name] ?? '')
  return list
}
