import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import { definitionJsonSchema } from '../definition/json-schema.ts'
import { createRequestLog, type Logger } from '../logger.ts'
import type { Measurements } from '../performance/measurements.ts'
import { setCommonHeaders } from './common-headers.ts'
import { answerCors } from './cors.ts'
import { createGraphqlRoutes, GRAPHQL_PATH, type GraphqlRouteOptions, type Route } from './graphql-route.ts'
import { checkHost } from './host.ts'
import { maskError } from './mask-error.ts'
import type { Readiness } from './readiness.ts'
import { answerRefusal, Refusal, refuse } from './refusal.ts'
import { createReloadHook, RELOAD_HOOK_PATH, type ReloadHookOptions } from './reload-hook.ts'
import { RequestAbortedError } from './request-body.ts'
import { createRequestInfo, pathOf, type RequestInfo } from './request-info.ts'

export interface HttpServerOptions extends GraphqlRouteOptions, Omit<ReloadHookOptions, 'config'> {
  readonly config: GraphqlRouteOptions['config'] & ReloadHookOptions['config'] & Pick<Config, 'ALLOWED_ORIGINS'>
  readonly readiness: Readiness
  readonly logger: Logger
  readonly performance: Pick<Measurements, 'operations'>
}

/** Longest time to receive the head of a request, and all of it, in milliseconds; a body has a shorter time of its own. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
/** How often Node looks for requests over these times, in milliseconds. */
const TIMEOUT_CHECK_MS = 1_000

const PROBES = new Set(['/health', '/ready'])
const OPERATION_PATHS = new Set([GRAPHQL_PATH, `${GRAPHQL_PATH}/import`])

/** Everything that is answered over HTTP, and one log line for each answer. */
export function createHttpServer(options: HttpServerOptions): Server {
  const { config, logger } = options
  const routes = createRoutes(options)
  const log = createRequestLog(logger)
  const answer = async (request: IncomingMessage, response: ServerResponse, info: RequestInfo) => {
    checkHost(request, config)
    const path = pathOf(request)
    // An answer that is ready has its headers ready, too.
    if (path !== GRAPHQL_PATH || request.method === 'OPTIONS') setCommonHeaders(response, info)
    if (answerCors(request, response, config.ALLOWED_ORIGINS)) return
    const route = routes[path]
    if (!route) throw refuse.notFound()
    await route(request, response, info)
  }
  const server = createServer({ connectionsCheckingInterval: TIMEOUT_CHECK_MS }, (request, response) => {
    const info = createRequestInfo(request.headers['x-request-id'])
    // Nobody shall send a request on a connection that is about to be closed.
    if (options.readiness.isStopping) response.setHeader('connection', 'close')
    logWhenDone(request, response, info, log, options.performance)
    answer(request, response, info).catch((error: unknown) => answerError(error, request, response, info, logger))
  })
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  return server
}

function createRoutes(options: HttpServerOptions): Readonly<Record<string, Route>> {
  const jsonSchema = JSON.stringify(definitionJsonSchema(), null, 2)
  const { operation, importing } = createGraphqlRoutes(options)
  return Object.assign(Object.create(null), {
    [GRAPHQL_PATH]: operation,
    [`${GRAPHQL_PATH}/import`]: importing,
    [RELOAD_HOOK_PATH]: createReloadHook(options),
    '/': reading((response) => response.writeHead(302, { location: GRAPHQL_PATH }).end()),
    '/health': reading((response) => response.writeHead(200).end()),
    '/ready': reading(async (response) => {
      const report = await options.readiness.report()
      sendJson(response, report.ready ? 200 : 503, JSON.stringify(report))
    }),
    '/definition.schema.json': reading((response) => sendJson(response, 200, jsonSchema, 'application/schema+json')),
  } satisfies Record<string, Route>)
}

/** A route that only gives. */
function reading(answer: (response: ServerResponse) => unknown): Route {
  return async ({ method }, response) => {
    if (method !== 'GET' && method !== 'HEAD') throw refuse.method('GET, HEAD')
    await answer(response)
  }
}

function answerError(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  logger: Logger,
): void {
  if (error instanceof RequestAbortedError || response.headersSent) {
    response.destroy()
    return
  }
  const refusal = Refusal.of(maskError(error, logger, info.requestId))
  info.code = refusal.code
  setCommonHeaders(response, info)
  answerRefusal(request, response, refusal)
}

function logWhenDone(
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  log: ReturnType<typeof createRequestLog>,
  { operations }: HttpServerOptions['performance'],
): void {
  const started = performance.now()
  response.on('close', () => {
    // Only the path: a query string may hold what should not be logged.
    const path = pathOf(request)
    const { requestId, operation, actor, code } = info
    const took = performance.now() - started
    const ms = Math.round(took * 10) / 10
    if (isAnswer(path, response, info)) operations.record(operation, took, code !== undefined)
    const { method } = request
    const { statusCode: status } = response
    // Probes come every few seconds, for ever.
    log({ requestId, method, path, status, actor, operation, code, ms }, PROBES.has(path) ? 'debug' : 'info')
  })
}

/** Of an operation, and not the beginning of a stream, the page for people, or nothing because the caller has gone. */
function isAnswer(path: string, response: ServerResponse, { revision }: RequestInfo): boolean {
  if (!OPERATION_PATHS.has(path)) return false
  return revision !== undefined || /json\b/.test(String(response.getHeader('content-type')))
}

function sendJson(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body)
}
