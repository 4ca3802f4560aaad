import type pg from 'pg'
import { readMigrations } from '../db/migrations.ts'
import { buildSchema, currentSchema, describeSchema, type SchemaObjects } from '../db/schema-build.ts'
import { inTransaction } from '../db/transaction.ts'
import { type Check, type CheckContext, type Finding, ok, problem } from './finding.ts'

/** Never committed. */
const COMPARED = 'tool_catalog_doctor'

/** Not allowed to create a schema, or on a standby. */
const NOT_ALLOWED = new Set(['42501', '25006'])

/** Compare what is there with what the migrations make: they are run once more, beside it, and undone. */
export const checkSchema: Check = async (context) => {
  const check = 'schema'
  try {
    const { expected, present } = await bothSchemas(context)
    const missing = missingObjects(expected, present)
    const changed = [...expected].flatMap(([object, { definition }]) =>
      present.has(object) && present.get(object)?.definition !== definition ? [object] : [],
    )
    const indexes = (object: string) => object.startsWith('index ')
    return [
      ...missingFindings(missing.filter((object) => !indexes(object))),
      ...missing.filter(indexes).map((object) => missingIndex(object.slice(6), expected.get(object)?.definition ?? '')),
      ...(changed.length === 0
        ? []
        : [problem(check, 'failed', `not as the migrations made it: ${changed.join(', ')}`, RESTORE)]),
      ...(missing.length + changed.length === 0
        ? [ok(check, `all ${expected.size} objects are as they should be`)]
        : []),
    ]
  } catch (error) {
    const { code = '', message } = error as { readonly code?: string; readonly message: string }
    if (NOT_ALLOWED.has(code)) return [{ check, status: 'skipped', says: `it cannot be compared: ${message}` }]
    throw error
  }
}

/** Where a whole table is missing, nothing is said of what belongs to it. */
function missingObjects(expected: SchemaObjects, present: SchemaObjects): string[] {
  const isThere = (table: string) => present.has(`table ${table}`) || present.has(`view ${table}`)
  return [...expected].flatMap(([object, { of }]) =>
    present.has(object) || (of !== null && !isThere(of)) ? [] : [object],
  )
}

const RESTORE =
  'Put it right by hand, or take a backup and restore it, which builds everything anew; if rows are lost, restore the last backup (docs/backup.md).'

function missingFindings(missing: readonly string[]): Finding[] {
  return missing.length === 0 ? [] : [problem('schema', 'failed', `missing: ${missing.join(', ')}`, RESTORE)]
}

function missingIndex(name: string, definition: string): Finding {
  // Without a lock that writers would wait for.
  const statement = definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')
  return problem('indexes', 'failed', `the index ${name} is missing: what it served is slow`, `Run: ${statement};`)
}

function bothSchemas({ database }: CheckContext): Promise<{ expected: SchemaObjects; present: SchemaObjects }> {
  const read = async (client: pg.ClientBase) => {
    const { rows } = await client.query<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations')
    const applied = new Set(rows.map(({ name }) => name))
    const present = await describeSchema(client, await currentSchema(client))
    await buildSchema(
      client,
      COMPARED,
      readMigrations().filter(({ name }) => applied.has(name)),
    )
    return { present, expected: await describeSchema(client, COMPARED) }
  }
  return inTransaction(database.pool, 'BEGIN; SET LOCAL statement_timeout = 0', read, 'ROLLBACK')
}

/** An index that nobody uses is worth a word when it is large, and the figures are old enough. */
export const UNUSED = { bytes: 16 * 1024 * 1024, days: 7 }

export const checkIndexes: Check = async ({ database }) => {
  const check = 'indexes'
  const { rows: invalid } = await database.pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index JOIN pg_class c ON c.oid = indexrelid
     WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND NOT (indisvalid AND indisready) ORDER BY 1`,
  )
  const unused = await unusedIndexes(database, UNUSED)
  const findings = [
    ...invalid.map(({ name }) =>
      problem(
        check,
        'failed',
        `the index ${name} is invalid: it is not used`,
        `Run: REINDEX INDEX CONCURRENTLY ${name};`,
      ),
    ),
    ...unused,
  ]
  return findings.length > 0 ? findings : [ok(check, 'none is invalid, and none is large and unused')]
}

/** @param limits from where on it is worth a word */
export async function unusedIndexes(
  { pool }: Pick<CheckContext['database'], 'pool'>,
  limits: typeof UNUSED,
): Promise<Finding[]> {
  const { rows } = await pool.query<{ name: string; size: string }>(
    `SELECT indexrelname AS name, pg_size_pretty(pg_relation_size(s.indexrelid)) AS size
     FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
     WHERE s.schemaname = current_schema() AND idx_scan = 0 AND NOT indisunique AND pg_relation_size(s.indexrelid) >= $1
       AND (SELECT coalesce(stats_reset, pg_postmaster_start_time()) FROM pg_stat_database WHERE datname = current_database())
         <= now() - $2::float8 * interval '1 day'
     ORDER BY pg_relation_size(s.indexrelid) DESC, 1`,
    [limits.bytes, limits.days],
  )
  return rows.map(({ name, size }) =>
    problem(
      'indexes',
      'warning',
      `nobody has used the index ${name} (${size}) since the statistics began`,
      'Look at all replicas of the database, and say so upstream: every write pays for it.',
    ),
  )
}
