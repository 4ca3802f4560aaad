import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkCredentials, createFirstAdminKey } from './auth/access.ts'
import { CatalogCache } from './catalog/catalog-cache.ts'
import type { Progress } from './catalog/starter.ts'
import { StatisticsRefresh } from './catalog/statistics-refresh.ts'
import { scheduleCompaction } from './changes/compaction-schedule.ts'
import { ChangeFeed } from './changes/feed.ts'
import type { Config } from './config.ts'
import { connectWithRetry } from './db/connect.ts'
import { type Database, openDatabase } from './db/database.ts'
import { createEdge, drainOf } from './http/edge.ts'
import { Readiness } from './http/readiness.ts'
import { ResponseCache } from './http/response-cache.ts'
import type { Logger } from './logger.ts'
import { Measurements } from './performance/measurements.ts'
import { Reloading } from './reload/reloading.ts'
import { loadStarter } from './reload/starter-reload.ts'
import type { Tracing } from './telemetry/tracing.ts'

/** How long closing the database may take once the last request was cut off, in milliseconds. */
const CLOSING_MS = 1_500

/** A running catalog server. */
export interface App {
  /** Address of the GraphQL endpoint. */
  readonly url: string
  /** Address of the metrics for Prometheus. */
  readonly metricsUrl: string
  readonly tools: number
  readonly revision: string
  /** The key of the first administrator, on the first start of a local server: nobody can read it a second time. */
  readonly adminKey: string | undefined
  /** Finish what is running, then close everything. Safe to call more than once. */
  stop(): Promise<void>
}

export interface AppOptions {
  readonly config: Config
  readonly logger: Logger
  /** Progress of the first start's import. */
  readonly onProgress?: Progress
  /** Ends a start that is still going on. */
  readonly signal?: AbortSignal
  /** Called when the embedded database stops by itself: nothing can be served any more. */
  readonly onLost?: (error: Error) => void
}

/**
 * Start the server: the one place where the parts are joined. The port answers at once (`/health`, and `/ready` saying
 * what is missing); the promise resolves when the catalog is served.
 * @throws ConfigError when others could come in before anybody has said who may; DataDirInUseError, MigrationError, or the
 * system's error for a port that is taken
 */
export async function createApp({ config, logger, onProgress, signal, onLost }: AppOptions): Promise<App> {
  let served: Database | undefined
  let migrated: Database | undefined
  const feed = new ChangeFeed(() => migrated, logger)
  const cache = new CatalogCache(feed, { tools: config.CACHE_MAX_ENTRIES, bytes: config.CACHE_MAX_BYTES })
  const readiness = new Readiness(() => feed.isFollowing)
  const reloading = new Reloading({ config, logger, database: () => migrated })
  const responses = new ResponseCache(config.RESPONSE_CACHE_MAX_BYTES)
  const performance = new Measurements(() => [...cache.figures, responses.figures])
  const tracing = await openTracing(config, logger)
  const edge = createEdge(config, logger, readiness, {
    feed,
    cache,
    responses,
    performance,
    tracing,
    reloading,
    database: () => served,
  })
  const database = await openDatabase(config, { tracing, ...(onLost && { onLost }) })
  database.commitListeners.add(cache.committed)
  let stopCompaction: (() => Promise<void>) | undefined
  let statistics: StatisticsRefresh | undefined
  const stop = once(async () => {
    readiness.stopping()
    await edge.stop()
    await stopCompaction?.()
    await statistics?.stop()
    await reloading.stop()
    await cache.tools.stop()
    await feed.stop()
    await database.close()
    performance.stop()
    await tracing?.stop()
  })
  try {
    await listen(edge.server, config.PORT, config)
    if (edge.metricsServer) await listen(edge.metricsServer, config.METRICS_PORT, config)
    await connectWithRetry(database, logger, signal)
    readiness.opened(database)
    signal?.throwIfAborted()
    const applied = await database.migrate()
    if (applied.length > 0) logger.info({ migrations: applied }, 'Migrations applied')
    readiness.migrated()
    migrated = database
    signal?.throwIfAborted()
    // So far, and until the catalog is loaded, the port only answers that nothing is served yet.
    await checkCredentials(config, database)
    const recorder = reloading.record(database)
    if (config.STARTER_CATALOG) await loadStarter(database, recorder, onProgress ?? (() => {}))
    const adminKey = await createFirstAdminKey(config, database)
    await feed.start()
    cache.tools.start(database)
    await reloading.start(database)
    stopCompaction = startCompaction(config, database, logger)
    statistics = new StatisticsRefresh(database, feed, logger)
    served = database
    readiness.loaded()
    const url = urlOf(edge.server, config, '/graphql')
    const metricsUrl = urlOf(edge.metricsServer ?? edge.server, config, '/metrics')
    return { url, metricsUrl, stop, adminKey, ...(await countTools(database)) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** OpenTelemetry is loaded where traces are wanted, and nowhere else. */
async function openTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT, ...config }: Config,
  logger: Logger,
): Promise<Tracing | undefined> {
  if (OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined
  const { startTracing } = await import('./telemetry/otlp-tracing.ts')
  return startTracing({ ...config, OTEL_EXPORTER_OTLP_ENDPOINT }, logger)
}

/** How long stopping may take, in milliseconds. */
export function longestStop(config: Config): number {
  const { delayMs, ms } = drainOf(config)
  return delayMs + ms + config.SHUTDOWN_TIMEOUT_MS + CLOSING_MS
}

function startCompaction(config: Config, database: Database, logger: Logger): () => Promise<void> {
  const retention = { revisions: config.RETENTION_REVISIONS, hours: config.RETENTION_HOURS }
  return scheduleCompaction(database, retention, config.COMPACTION_INTERVAL_MINUTES, logger)
}

async function listen(server: Server, port: number | undefined, { HOST }: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
}

function urlOf(server: Server, { HOST }: Config, path: string): string {
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo
  const host = HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST
  return `http://${host}:${port}${path}`
}

async function countTools({ pool }: Database): Promise<{ tools: number; revision: string }> {
  const { rows } = await pool.query<{ tools: number; revision: string }>(
    'SELECT (SELECT count(*)::int FROM tools WHERE deleted_at IS NULL) AS tools, revision::text FROM catalog_state',
  )
  return rows[0] ?? { tools: 0, revision: '0' }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}
