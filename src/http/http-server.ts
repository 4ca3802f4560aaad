import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { definitionJsonSchema } from '../definition/json-schema.ts'
import type { Logger } from '../logger.ts'
import type { GraphqlServer } from './graphql-server.ts'
import type { Readiness } from './readiness.ts'
import { createRequestInfo, type RequestInfo } from './request-info.ts'

export interface HttpServerOptions {
  readonly graphql: GraphqlServer
  readonly readiness: Readiness
  readonly logger: Logger
}

/** Longest time to receive a whole request, in milliseconds: a slow sender may not hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 10_000

const PROBES = new Set(['/health', '/ready'])

/** Everything that is answered over HTTP, and one log line for each answer. */
export function createHttpServer({ graphql, readiness, logger }: HttpServerOptions): Server {
  const jsonSchema = JSON.stringify(definitionJsonSchema(), null, 2)
  const routes: Record<string, (response: ServerResponse) => Promise<void> | void> = {
    '/': (response) => redirect(response, '/graphql'),
    '/ready': async (response) => {
      const report = await readiness.report()
      sendJson(response, report.ready ? 200 : 503, JSON.stringify(report))
    },
    '/definition.schema.json': (response) => sendJson(response, 200, jsonSchema, 'application/schema+json'),
  }
  const server = createServer((request, response) => {
    const info = createRequestInfo(request.headers['x-request-id'])
    response.setHeader('x-request-id', info.requestId)
    response.setHeader('x-content-type-options', 'nosniff')
    logWhenDone(request, response, info, logger)
    const route = request.method === 'GET' || request.method === 'HEAD' ? routes[pathOf(request)] : undefined
    const answer = route ? Promise.resolve(route(response)) : Promise.resolve(graphql(request, response, { info }))
    answer.catch((error: unknown) => {
      logger.error({ err: error, requestId: info.requestId }, 'Request failed')
      if (!response.headersSent) sendJson(response, 500, JSON.stringify({ error: 'Unexpected error.' }))
      else response.destroy()
    })
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = REQUEST_TIMEOUT_MS
  return server
}

function logWhenDone(request: IncomingMessage, response: ServerResponse, info: RequestInfo, logger: Logger): void {
  const started = performance.now()
  response.once('close', () => {
    const { requestId, operation, code } = info
    const ms = Math.round((performance.now() - started) * 10) / 10
    const path = pathOf(request)
    // Only the path: a query string may hold what should not be logged. Probes come every few seconds, for ever.
    logger[PROBES.has(path) ? 'debug' : 'info'](
      { requestId, method: request.method, path, status: response.statusCode, operation, code, ms },
      'request',
    )
  })
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function sendJson(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body)
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end()
}
