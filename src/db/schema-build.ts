import type pg from 'pg'
import type { Migration } from './migrations.ts'

type Client = Pick<pg.ClientBase, 'query'>

/** The schema that a connection works in. */
export async function currentSchema(client: Client): Promise<string> {
  const { rows } = await client.query<{ schema: string | null }>('SELECT current_schema() AS schema')
  const schema = rows[0]?.schema
  if (!schema) throw new Error('The database has no schema that this user may use: see search_path')
  return schema
}

/**
 * Begin to build the tables of these migrations a second time, beside what is there. The rest of the transaction, and nothing
 * else, sees them under their usual names. Migrations run one after the other inside a transaction, which is
 * why they may hold nothing that PostgreSQL refuses there.
 */
export async function buildSchema(client: Client, name: string, migrations: readonly Migration[]): Promise<void> {
  const beside = await currentSchema(client)
  // The first migration asks for it only where it is not there yet: it must not become a part of the copy.
  await client.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE SCHEMA ${quote(name)};
    SET LOCAL client_min_messages = warning; SET LOCAL search_path = ${quote(name)}, ${quote(beside)}`)
  await runMigrations(client, migrations)
}

export async function runMigrations(client: Client, migrations: readonly Migration[]): Promise<void> {
  for (const { sql } of migrations) await client.query(sql)
}

/** How an object of a schema is made, and the table that it belongs to, if it does. */
interface SchemaObject {
  readonly definition: string
  readonly of: string | null
}

/** By kind and name: `index tools_pkey`. */
export type SchemaObjects = ReadonlyMap<string, SchemaObject>

/** What of a schema makes a difference to the catalog: columns, constraints, indexes, triggers, views, functions, types. */
export async function describeSchema(client: Client, schema: string): Promise<SchemaObjects> {
  const { rows } = await client.query<SchemaObject & { object: string }>(OBJECTS, [schema])
  const prefix = `${quoteIfNeeded(schema)}.`
  return new Map(
    rows.map(({ object, definition, of }) => [object, { definition: definition.replaceAll(prefix, ''), of }]),
  )
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** As PostgreSQL prints it. */
function quoteIfNeeded(identifier: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) ? identifier : quote(identifier)
}

/** `_prisma_migrations` is the engine's, and no part of the catalog. */
const OBJECTS = `
  WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
    owned AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN place ON c.relnamespace = place.oid WHERE c.relname <> '_prisma_migrations')
  SELECT CASE relkind WHEN 'm' THEN 'view ' ELSE 'table ' END || relname AS object, '' AS definition, NULL AS of
    FROM owned WHERE relkind IN ('r', 'm')
  UNION ALL SELECT 'column ' || relname || '.' || attname,
      concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END, pg_get_expr(adbin, adrelid), collname), relname
    FROM owned JOIN pg_attribute a ON attrelid = owned.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE relkind IN ('r', 'm')
  UNION ALL SELECT 'index ' || relname, pg_get_indexdef(oid), (SELECT t.relname FROM pg_index JOIN pg_class t ON t.oid = indrelid WHERE indexrelid = owned.oid)
    FROM owned WHERE relkind = 'i'
  UNION ALL SELECT 'constraint ' || conname, pg_get_constraintdef(c.oid), relname FROM owned JOIN pg_constraint c ON c.conrelid = owned.oid
  UNION ALL SELECT 'trigger ' || tgname, pg_get_triggerdef(t.oid) || CASE tgenabled WHEN 'O' THEN '' ELSE ' (disabled)' END, relname
    FROM owned JOIN pg_trigger t ON t.tgrelid = owned.oid WHERE NOT tgisinternal
  UNION ALL SELECT 'function ' || proname, prosrc, NULL FROM pg_proc JOIN place ON pronamespace = place.oid
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
  UNION ALL SELECT 'type ' || typname, (SELECT string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), NULL
    FROM pg_type t JOIN place ON typnamespace = place.oid WHERE typtype = 'e'`
