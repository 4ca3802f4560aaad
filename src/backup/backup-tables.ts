import type pg from 'pg'
import { BackupError } from './backup-error.ts'

interface CatalogTable {
  readonly name: string
  /** Order of its rows in a file: the primary key. */
  readonly key: string
  /** The migration that made it. */
  readonly since: string
}

const INIT = '20261122000000_init'
const SAFELY = '20261122170000_change_safely'
const RELOAD = '20261122193526_hot_reload'

/** Every table of a catalog, in an order in which their rows can be put back. */
export const CATALOG_TABLES: readonly CatalogTable[] = [
  { name: 'catalog_state', key: 'id', since: INIT },
  { name: 'change_sets', key: 'revision', since: INIT },
  { name: 'change_events', key: 'revision, position', since: INIT },
  { name: 'tools', key: 'id', since: INIT },
  { name: 'tool_versions', key: 'id', since: INIT },
  { name: 'capabilities', key: 'id', since: INIT },
  { name: 'patterns', key: 'id', since: INIT },
  { name: 'search_words', key: 'word', since: INIT },
  { name: 'api_keys', key: 'id', since: SAFELY },
  { name: 'mutation_receipts', key: 'actor, client_mutation_id', since: SAFELY },
  { name: 'executions', key: 'id', since: SAFELY },
  { name: 'reloads', key: 'id', since: RELOAD },
  { name: 'source_files', key: 'source, path', since: RELOAD },
]

/** A table as the database has it. */
export interface PresentTable {
  readonly name: string
  readonly columns: readonly string[]
  /** Types of the columns, as a cast names them. */
  readonly types: readonly string[]
}

type Client = Pick<pg.ClientBase, 'query'>

/** Which of them are there, by name. */
export async function presentTables(client: Client): Promise<Map<string, PresentTable>> {
  const { rows } = await client.query<PresentTable>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS types
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'r' AND c.relname = ANY($1)
     GROUP BY c.relname`,
    [CATALOG_TABLES.map(({ name }) => name)],
  )
  return new Map(rows.map((row) => [row.name, row]))
}

/**
 * The tables that these migrations have made, in order.
 * @throws BackupError when one is not there: a backup without it would look like one of a catalog that has no such rows
 */
export async function wholeCatalog(
  client: Client,
  migrations: ReadonlySet<string>,
): Promise<(PresentTable & CatalogTable)[]> {
  const present = await presentTables(client)
  return CATALOG_TABLES.filter(({ since }) => migrations.has(since)).map((table) => {
    const found = present.get(table.name)
    if (!found)
      throw new BackupError(
        `The table ${table.name} is missing: the database is damaged. tool-catalog doctor says what else is.`,
      )
    return { ...table, ...found }
  })
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
