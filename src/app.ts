import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fillEmptyCatalog, type Progress } from './catalog/starter.ts'
import type { Config } from './config.ts'
import { connectWithRetry } from './db/connect.ts'
import { type Database, openDatabase } from './db/database.ts'
import { createGraphqlServer } from './http/graphql-server.ts'
import { createHttpServer } from './http/http-server.ts'
import { Readiness } from './http/readiness.ts'
import type { Logger } from './logger.ts'

/** A running catalog server. */
export interface App {
  /** Address of the GraphQL endpoint. */
  readonly url: string
  readonly tools: number
  readonly revision: string
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
 * @throws DataDirInUseError, MigrationError, or the system's error for a port that is taken
 */
export async function createApp({ config, logger, onProgress, signal, onLost }: AppOptions): Promise<App> {
  const readiness = new Readiness()
  let served: Database | undefined
  const database = await openDatabase(config, onLost ? { onLost } : {})
  const graphql = createGraphqlServer({ config, logger, database: () => served })
  const server = createHttpServer({ graphql, readiness, logger })
  const stop = once(() => shutDown(server, readiness, database, config.SHUTDOWN_TIMEOUT_MS))
  try {
    await listen(server, config)
    await connectWithRetry(database, logger, signal)
    readiness.opened(database)
    signal?.throwIfAborted()
    const applied = await database.migrate()
    if (applied.length > 0) logger.info({ migrations: applied }, 'Migrations applied')
    readiness.migrated()
    signal?.throwIfAborted()
    if (config.STARTER_CATALOG) await fillEmptyCatalog(database, onProgress ?? (() => {}))
    served = database
    readiness.loaded()
    return { url: urlOf(server, config), stop, ...(await countTools(database)) }
  } catch (error) {
    await stop()
    throw error
  }
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

async function shutDown(server: Server, readiness: Readiness, database: Database, timeoutMs: number): Promise<void> {
  readiness.stopping()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // A keep-alive connection that was busy is idle when its request is done, and nobody else closes it then.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
  await database.close()
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}
