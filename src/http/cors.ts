import type { IncomingMessage, ServerResponse } from 'node:http'

/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_SECONDS = 600

/**
 * Let pages of the allowed origins, and no others, call the API. Without credentials of the browser: there are no cookies
 * here, and what a page sends by itself it may send.
 * @returns whether the request was a preflight, which is answered now
 */
export function answerCors(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return false
  response.setHeader('vary', 'origin')
  const { origin } = request.headers
  if (origin === undefined || !allowed.includes(origin)) return false
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', 'x-request-id, x-catalog-revision, retry-after')
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false
  response
    .writeHead(204, {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, authorization, x-api-key, x-request-id, x-catalog-min-revision',
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    })
    .end()
  return true
}

/** Whether a page that opens a websocket is one of ours, or of an allowed origin; what is not a browser has no origin. */
export function isOriginAllowed({ headers: { origin, host } }: IncomingMessage, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
