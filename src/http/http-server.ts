import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import { definitionJsonSchema } from '../definition/json-schema.ts'
import { createRequestLog, type Logger } from '../logger.ts'
import type { HttpRoute } from '../performance/http-figures.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { setCommonHeaders } from './common-headers.ts'
import { answerCors } from './cors.ts'
import { createGraphqlRoutes, GRAPHQL_PATH, type GraphqlRouteOptions, type Route } from './graphql-route.ts'
import { checkHost } from './host.ts'
import { maskError } from './mask-error.ts'
import { type OperationFigures, recordOperation } from './operation-figures.ts'
import type { Readiness } from './readiness.ts'
import { answerRefusal, Refusal, refuse } from './refusal.ts'
import { createReloadHook, RELOAD_HOOK_PATH, type ReloadHookOptions } from './reload-hook.ts'
import { RequestAbortedError } from './request-body.ts'
import { createRequestInfo, pathOf, type RequestInfo } from './request-info.ts'

export interface RoutesOptions extends GraphqlRouteOptions, Omit<ReloadHookOptions, 'config'> {
  readonly config: GraphqlRouteOptions['config'] & ReloadHookOptions['config']
  readonly readiness: Readiness
}

/** Longest time to receive the head of a request, and all of it, in milliseconds; a body has a shorter time of its own. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
/** How often Node looks for requests over these times, in milliseconds. */
const TIMEOUT_CHECK_MS = 1_000

const PROBES = new Set(['/health', '/ready', '/metrics', '/metrics.json'])
const OPERATION_PATHS = new Set([GRAPHQL_PATH, `${GRAPHQL_PATH}/import`])

/** What a server of HTTP has to know, whatever it answers. */
export interface ServingOptions {
  readonly config: Pick<Config, 'DATABASE_URL' | 'HOST' | 'ALLOWED_ORIGINS'>
  readonly readiness: Pick<Readiness, 'isStopping'>
  readonly logger: Logger
  readonly performance: OperationFigures & Pick<Measurements, 'http'>
  readonly tracing: Tracing | undefined
}

/** A server that answers these paths, with one log line for each answer. */
export function createHttpServer(options: ServingOptions, routes: Readonly<Record<string, Route>>): Server {
  const { config, logger, tracing } = options
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
    recordWhenDone(request, response, info, log, options.performance)
    const work = () =>
      void answer(request, response, info).catch((error: unknown) =>
        answerError(error, request, response, info, logger),
      )
    if (tracing && !PROBES.has(pathOf(request))) traced(tracing, request, response, info, work)
    else work()
  })
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  return server
}

/** Everything that is answered over HTTP at the port of everybody. */
export function createRoutes(
  options: RoutesOptions,
  more: Readonly<Record<string, Route>>,
): Readonly<Record<string, Route>> {
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
    ...more,
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

/** Answer a request as the first step of its trace, which ends with the answer. */
function traced(
  tracing: Tracing,
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  work: () => void,
): void {
  const { method = '' } = request
  const path = pathOf(request)
  const route = ROUTE_OF_PATH.has(path) ? path : 'other'
  const attributes = { 'http.request.method': method, 'http.route': route, 'tool_catalog.request_id': info.requestId }
  const step = tracing.request(`${method} ${route}`, request.headers, attributes)
  info.traceId = step.traceId
  response.on('close', () => {
    const { statusCode } = response
    step.set({ 'http.response.status_code': statusCode, 'tool_catalog.revision': info.revision })
    step.end(statusCode >= 500 ? statusCode : undefined)
  })
  step.run(work)
}

/** Into the figures and into the log, when the answer has left or the caller has. */
function recordWhenDone(
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  log: ReturnType<typeof createRequestLog>,
  figures: ServingOptions['performance'],
): void {
  const started = performance.now()
  // A route may rewrite the URL.
  const path = pathOf(request)
  response.on('close', () => {
    const { requestId, operation, type, actor, code, traceId } = info
    const took = performance.now() - started
    const ms = Math.round(took * 10) / 10
    const { statusCode: status, headersSent } = response
    figures.http.record(
      ROUTE_OF_PATH.get(path) ?? 'other',
      headersSent ? status : GONE,
      isStream(response, info) ? undefined : took,
    )
    if (isAnswer(path, response, info)) recordOperation({ operation, type, code, ms: took }, figures)
    const { method } = request
    // Only the path: a query string may hold what should not be logged. Probes come every few seconds, for ever.
    log({ requestId, method, path, status, actor, operation, code, traceId, ms }, PROBES.has(path) ? 'debug' : 'info')
  })
}

/** What nginx calls a caller that has gone before the answer. */
const GONE = 499

const ROUTE_OF_PATH = new Map<string, HttpRoute>([
  [GRAPHQL_PATH, 'graphql'],
  [`${GRAPHQL_PATH}/import`, 'import'],
  [RELOAD_HOOK_PATH, 'hook'],
  ['/health', 'health'],
  ['/ready', 'ready'],
  ['/metrics', 'metrics'],
  ['/metrics.json', 'metrics'],
])

function isStream(response: ServerResponse, { revision }: RequestInfo): boolean {
  return revision === undefined && String(response.getHeader('content-type')).startsWith('text/event-stream')
}

/** Of an operation, and not the beginning of a stream, the page for people, or nothing because the caller has gone. */
function isAnswer(path: string, response: ServerResponse, { revision, code, isCounted }: RequestInfo): boolean {
  if (!OPERATION_PATHS.has(path) || isCounted) return false
  return revision !== undefined || code !== undefined || /json\b/.test(String(response.getHeader('content-type')))
}

function sendJson(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body)
}
