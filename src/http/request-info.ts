import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { OperationType } from '../performance/operation-timings.ts'

/** What is known of one HTTP request while it is served: written by the GraphQL plugins, read by the request log. */
export interface RequestInfo {
  readonly requestId: string
  operation: string | undefined
  /** Of the operation, once its document has been read. */
  type: OperationType | undefined
  /** Whether the operation is in the figures already. */
  isCounted: boolean
  /** Of the request that opened a websocket: what comes through that is of its trace. */
  traceHeaders: IncomingHttpHeaders | undefined
  /** Of its trace, when it has one. */
  traceId: string | undefined
  /** Who asked, once that is known. */
  actor: string | undefined
  /** `extensions.code` of the first error of the answer. */
  code: string | undefined
  /** Revision the answer was read at. */
  revision: string | undefined
}

const CALLERS_ID = /^[A-Za-z0-9-]{1,64}$/

/** The caller's request id when it is harmless in a log and a header, a new one otherwise. */
export function createRequestInfo(callersId: string | string[] | undefined): RequestInfo {
  const requestId = typeof callersId === 'string' && CALLERS_ID.test(callersId) ? callersId : randomUUID()
  return {
    requestId,
    operation: undefined,
    type: undefined,
    isCounted: false,
    traceHeaders: undefined,
    traceId: undefined,
    actor: undefined,
    code: undefined,
    revision: undefined,
  }
}

/** The path of a request, without the query, which may hold what should not be logged. */
export function pathOf({ url }: IncomingMessage): string {
  const whole = url ?? '/'
  const end = whole.indexOf('?')
  const path = end < 0 ? whole : whole.slice(0, end)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
