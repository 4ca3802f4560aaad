import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Config } from '../config.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { QueryFigures } from '../performance/query-figures.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { exchangeTickets } from './carried-values.ts'
import { cutConnection } from './cut-connection.ts'
import { type OpenOptions, openEmbedded } from './embedded.ts'
import { createMeasuredPool } from './measured-pool.ts'
import { applyMigrations, MigrationError, pendingMigrations } from './migrations.ts'

/** A revision that this process has committed. */
export interface LocalCommit {
  readonly revision: string
  readonly actor: string
  readonly source: string
  readonly message: string | undefined
  readonly requestId: string | undefined
  readonly startedAt: Date
  /** From the beginning of the write to the end of its COMMIT, in milliseconds. */
  readonly durationMs: number
}

/** The database as the rest of the program sees it: one pool, whatever is behind it. */
export interface Database {
  readonly kind: 'embedded' | 'server'
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  /** What passes through the pool. */
  readonly queries: QueryFigures
  /** Whether a statement that comes again may be sent under a name, so that it is parsed once. */
  readonly preparesByName: boolean
  /** Called after each commit of this process. They must not throw. */
  readonly commitListeners: Set<(commit: LocalCommit) => void>
  /** A connection beside the pool, and beside a pooler, not yet connected: for LISTEN, which both would not keep. */
  createClient(settings: Pick<pg.ClientConfig, 'query_timeout'>): pg.Client
  /** Cut every connection of the pool: what waits on one fails at once, and the next query gets a new one. */
  dropConnections(): void
  /** Where it is, without any password; and where LISTEN and migrations go, when that is elsewhere. */
  readonly place: string
  readonly directPlace?: string | undefined
  /** Apply what is missing; returns the names. */
  migrate(): Promise<string[]>
  close(): Promise<void>
}

export type DatabaseConfig = Pick<
  Config,
  | 'DATABASE_URL'
  | 'DATABASE_DIRECT_URL'
  | 'DATABASE_PREPARED_STATEMENTS'
  | 'DATA_DIR'
  | 'DATABASE_POOL_MIN'
  | 'DATABASE_POOL_MAX'
  | 'DATABASE_CONNECT_TIMEOUT_MS'
  | 'DATABASE_STATEMENT_TIMEOUT_MS'
  | 'DATABASE_LOCK_TIMEOUT_MS'
>

/** A transaction that nobody finishes would hold its locks for ever. */
const IDLE_IN_TRANSACTION_MS = 30_000

/** Spelling suggestions look for words less alike than pg_trgm's usual 0.3: two letters swapped in `grep` leave 0.25. */
const SESSION = 'SET pg_trgm.similarity_threshold = 0.2'

/** The embedded database is one session; more connections would only queue behind each other. */
const EMBEDDED_CONNECTIONS = 4

/** One that keeps other replicas waiting, and those of the schema engine. */
const MIGRATION_CONNECTIONS = 4

/**
 * Open the embedded database, or a pool to the server that DATABASE_URL names. Does not wait for a server to be there.
 * @throws DataDirInUseError
 */
export async function openDatabase(config: DatabaseConfig, options: OpenOptions = {}): Promise<Database> {
  return config.DATABASE_URL === undefined
    ? openEmbeddedDatabase(config, options)
    : openServerDatabase(config, config.DATABASE_URL, options)
}

async function openEmbeddedDatabase(config: DatabaseConfig, options: OpenOptions): Promise<Database> {
  const embedded = await openEmbedded(config.DATA_DIR, options)
  const { host, port } = embedded
  const settings = { host, port, user: 'postgres', database: 'postgres', max: EMBEDDED_CONNECTIONS }
  const connections = createPool({ ...settings, connectionTimeoutMillis: 60_000 }, options.tracing)
  const place = `embedded PostgreSQL in ${config.DATA_DIR}`
  // The one session is shared, and so would be the names of its statements.
  const about = { kind: 'embedded', place, preparesByName: false } as const
  const database = join(connections, settings, about, embedded.stop)
  return embedded.isAttached ? { ...database, migrate: () => refuseToMigrate(connections.pool) } : database
}

function openServerDatabase(config: DatabaseConfig, connectionString: string, { tracing }: OpenOptions): Database {
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
  const { DATABASE_DIRECT_URL: directUrl, DATABASE_PREPARED_STATEMENTS: preparesByName } = config
  const direct = { ...settings, connectionString: directUrl ?? connectionString }
  const directPlace = directUrl === undefined ? undefined : placeOf(directUrl)
  const about = { kind: 'server', place: placeOf(connectionString), directPlace, preparesByName } as const
  return join(createPool({ ...settings, ...timeouts }, tracing), direct, about, async () => {})
}

function placeOf(connectionString: string): string {
  const url = new URL(connectionString)
  return `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`
}

interface Connections {
  readonly pool: pg.Pool
  readonly queries: QueryFigures
  readonly opened: ReadonlySet<pg.Client>
}

function createPool(settings: pg.PoolConfig, tracing?: Tracing): Connections {
  const opened = new Set<pg.Client>()
  const queries = new QueryFigures()
  // It is waited for, which its type does not say, before anybody gets the connection.
  const onConnect = (client: pg.ClientBase): unknown => client.query(SESSION)
  const pool = createMeasuredPool({ ...settings, onConnect }, { figures: queries, tracing })
  // An idle connection that breaks is reported here, and without a listener it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    // The same for one that breaks while it is lent out: the query under way rejects by itself.
    client.on('error', () => {})
    opened.add(client)
  })
  pool.on('remove', (client) => opened.delete(client))
  return { pool, queries, opened }
}

function join(
  { pool, queries, opened }: Connections,
  direct: pg.PoolConfig,
  about: Pick<Database, 'kind' | 'place' | 'directPlace' | 'preparesByName'>,
  stop: () => Promise<void>,
): Database {
  const adapter = exchangeTickets(new PrismaPg(pool, { disposeExternalPool: false }))
  const prisma = new PrismaClient({ adapter })
  return {
    ...about,
    pool,
    prisma,
    queries,
    commitListeners: new Set(),
    createClient: (own) => new pg.Client({ ...direct, ...own, application_name: 'tool-catalog feed' }),
    dropConnections: () => {
      for (const client of opened) cutConnection(client)
    },
    migrate: () => migrate(direct),
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
      await stop()
    },
  }
}

/** Only the process that has the directory open migrates it: one session cannot keep two migrations apart. */
async function refuseToMigrate(pool: pg.Pool): Promise<string[]> {
  const pending = await pendingMigrations(pool)
  if (pending.length > 0) throw new MigrationError('The server is still preparing its database. Try again in a moment.')
  return []
}

/**
 * The schema engine never closes its connection, and a migration may take longer than any statement should. Their locks belong to
 * sessions: a pooler that lends a session for a transaction would keep them when everybody has gone.
 */
async function migrate(direct: pg.PoolConfig): Promise<string[]> {
  const { pool: own } = createPool({ ...direct, min: 0, max: MIGRATION_CONNECTIONS })
  try {
    return await applyMigrations(own, new PrismaPg(own, { disposeExternalPool: false }))
  } finally {
    await own.end()
  }
}
