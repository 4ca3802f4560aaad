import type pg from 'pg'
import type { Reader } from '../db/snapshot.ts'

/** Connections to the database. */
export interface PoolFigures {
  readonly total: number
  readonly idle: number
  /** Who waits for one. */
  readonly waiting: number
  readonly most: number
}

/** Use of one index since the database's statistics were reset. */
export interface IndexFigures {
  readonly table: string
  readonly name: string
  readonly scans: number
  readonly rowsRead: number
  readonly bytes: number
}

/** Size of one table. */
export interface TableFigures {
  readonly name: string
  /** As the database estimates them. */
  readonly rows: number
  readonly deadRows: number
  /** With what is stored beside it, without its indexes. */
  readonly bytes: number
  readonly indexBytes: number
}

export function poolFigures({ totalCount, idleCount, waitingCount, options }: pg.Pool): PoolFigures {
  return { total: totalCount, idle: idleCount, waiting: waitingCount, most: options.max }
}

/** The indexes that are used most. What the database does not count is not there. */
export function indexFigures(reader: Reader, first: number): Promise<IndexFigures[]> {
  return reader.query(
    'indexFigures',
    `SELECT relname AS table, indexrelname AS name, idx_scan::float8 AS scans, idx_tup_read::float8 AS "rowsRead",
       pg_relation_size(indexrelid)::float8 AS bytes
     FROM pg_stat_user_indexes WHERE schemaname = current_schema()
     ORDER BY idx_scan DESC, relname, indexrelname LIMIT $1`,
    [first],
  )
}

/** The tables, largest first. */
export function tableFigures(reader: Reader): Promise<TableFigures[]> {
  return reader.query(
    'tableFigures',
    // Counters are lost with a crash; what the last ANALYZE has estimated is not.
    `SELECT s.relname AS name, (CASE WHEN n_live_tup > 0 THEN n_live_tup ELSE greatest(reltuples, 0) END)::float8 AS rows,
       n_dead_tup::float8 AS "deadRows", pg_table_size(relid)::float8 AS bytes, pg_indexes_size(relid)::float8 AS "indexBytes"
     FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = relid WHERE schemaname = current_schema()
     ORDER BY pg_total_relation_size(relid) DESC, s.relname`,
  )
}
