import { checkAccess, checkClock, checkDatabase, checkDisk, checkHistory, checkMigrations } from './check-database.ts'
import { checkConnections, checkTransactions } from './check-load.ts'
import { checkIndexes, checkSchema } from './check-schema.ts'
import { type Check, type CheckContext, type Finding, problem } from './finding.ts'

/** Every check of a database, in the order in which they are told. */
const CHECKS: Readonly<Record<string, Check>> = {
  database: checkDatabase,
  clock: checkClock,
  migrations: checkMigrations,
  schema: checkSchema,
  indexes: checkIndexes,
  access: checkAccess,
  connections: checkConnections,
  transactions: checkTransactions,
  disk: checkDisk,
  history: checkHistory,
}

/** What makes no sense before the first migration. */
const OF_CATALOG = new Set(['schema', 'indexes', 'access', 'history'])

async function isMigrated({ database }: CheckContext): Promise<boolean> {
  const { rows } = await database.pool.query<{ is: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS is",
  )
  return rows[0]?.is ?? false
}

/** Run every check, whatever the others find. A check that cannot even run has found something. */
export async function examine(context: CheckContext, skipped: ReadonlySet<string>): Promise<Finding[]> {
  const findings: Finding[] = []
  const hasCatalog = await isMigrated(context)
  for (const [name, check] of Object.entries(CHECKS)) {
    if (skipped.has(name)) findings.push({ check: name, status: 'skipped', says: 'not asked for' })
    else if (!hasCatalog && OF_CATALOG.has(name))
      findings.push({ check: name, status: 'skipped', says: 'there is no catalog yet' })
    else findings.push(...(await check(context).catch((error: Error) => [broken(name, error)])))
  }
  return findings
}

function broken(check: string, error: Error): Finding {
  const advice =
    'The database cannot be read as it should be: see what the other checks say, and restore the last backup.'
  return problem(check, 'failed', error.message, advice)
}
