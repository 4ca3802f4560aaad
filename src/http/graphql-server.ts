import { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { type Config, isOn } from '../config.ts'
import type { Context } from '../graphql/context.ts'
import { schema } from '../graphql/schema.ts'
import type { Logger } from '../logger.ts'
import type { CredentialWatch } from './credential-watch.ts'
import type { QueryLimits } from './document-checks.ts'
import {
  type ServerContext,
  useMaskedErrors,
  useMemory,
  useRequestInfo,
  useSnapshotRevision,
  useSubscribe,
} from './graphql-plugins.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { maskError } from './mask-error.ts'
import type { ContextOf } from './operation-context.ts'
import { type PersistedOperations, usePersistedOperations } from './persisted-operations.ts'
import { Refusal } from './refusal.ts'
import type { Subscribe } from './subscribe.ts'
import { type Telling, useToldErrors } from './told-errors.ts'
import { useIntrospection } from './use-introspection.ts'
import { useQueryLimits } from './use-query-limits.ts'
import { useRequestBody } from './use-request-body.ts'
import { useStaleAnswers } from './use-stale-answers.ts'
import { type StreamLimits, useStreamLimits } from './use-stream-limits.ts'

export interface GraphqlServerOptions {
  readonly config: QueryLimits & StreamLimits & Pick<Config, 'INTROSPECTION' | 'DATABASE_URL' | 'HOST'>
  readonly logger: Logger
  readonly watch: CredentialWatch
  readonly telling: Telling
  readonly subscribe: Subscribe
  readonly kept: KeptAnswers
  readonly persisted: PersistedOperations
  readonly contextOf: ContextOf
}

export type GraphqlServer = ReturnType<typeof createGraphqlServer>

/** Most characters of all the documents that are kept parsed, and of one of them. */
const KEPT_CHARACTERS = { maxSize: 8_000_000, maxEntrySize: 64_000 }

/** GraphQL over HTTP and SSE; the operations of websockets go through it too. */
export function createGraphqlServer(options: GraphqlServerOptions) {
  const { config, logger, watch, telling, subscribe, kept, persisted, contextOf } = options
  return createYoga<ServerContext, Context>({
    schema,
    context: (server) => contextOf(server),
    plugins: [
      useRequestBody(),
      usePersistedOperations(persisted),
      useRequestInfo(),
      useQueryLimits(config),
      useIntrospection(isOn(config.INTROSPECTION, config)),
      useSubscribe(subscribe),
      useStreamLimits(config, watch, logger),
      useMaskedErrors(logger),
      useSnapshotRevision(),
      useMemory(),
      useStaleAnswers(kept),
      useToldErrors(telling),
    ],
    // For what goes wrong outside resolvers; theirs are masked by the plugin, which knows the request.
    maskedErrors: { maskError: (error) => maskRequestError(error, logger) },
    parserAndValidationCache: { documentCache: documentCache(), errorCache: documentCache() },
    // Read, and bounded, before Yoga sees the request: see use-request-body.
    maxRequestBodySize: false,
    multipart: false,
    landingPage: false,
    // See graphiql-page.ts and cors.ts.
    graphiql: false,
    logging: yogaLogging(logger),
    cors: false,
  })
}

/** An error without a place in the answer is one of the whole request, and is its status. */
function maskRequestError(error: unknown, logger: Logger): GraphQLError {
  const masked = maskError(error, logger)
  return error instanceof GraphQLError ? masked : Refusal.of(masked)
}

/** Yoga's own counts documents, of which each may have a megabyte. */
function documentCache<T extends object>() {
  return new LRUCache<string, T>({ ...KEPT_CHARACTERS, max: 1_024, sizeCalculation: (_, text) => text.length + 1 })
}

/** Yoga logs callers' mistakes as errors; those are answers here, and the request log has their code. */
function yogaLogging(logger: Logger) {
  return {
    debug: () => {},
    info: () => {},
    warn: (...words: unknown[]) => logger.warn(words.join(' ')),
    error: (...words: unknown[]) => {
      const err = words.find((word) => word instanceof Error)
      if (err && !(err instanceof GraphQLError)) logger.error({ err }, 'GraphQL server')
    },
  }
}
