import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anonymousRole, checkCredentials, createFirstAdminKey } from './auth/access.ts'
import { createAuthenticator } from './auth/authenticator.ts'
import { fillEmptyCatalog, type Progress } from './catalog/starter.ts'
import { RevisionFeed } from './changes/feed.ts'
import { type Config, isLocal } from './config.ts'
import { connectWithRetry } from './db/connect.ts'
import { type Database, openDatabase } from './db/database.ts'
import { CredentialWatch } from './http/credential-watch.ts'
import { createGate } from './http/gate.ts'
import { createGraphqlServer } from './http/graphql-server.ts'
import { createHttpServer } from './http/http-server.ts'
import { createRateLimits } from './http/rate-limits.ts'
import { Readiness } from './http/readiness.ts'
import { createWebsocketServer } from './http/websocket-server.ts'
import type { Logger } from './logger.ts'

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
  const readiness = new Readiness()
  let served: Database | undefined
  const edge = createEdge(config, logger, readiness, () => served)
  const database = await openDatabase(config, onLost ? { onLost } : {})
  const stop = once(async () => {
    readiness.stopping()
    await edge.stop()
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
    signal?.throwIfAborted()
    // So far, and until the catalog is loaded, the port only answers that nothing is served yet.
    await checkCredentials(config, database)
    if (config.STARTER_CATALOG) await fillEmptyCatalog(database, onProgress ?? (() => {}))
    const adminKey = await createFirstAdminKey(config, database)
    served = database
    readiness.loaded()
    return { url: urlOf(edge.server, config), stop, adminKey, ...(await countTools(database)) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Everything between the port and the database. */
function createEdge(config: Config, logger: Logger, readiness: Readiness, database: () => Database | undefined) {
  const authenticator = createAuthenticator({ config, logger, database, anonymousRole: anonymousRole(config) })
  const feed = new RevisionFeed(database, logger)
  const parts = {
    config,
    logger,
    readiness,
    database,
    feed,
    isServed: () => database() !== undefined,
    gate: createGate({ authenticator, limits: createRateLimits(config) }),
    watch: new CredentialWatch(authenticator.stillGood, logger),
    // Whoever works on a machine of their own may have every hint.
    telling: { suggestsToReaders: isLocal(config) },
  }
  const graphql = createGraphqlServer(parts)
  const server = createHttpServer({ ...parts, graphql })
  const websockets = createWebsocketServer({ ...parts, graphql })
  server.on('upgrade', (request, socket, head) => void websockets.upgrade(request, socket, head))
  const stop = async () => {
    const closed = closeServer(server, config.SHUTDOWN_TIMEOUT_MS)
    // First those who are told to come back, then the streams that simply end.
    await websockets.stop()
    feed.stop()
    await closed
    await authenticator.stop()
  }
  return { server, stop }
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
