import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { anonymousRole, checkCredentials, createFirstAdminKey } from './auth/access.ts'
import { createAuthenticator } from './auth/authenticator.ts'
import type { Progress } from './catalog/starter.ts'
import { scheduleCompaction } from './changes/compaction-schedule.ts'
import { ChangeFeed } from './changes/feed.ts'
import { ChangeHub } from './changes/hub.ts'
import { type Config, isLocal } from './config.ts'
import { connectWithRetry } from './db/connect.ts'
import { type Database, openDatabase } from './db/database.ts'
import { CredentialWatch } from './http/credential-watch.ts'
import { createGate } from './http/gate.ts'
import { createGraphqlServer } from './http/graphql-server.ts'
import { createHttpServer } from './http/http-server.ts'
import { createRateLimits } from './http/rate-limits.ts'
import { Readiness } from './http/readiness.ts'
import { createSubscribe } from './http/subscribe.ts'
import { createWebsocketServer } from './http/websocket-server.ts'
import type { Logger } from './logger.ts'
import { Reloading } from './reload/reloading.ts'
import { loadStarter } from './reload/starter-reload.ts'

/** How long closing the database may take once the last request was cut off, in milliseconds. */
const CLOSING_MS = 1_500

/** A running catalog server. */
export interface App {
  /** Address of the GraphQL endpoint. */
  readonly url: string
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
  const readiness = new Readiness(() => feed.isFollowing)
  const reloading = new Reloading({ config, logger, database: () => migrated })
  const edge = createEdge(config, logger, readiness, { feed, reloading, database: () => served })
  const database = await openDatabase(config, onLost ? { onLost } : {})
  let stopCompaction: (() => Promise<void>) | undefined
  const stop = once(async () => {
    readiness.stopping()
    await edge.stop()
    await stopCompaction?.()
    await reloading.stop()
    await feed.stop()
    await database.close()
  })
  try {
    await listen(edge.server, config)
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
    await reloading.start(database)
    stopCompaction = startCompaction(config, database, logger)
    served = database
    readiness.loaded()
    return { url: urlOf(edge.server, config), stop, adminKey, ...(await countTools(database)) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Everything between the port and the database. */
function createEdge(
  config: Config,
  logger: Logger,
  readiness: Readiness,
  {
    feed,
    reloading,
    database,
  }: {
    readonly feed: ChangeFeed
    readonly reloading: Reloading
    readonly database: () => Database | undefined
  },
) {
  const authenticator = createAuthenticator({ config, logger, database, anonymousRole: anonymousRole(config) })
  const hub = new ChangeHub(feed, database)
  const watch = new CredentialWatch(authenticator.stillGood, logger)
  // Whoever works on a machine of their own may have every hint.
  const telling = { suggestsToReaders: isLocal(config) }
  const limits = createRateLimits(config)
  const parts = {
    config,
    logger,
    readiness,
    database,
    feed,
    hub,
    reloading,
    isServed: () => database() !== undefined,
    limits,
    gate: createGate({ authenticator, limits }),
    watch,
    telling,
    subscribe: createSubscribe({ watch, logger }),
  }
  const graphql = createGraphqlServer(parts)
  const server = createHttpServer({ ...parts, graphql })
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
    await authenticator.stop()
  }
  return { server, stop }
}

/** A server with a database of its own has no other replica that its clients could go to. */
function drainOf({ DATABASE_URL, DRAIN_DELAY_MS, DRAIN_MS }: Config): {
  readonly delayMs: number
  readonly ms: number
} {
  return DATABASE_URL === undefined ? { delayMs: 0, ms: 0 } : { delayMs: DRAIN_DELAY_MS, ms: DRAIN_MS }
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

async function listen(server: Server, { PORT, HOST }: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(PORT, HOST, resolve)
  })
}

function urlOf(server: Server, { HOST }: Config): string {
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo
  const host = HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST
  return `http://${host}:${port}/graphql`
}

async function countTools({ pool }: Database): Promise<{ tools: number; revision: string }> {
  const { rows } = await pool.query<{ tools: number; revision: string }>(
    'SELECT (SELECT count(*)::int FROM tools WHERE deleted_at IS NULL) AS tools, revision::text FROM catalog_state',
  )
  return rows[0] ?? { tools: 0, revision: '0' }
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

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}
