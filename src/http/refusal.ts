import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'

/** What `maskError` makes of errors; the others of its codes say that something is not there at the moment. */
const STATUS_OF_MASKED: Readonly<Record<string, number>> = { BAD_USER_INPUT: 400, INTERNAL_SERVER_ERROR: 500 }

/**
 * A request that is turned away before anything of it is executed. It says what to do; it never says how close to a
 * limit the caller came, nor what is behind it.
 */
export class Refusal extends GraphQLError {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    // Yoga reads the status and the headers from `http`, and leaves it out of the answer.
    super(message, { extensions: { code, http: { status, headers: { ...headers } } } })
  }

  /** An error as `maskError` gives it, of no place in an answer: it is the whole answer. */
  static of(error: GraphQLError): Refusal {
    if (error instanceof Refusal) return error
    const code = String(error.extensions.code)
    return new Refusal(code, STATUS_OF_MASKED[code] ?? 503, error.message)
  }
}

const challenge = { 'www-authenticate': 'Bearer' }
const retryAfter = (seconds: number) => ({ 'retry-after': String(Math.max(1, Math.ceil(seconds))) })

/** Every refusal there is. */
export const refuse = {
  tokenInUrl: () =>
    new Refusal('TOKEN_IN_URL', 400, 'A credential in the URL ends up in logs. Send it as a header, and replace it.'),
  badCredential: () => new Refusal('UNAUTHENTICATED', 401, 'The credential is not valid.', challenge),
  badSignature: () => new Refusal('BAD_SIGNATURE', 401, 'The signature of the webhook is missing or wrong.'),
  webhookTime: () => new Refusal('WEBHOOK_TIME', 401, 'The webhook was sent too long ago, or in the future.'),
  webhookRepeated: () => new Refusal('WEBHOOK_REPEATED', 409, 'A webhook of this id came before.'),
  noCredential: () =>
    new Refusal('UNAUTHENTICATED', 401, 'Send an API key or a token: Authorization: Bearer …', challenge),
  forbidden: (message: string) => new Refusal('FORBIDDEN', 403, message),
  origin: () => new Refusal('ORIGIN_NOT_ALLOWED', 403, 'Pages of this origin may not open websockets here.'),
  foreignHost: () =>
    new Refusal('FOREIGN_HOST', 421, 'This server is for this machine: call it localhost or 127.0.0.1.'),
  notFound: () => new Refusal('NOT_FOUND', 404, 'There is nothing here.'),
  method: (allow: string) => new Refusal('METHOD_NOT_ALLOWED', 405, `Only ${allow} works here.`, { allow }),
  slowBody: () =>
    new Refusal('REQUEST_TIMEOUT', 408, 'The body of the request took too long.', { connection: 'close' }),
  tooLarge: () => new Refusal('PAYLOAD_TOO_LARGE', 413, 'The body of the request is too large.'),
  mediaType: (message: string) => new Refusal('UNSUPPORTED_MEDIA_TYPE', 415, message),
  // Clients know these two by their message: urql does not look at codes.
  persistedNotFound: () => new Refusal('PERSISTED_QUERY_NOT_FOUND', 404, 'PersistedQueryNotFound'),
  persistedMismatch: () => new Refusal('PERSISTED_QUERY_MISMATCH', 400, 'PersistedQueryMismatch'),
  notJson: () => new Refusal('BAD_REQUEST', 400, 'The body of the request is not JSON in UTF-8.'),
  rateLimited: (seconds: number) =>
    new Refusal('RATE_LIMITED', 429, 'Too many requests. Try again later.', retryAfter(seconds)),
  tooManySockets: () => new Refusal('SOCKET_LIMIT', 429, 'Too many websockets are open.', retryAfter(10)),
  tooManySubscriptions: () => new Refusal('SUBSCRIPTION_LIMIT', 429, 'Too many subscriptions are open.'),
  badRevision: () => new Refusal('BAD_USER_INPUT', 400, 'x-catalog-min-revision must be a revision: digits.'),
  revisionNotYet: () =>
    new Refusal('REVISION_NOT_YET_AVAILABLE', 503, 'This replica has not seen that revision yet.', retryAfter(1)),
  notReady: () => new Refusal('NOT_READY', 503, 'The catalog is not served at the moment. See /ready.', retryAfter(1)),
  databaseAway: () =>
    new Refusal('DATABASE_UNAVAILABLE', 503, 'The database is not reachable at the moment.', retryAfter(1)),
  tooManyTokens: () => new Refusal('TOKEN_LIMIT', 400, 'The document is too long.'),
  tooManyAliases: () => new Refusal('ALIAS_LIMIT', 400, 'Too many aliases.'),
  tooManyDirectives: () => new Refusal('DIRECTIVE_LIMIT', 400, 'Too many directives.'),
  tooDeep: () => new Refusal('DEPTH_LIMIT', 400, 'Nested too deeply.'),
  tooCostly: () =>
    new Refusal('COST_LIMIT', 400, 'The answer could become too large. Ask for smaller pages or fewer fields.'),
  introspection: () => new Refusal('INTROSPECTION_DISABLED', 400, 'The schema is not told here.'),
  subscriptionsOnly: () =>
    new Refusal('SUBSCRIPTIONS_ONLY', 400, 'Websockets are for subscriptions. Send queries and mutations over HTTP.'),
}

/** Answer in the form of GraphQL over HTTP. */
export function answerRefusal(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const type = request.headers.accept?.includes('application/graphql-response+json')
    ? 'application/graphql-response+json'
    : 'application/json'
  response
    .writeHead(refusal.status, { ...refusal.headers, 'content-type': `${type}; charset=utf-8` })
    .end(refusalBody(refusal))
}

export function refusalBody({ message, code }: Refusal): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] })
}
