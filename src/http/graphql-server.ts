import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { type Context, createContext } from '../graphql/context.ts'
import { schema } from '../graphql/schema.ts'
import type { Logger } from '../logger.ts'
import { EXAMPLE_QUERY } from './example-query.ts'
import { type ServerContext, useMaskedErrors, useRequestInfo, useSnapshotRevision } from './graphql-plugins.ts'
import { maskError } from './mask-error.ts'

export interface GraphqlServerOptions {
  readonly config: Pick<Config, 'GRAPHIQL' | 'MAX_BODY_BYTES'>
  readonly logger: Logger
  /** The database, once the catalog is ready to be served. */
  readonly database: () => Database | undefined
}

export type GraphqlServer = ReturnType<typeof createGraphqlServer>

/** GraphQL over HTTP and SSE at /graphql, with GraphiQL for browsers. */
export function createGraphqlServer({ config, logger, database }: GraphqlServerOptions) {
  return createYoga<ServerContext, Context>({
    schema,
    context: () => {
      const opened = database()
      if (!opened) throw notReady()
      return createContext(opened)
    },
    plugins: [useRequestInfo(), useMaskedErrors(logger), useSnapshotRevision()],
    // For what goes wrong outside resolvers; theirs are masked by the plugin, which knows the request.
    maskedErrors: { maskError: (error) => maskError(error, logger) },
    maxRequestBodySize: config.MAX_BODY_BYTES,
    multipart: false,
    landingPage: false,
    graphiql: config.GRAPHIQL ? { title: 'Tool Catalog', defaultQuery: EXAMPLE_QUERY } : false,
    renderGraphiQL,
    logging: yogaLogging(logger),
    // No cross-origin access unless a proxy adds it: a page of somebody else must not read a catalog through a browser.
    cors: false,
    healthCheckEndpoint: '/health',
  })
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

function notReady(): GraphQLError {
  return new GraphQLError('The catalog is not loaded yet. See /ready.', {
    extensions: { code: 'NOT_READY', http: { status: 503 } },
  })
}
