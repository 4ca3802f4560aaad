import type { Reader } from '../db/snapshot.ts'

/** One statement as pg_stat_statements tells it, since its figures were reset. */
export interface StatementFigures {
  readonly statement: string
  readonly calls: number
  readonly meanMs: number
  readonly totalMs: number
}

/** Longest text of a statement that is told. */
const MOST_CHARACTERS = 2_000

/** Where the extension is, when it is there, loaded, and we may read it. Asked beforehand: an error ends the snapshot. */
const PLACE = `SELECT format('%I.%I', n.nspname, c.relname) AS view
  FROM pg_extension e
  JOIN pg_class c ON c.relnamespace = e.extnamespace AND c.relname = 'pg_stat_statements'
  JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname = 'pg_stat_statements' AND current_setting('pg_stat_statements.max', true) IS NOT NULL
    AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`

/**
 * The statements that take longest on average, among those that the server itself has sent. Only queries and changes of
 * rows: of other statements PostgreSQL keeps the text as it was sent, passwords included.
 * @returns null where the extension is not there
 */
export async function slowestStatements(reader: Reader, first: number): Promise<StatementFigures[] | null> {
  const [place] = await reader.query<{ view: string }>('statementFigures.place', PLACE)
  if (!place) return null
  const rows = await reader.query<StatementFigures>(
    'statementFigures',
    `SELECT query AS statement, calls::float8, mean_exec_time AS "meanMs", total_exec_time AS "totalMs"
     FROM ${place.view}
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
       AND query ~* '^\\s*(select|insert|update|delete|merge|with)\\M'
     ORDER BY mean_exec_time DESC LIMIT $1`,
    [first],
  )
  return rows.map((row) => ({ ...row, statement: withoutTexts(row.statement).slice(0, MOST_CHARACTERS) }))
}

const LITERALS =
  /[eE]'(?:[^'\\]|\\(?:[\s\S]|$)|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/g

/** pg_stat_statements replaces constants, but not when it is short of room just then (PostgreSQL manual, F.32). */
export function withoutTexts(sql: string): string {
  return sql.replace(LITERALS, "'…'")
}
