import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { type Config, isLocal } from '../config.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Exposition, Format } from '../telemetry/exposition.ts'
import { clientAddress } from './client-address.ts'
import type { Route } from './graphql-route.ts'
import type { RateLimits } from './rate-limits.ts'
import { refuse } from './refusal.ts'

export interface MetricsRouteOptions {
  readonly config: Pick<Config, 'METRICS_TOKEN' | 'METRICS_PORT' | 'DATABASE_URL' | 'HOST' | 'TRUST_PROXY'>
  readonly limits: RateLimits
  readonly performance: Pick<Measurements, 'authFailures'>
  readonly exposition: Exposition
}

/** `/metrics` for Prometheus, and the same figures as `/metrics.json` for people and scripts. */
export function createMetricsRoutes(options: MetricsRouteOptions): Readonly<Record<string, Route>> {
  const { exposition } = options
  const check = createCheck(options)
  const giving =
    (answer: (response: ServerResponse, headers: IncomingHttpHeaders) => Promise<void>): Route =>
    async (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw refuse.method('GET, HEAD')
      await check(request.headers, clientAddress(request, options.config.TRUST_PROXY))
      await answer(response, request.headers)
    }
  return {
    '/metrics': giving(async (response, { accept }) => {
      const { contentType, text } = await exposition.write(formatOf(accept))
      response.writeHead(200, { 'content-type': contentType }).end(text)
    }),
    '/metrics.json': giving(async (response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(await exposition.json())
    }),
  }
}

type Check = (headers: IncomingHttpHeaders, address: string) => Promise<void> | void

/** Whoever reaches a port of their own may read them, unless a token is asked for; at the port of everybody, only on the machine of a newcomer. */
function createCheck({ config, limits, performance }: MetricsRouteOptions): Check {
  const { METRICS_TOKEN: token, METRICS_PORT: port } = config
  if (token === undefined) {
    return () => {
      if (port === undefined && !isLocal(config)) throw refuse.forbidden('Set METRICS_TOKEN, or METRICS_PORT.')
    }
  }
  const expected = digest(`Bearer ${token}`)
  return async ({ authorization = '' }, address) => {
    await limits.attempt(address)
    if (timingSafeEqual(digest(authorization), expected)) return
    performance.authFailures.add('metrics_token')
    await limits.failure(address)
    throw refuse.badCredential()
  }
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** OpenMetrics when that is preferred, as a Prometheus says it; the text format otherwise. */
function formatOf(accept = ''): Format {
  return qualityOf(accept, 'application/openmetrics-text') > qualityOf(accept, 'text/plain')
    ? 'openMetrics'
    : 'prometheus'
}

/** The highest quality of a media type (RFC 9110, 12.5.1); 0 when it is not named. */
function qualityOf(accept: string, type: string): number {
  const ranges = accept.split(',').map((range) => range.split(';').map((part) => part.trim().toLowerCase()))
  const qualities = ranges
    .filter(([name]) => name === type)
    .map((parts) => Number(parts.find((part) => part.startsWith('q='))?.slice(2) ?? 1))
  return Math.max(0, ...qualities)
}
