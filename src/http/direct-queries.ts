import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import type { CatalogCache } from '../catalog/catalog-cache.ts'
import { isUnavailable } from '../db/error-code.ts'
import type { Place } from '../db/snapshot.ts'
import { executeWhereItIs } from '../graphql/context.ts'
import { AnswerBody } from './answer-body.ts'
import { answerHeaders, isNotModified } from './answer-headers.ts'
import { commonHeaders } from './common-headers.ts'
import { negotiate } from './content-type.ts'
import type { ServerContext } from './graphql-plugins.ts'
import { credentialName, type KeptAnswers, requestKey } from './kept-answers.ts'
import type { ContextOf } from './operation-context.ts'
import type { PersistedOperations } from './persisted-operations.ts'
import type { PreparedOperation, WriteData } from './prepared-operation.ts'
import type { PreparedOperations } from './prepared-operations.ts'
import type { ReadyAnswer, ResponseCache } from './response-cache.ts'

export interface DirectQueriesOptions {
  readonly cache: CatalogCache
  readonly responses: ResponseCache
  readonly operations: PreparedOperations
  readonly persisted: PersistedOperations
  readonly kept: KeptAnswers
  /** Seconds that a cache between may keep an answer to anybody. */
  readonly sharedMaxAge: number
  readonly contextOf: ContextOf
}

/** A query on its way: what came, and what of its answer is already decided. */
interface Query {
  readonly server: ServerContext
  /** Its parameters as they came: the body of a POST, the query of a URL. */
  readonly raw: string
  readonly isGet: boolean
  readonly contentType: string
  /** Everything that the answer depends on, beside the revision. */
  readonly key: string
}

/** What came of executing it here: when it cannot be answered here, what the long way may spare itself. */
type Executed = { readonly answer: ReadyAnswer } | { readonly failed: ExecutionResult | undefined }

/**
 * The short way of plain queries: from the request to the bytes of an answer, without Yoga. An answer that was
 * given before, at this revision and to the same role, is sent again; a document that came before is executed as
 * it was compiled. Whatever is not a good answer to a valid query is left to the long way, which knows how to refuse.
 */
export class DirectQueries {
  readonly #options: DirectQueriesOptions
  readonly #executing = new Map<string, { readonly place: Place; readonly execution: Promise<Executed> }>()

  constructor(options: DirectQueriesOptions) {
    this.#options = options
  }

  /** @returns what is left to do on the long way; undefined when it was answered */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    server: ServerContext,
  ): Promise<ServerContext | undefined> {
    const query = this.#queryOf(request, server)
    if (!query) return server
    const ready = this.#find(query)
    const executed = ready ? { answer: ready } : await this.#execute(query)
    if (!('answer' in executed)) return { ...server, failed: executed.failed }
    this.#send(executed.answer, query, request, response)
    return undefined
  }

  #queryOf({ method, url = '', headers }: IncomingMessage, server: ServerContext): Query | undefined {
    const { viewer } = server.caller
    // While the database is away the long way knows what may be said.
    if (viewer.unconfirmed || !this.#options.cache.isFollowing) return undefined
    const isGet = method === 'GET'
    const raw = isGet ? url.slice(url.indexOf('?') + 1) : server.body
    const contentType = negotiate(headers.accept)
    if (raw === undefined || contentType === undefined) return undefined
    const key = `${viewer.role} ${isGet ? 'GET' : 'POST'} ${contentType} ${raw}`
    return { server, raw, isGet, contentType, key }
  }

  #find({ key }: Query): ReadyAnswer | undefined {
    const { cache, responses } = this.#options
    return cache.place && responses.find(key, cache.place)
  }

  /** Those who ask the same at the same moment share one execution. */
  async #execute(query: Query): Promise<Executed> {
    const { place } = this.#options.cache
    const running = this.#executing.get(query.key)
    if (place && running?.place === place) {
      const shared = await running.execution
      if ('answer' in shared) return shared
    }
    const execution = this.#executeNow(query)
    if (!place || running) return execution
    this.#executing.set(query.key, { place, execution })
    try {
      return await execution
    } finally {
      this.#executing.delete(query.key)
    }
  }

  async #executeNow(query: Query): Promise<Executed> {
    const prepared = this.#prepare(query)
    if (!prepared) return { failed: undefined }
    const { operation, write } = prepared
    const context = this.#options.contextOf(query.server, this.#options.cache.place)
    try {
      const data = await executeWhereItIs(context, () => write(context))
      const place = await context.reader.open()
      const body = new AnswerBody(data, '{"data":', `,"extensions":{"revision":"${place.revision}"}}`)
      const isStable = operation.isStable && context.isCacheable
      const answer = { body, place, operation: operation.name, isStable, givenTo: new Set<string>() }
      if (isStable) this.#options.responses.keep(query.key, answer)
      return { answer }
    } catch (error) {
      return { failed: isUnavailable(error) ? failure(error) : undefined }
    } finally {
      await context.reader.end()
    }
  }

  /** How to answer it; undefined when only the long way can, or can say why not. */
  #prepare(query: Query): { readonly operation: PreparedOperation; readonly write: WriteData } | undefined {
    try {
      const params = this.#paramsOf(query)
      const { query: document, operationName, variables } = params ?? {}
      const operation =
        document == null ? undefined : this.#options.operations.find(document, operationName ?? undefined)
      const write = operation?.prepare(variables ?? {})
      if (!params || !operation || !write) return undefined
      this.#options.persisted.learn(params)
      return { operation, write }
    } catch {
      return undefined
    }
  }

  /** @throws Error for what is no JSON, and for an unknown hash */
  #paramsOf({ raw, isGet }: Query): GraphQLParams | undefined {
    const params = isGet ? paramsOfUrl(raw) : (JSON.parse(raw) as unknown)
    return isPlain(params) ? this.#options.persisted.expand(params) : undefined
  }

  #send(answer: ReadyAnswer, query: Query, request: IncomingMessage, response: ServerResponse): void {
    const { server, raw, isGet, contentType, key } = query
    const { caller, info } = server
    const revision = String(answer.place.revision)
    const credential = credentialName(caller.viewer)
    if (!answer.givenTo.has(credential) && this.#options.kept.keep(requestKey(credential, raw), revision, answer.body))
      answer.givenTo.add(credential)
    info.operation = answer.operation
    info.type = 'query'
    info.revision = revision
    const headers = answerHeaders(answer, { caller, isGet, key, sharedMaxAge: this.#options.sharedMaxAge })
    if (isGet && isNotModified(request.headers['if-none-match'], headers.etag)) {
      response.writeHead(304, commonHeaders(info, headers)).end()
      return
    }
    headers['content-type'] = contentType
    headers['content-length'] = String(answer.body.bytes)
    answer.body.endOf(response.writeHead(200, commonHeaders(info, headers)))
  }
}

/** As the long way would have it from an execution of its own. */
function failure(error: unknown): ExecutionResult {
  const originalError = error instanceof Error ? error : undefined
  return { errors: [new GraphQLError('The database is away', { originalError })] }
}

const PARAMETERS = new Set(['query', 'operationName', 'variables', 'extensions'])

/** Whether it is what Yoga would take without a word. */
function isPlain(params: unknown): params is GraphQLParams {
  if (!isRecord(params) || Object.keys(params).some((name) => !PARAMETERS.has(name))) return false
  const { query, operationName, variables, extensions } = params
  return (
    (query == null || typeof query === 'string') &&
    // An empty name names none, and is refused.
    (operationName == null || (typeof operationName === 'string' && operationName !== '')) &&
    (variables == null || isRecord(variables)) &&
    (extensions == null || isRecord(extensions))
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function paramsOfUrl(search: string): unknown {
  const given = new URLSearchParams(search)
  const text = (name: string) => given.get(name) || undefined
  const json = (name: string): unknown => JSON.parse(text(name) ?? 'null')
  return {
    query: text('query'),
    operationName: text('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  }
}
