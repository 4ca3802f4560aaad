import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { anonymousRole } from '../auth/access.ts'
import { createAuthenticator } from '../auth/authenticator.ts'
import type { CatalogCache } from '../catalog/catalog-cache.ts'
import { ToolCounts } from '../catalog/tool-counts.ts'
import type { ChangeFeed } from '../changes/feed.ts'
import { ChangeHub } from '../changes/hub.ts'
import { type Config, isLocal } from '../config.ts'
import type { Database } from '../db/database.ts'
import { schema } from '../graphql/schema.ts'
import type { Logger } from '../logger.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Reloading } from '../reload/reloading.ts'
import { packageVersion } from '../telemetry/build.ts'
import { Exposition } from '../telemetry/exposition.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { CredentialWatch } from './credential-watch.ts'
import { DirectQueries } from './direct-queries.ts'
import { createGate } from './gate.ts'
import { createGraphqlServer } from './graphql-server.ts'
import { createHttpServer, createRoutes } from './http-server.ts'
import { KeptAnswers } from './kept-answers.ts'
import { createMetricsRoutes } from './metrics-route.ts'
import { createContextOf } from './operation-context.ts'
import { recordStreams } from './operation-figures.ts'
import { PersistedOperations } from './persisted-operations.ts'
import { PreparedOperations } from './prepared-operations.ts'
import { createRateLimits } from './rate-limits.ts'
import type { Readiness } from './readiness.ts'
import type { ResponseCache } from './response-cache.ts'
import { createSubscribe } from './subscribe.ts'
import { TextMemory } from './text-memory.ts'
import { createWebsocketServer } from './websocket-server.ts'

/** Everything between the port and the database. */
export function createEdge(
  config: Config,
  logger: Logger,
  readiness: Readiness,
  {
    feed,
    cache,
    responses,
    performance,
    tracing,
    reloading,
    database,
  }: {
    readonly feed: ChangeFeed
    readonly cache: CatalogCache
    readonly responses: ResponseCache
    readonly performance: Measurements
    readonly tracing: Tracing | undefined
    readonly reloading: Reloading
    readonly database: () => Database | undefined
  },
) {
  const authenticator = createAuthenticator({ config, logger, database, anonymousRole: anonymousRole(config) })
  const hub = new ChangeHub(feed, database)
  const watch = new CredentialWatch(authenticator.stillGood, logger)
  // Whoever works on a machine of their own may have every hint.
  const telling = { suggestsToReaders: isLocal(config) }
  const limits = createRateLimits(config, (limit) => performance.rateLimited.add(limit))
  const parts = {
    config,
    logger,
    readiness,
    database,
    feed,
    hub,
    cache,
    performance,
    tracing,
    reloading,
    isServed: () => database() !== undefined,
    limits,
    gate: createGate({ authenticator, limits, performance }),
    watch,
    telling,
    subscribe: createSubscribe({ watch, logger, tracing, onBegun: recordStreams(performance) }),
    kept: new KeptAnswers(),
    persisted: new PersistedOperations(),
    contextOf: createContextOf({ config, database, hub, cache, performance, tracing, reloading }),
  }
  const operations = new PreparedOperations(schema, config, new TextMemory(config.CACHE_MAX_BYTES / 4))
  const direct = new DirectQueries({ ...parts, responses, operations, sharedMaxAge: config.CDN_MAX_AGE_SECONDS })
  const graphql = createGraphqlServer(parts)
  const exposition = new Exposition({
    performance,
    database,
    reloads: reloading.figures,
    feed,
    cache,
    hub,
    tools: new ToolCounts(database, feed),
    readiness,
    build: { version: packageVersion(), database: config.DATABASE_URL === undefined ? 'embedded' : 'server' },
  })
  const metrics = createMetricsRoutes({ config, limits, performance, exposition })
  const hasOwnPort = config.METRICS_PORT !== undefined
  const server = createHttpServer(parts, createRoutes({ ...parts, graphql, direct }, hasOwnPort ? {} : metrics))
  const metricsServer = hasOwnPort ? createHttpServer(parts, metrics) : undefined
  const websockets = createWebsocketServer({ ...parts, graphql })
  server.on('upgrade', (request, socket, head) => void websockets.upgrade(request, socket, head))
  const stop = async () => {
    const drain = drainOf(config)
    // Ready no more, and serving all the same: who distributes the requests has to notice first.
    if (database()) await sleep(drain.delayMs)
    // First those who are told to come back, then the streams that simply end, then what is under way.
    await websockets.stop(drain.ms)
    hub.stop()
    reloading.feed.stop()
    await closeServer(server, config.SHUTDOWN_TIMEOUT_MS)
    // It tells until then how the stopping goes.
    metricsServer?.closeAllConnections()
    metricsServer?.close()
    await authenticator.stop()
  }
  return { server, metricsServer, stop }
}

/** A server with a database of its own has no other replica that its clients could go to. */
export function drainOf({ DATABASE_URL, DRAIN_DELAY_MS, DRAIN_MS }: Config): {
  readonly delayMs: number
  readonly ms: number
} {
  return DATABASE_URL === undefined ? { delayMs: 0, ms: 0 } : { delayMs: DRAIN_DELAY_MS, ms: DRAIN_MS }
}

/** Take no more connections, let running requests finish for so long, then cut them off. */
async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // A keep-alive connection that was busy is idle when its request is done, and nobody else closes it then.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}
