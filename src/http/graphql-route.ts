import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChangeFeed } from '../changes/feed.ts'
import { type Config, isOn } from '../config.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { clientAddress } from './client-address.ts'
import { setCommonHeaders } from './common-headers.ts'
import { hasCredentialInUrl } from './credential.ts'
import type { DirectQueries } from './direct-queries.ts'
import { checkImporter, type Gate } from './gate.ts'
import { createGraphiqlPage, wantsPage } from './graphiql-page.ts'
import type { ServerContext } from './graphql-plugins.ts'
import type { GraphqlServer } from './graphql-server.ts'
import { awaitRevision } from './min-revision.ts'
import { refuse } from './refusal.ts'
import { checkMediaType, readBody } from './request-body.ts'
import type { RequestInfo } from './request-info.ts'
import { traceOperation } from './trace-operation.ts'

export const GRAPHQL_PATH = '/graphql'

export interface GraphqlRouteOptions {
  readonly config: Pick<
    Config,
    'DATABASE_URL' | 'HOST' | 'GRAPHIQL' | 'MAX_BODY_BYTES' | 'MAX_IMPORT_BYTES' | 'TRUST_PROXY'
  >
  readonly graphql: GraphqlServer
  readonly direct: DirectQueries
  readonly gate: Gate
  readonly feed: ChangeFeed
  /** Whether the catalog is served yet. */
  readonly isServed: () => boolean
  readonly tracing: Tracing | undefined
}

export type Route = (request: IncomingMessage, response: ServerResponse, info: RequestInfo) => Promise<void> | void

/**
 * An operation's way in: no credential in its URL, somebody who may ask, a body that is JSON and not too large, and only
 * then GraphQL. The same at `/graphql/import`, for larger bodies of fewer callers.
 */
export function createGraphqlRoutes(options: GraphqlRouteOptions): { operation: Route; importing: Route } {
  const { config, graphql, direct, gate, feed, isServed, tracing } = options
  const sendPage = isOn(config.GRAPHIQL, config) ? createGraphiqlPage() : undefined

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    asked: ServerContext,
    isImport: boolean,
  ) => {
    const left = isImport ? asked : await direct.answer(request, response, asked)
    if (!left) return
    setCommonHeaders(response, asked.info)
    await graphql(request, response, left)
  }
  const execute = async (request: IncomingMessage, response: ServerResponse, info: RequestInfo, isImport: boolean) => {
    if (!isServed()) throw refuse.notReady()
    const caller = await gate.request(request.headers, clientAddress(request, config.TRUST_PROXY))
    info.actor = caller.viewer.actor
    if (isImport) checkImporter(caller)
    let body: string | undefined
    if (request.method === 'POST') {
      checkMediaType(request.headers)
      body = await readBody(request, isImport ? config.MAX_IMPORT_BYTES : config.MAX_BODY_BYTES)
    }
    await awaitRevision(request.headers, feed)
    const asked = { info, caller, body, disconnect: () => response.destroy() }
    await (tracing
      ? traceOperation(tracing, info, () => answer(request, response, asked, isImport))
      : answer(request, response, asked, isImport))
  }

  return {
    operation: (request, response, info) => {
      const url = request.url ?? ''
      if (hasCredentialInUrl(url)) throw refuse.tokenInUrl()
      if (wantsPage(request)) {
        setCommonHeaders(response, info)
        if (sendPage) return sendPage(response)
        if (!/[?&]query=/.test(url)) throw refuse.notFound()
      }
      return execute(request, response, info, false)
    },
    importing: (request, response, info) => {
      if (hasCredentialInUrl(request.url ?? '')) throw refuse.tokenInUrl()
      if (request.method !== 'POST') throw refuse.method('POST')
      // Yoga knows one path.
      request.url = GRAPHQL_PATH
      return execute(request, response, info, true)
    },
  }
}
