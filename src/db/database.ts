import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Config } from '../config.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { openEmbedded } from './embedded.ts'
import { applyMigrations } from './migrations.ts'

/** The database as the rest of the program sees it: one pool, whatever is behind it. */
export interface Database {
  readonly kind: 'embedded' | 'server'
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  /** Where it is, without any password. */
  readonly place: string
  /** Apply what is missing; returns the names. */
  migrate(): Promise<string[]>
  close(): Promise<void>
}

export type DatabaseConfig = Pick<
  Config,
  | 'DATABASE_URL'
  | 'DATA_DIR'
  | 'DATABASE_POOL_MIN'
  | 'DATABASE_POOL_MAX'
  | 'DATABASE_CONNECT_TIMEOUT_MS'
  | 'DATABASE_STATEMENT_TIMEOUT_MS'
  | 'DATABASE_LOCK_TIMEOUT_MS'
>

/** A transaction that nobody finishes would hold its locks for ever. */
const IDLE_IN_TRANSACTION_MS = 30_000

/** The embedded database is one session; more connections would only queue behind each other. */
const EMBEDDED_CONNECTIONS = 4

/**
 * Open the embedded database, or a pool to the server that DATABASE_URL names. Does not wait for a server to be there.
 * @param options.mayAttach use the embedded database of a running server instead of refusing (for the CLI)
 * @throws DataDirInUseError
 */
export async function openDatabase(config: DatabaseConfig, options: { mayAttach?: boolean } = {}): Promise<Database> {
  return config.DATABASE_URL === undefined
    ? openEmbeddedDatabase(config, options.mayAttach ?? false)
    : openServerDatabase(config, config.DATABASE_URL)
}

async function openEmbeddedDatabase(config: DatabaseConfig, mayAttach: boolean): Promise<Database> {
  const embedded = await openEmbedded(config.DATA_DIR, mayAttach)
  const { host, port } = embedded
  const settings = { host, port, user: 'postgres', database: 'postgres', max: EMBEDDED_CONNECTIONS }
  const pool = createPool({ ...settings, connectionTimeoutMillis: 60_000 })
  return join(pool, settings, { kind: 'embedded', place: `embedded PostgreSQL in ${config.DATA_DIR}` }, embedded.stop)
}

function openServerDatabase(config: DatabaseConfig, connectionString: string): Database {
  const settings = {
    connectionString,
    min: config.DATABASE_POOL_MIN,
    max: config.DATABASE_POOL_MAX,
    connectionTimeoutMillis: config.DATABASE_CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  }
  const timeouts = {
    statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
    lock_timeout: config.DATABASE_LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    application_name: 'tool-catalog',
  }
  const url = new URL(connectionString)
  const place = `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`
  return join(createPool({ ...settings, ...timeouts }), settings, { kind: 'server', place }, async () => {})
}

function createPool(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(settings)
  // An idle connection that breaks is reported here, and without a listener it would end the process.
  pool.on('error', () => {})
  return pool
}

function join(
  pool: pg.Pool,
  settings: pg.PoolConfig,
  about: Pick<Database, 'kind' | 'place'>,
  stop: () => Promise<void>,
): Database {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })
  return {
    ...about,
    pool,
    prisma,
    migrate: () => migrate(pool, settings),
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
      await stop()
    },
  }
}

/** The schema engine never closes its connection, and a migration may take longer than any statement should. */
async function migrate(pool: pg.Pool, settings: pg.PoolConfig): Promise<string[]> {
  const own = createPool({ ...settings, min: 0 })
  try {
    return await applyMigrations(pool, new PrismaPg(own, { disposeExternalPool: false }))
  } finally {
    await own.end()
  }
}
