import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type ColumnType,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import { NO_FILTERS, withSchemaEngine } from './schema-engine.ts'

const SCHEMA = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url))

/** The SQL that would turn the database behind `factory` into `prisma/schema.prisma`; empty when it already is. */
export async function schemaDrift(factory: SqlMigrationAwareDriverAdapterFactory): Promise<string> {
  const text = readFileSync(SCHEMA, 'utf8')
  const files = [{ path: SCHEMA, content: text }]
  const { stdout } = await withSchemaEngine(readingCharColumns(factory), { path: SCHEMA, text }, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    }),
  )
  const sql = stdout ?? ''
  return sql.trim() === '-- This is an empty migration.' ? '' : sql
}

/** Columns of PostgreSQL's one-byte type "char" that the engine reads from the system tables, under its names for them. */
const CHAR_COLUMNS = new Set(['constraint_type', 'confdeltype', 'confupdtype'])

/** adapter-pg 7.10.1 refuses these columns ("Unsupported column type char"): they are read as text, and labelled again. */
function readingCharColumns(factory: SqlMigrationAwareDriverAdapterFactory): SqlMigrationAwareDriverAdapterFactory {
  const asText = (query: SqlQuery): SqlQuery => ({
    ...query,
    sql: query.sql
      .replace(/\bconstr\.contype AS/g, 'constr.contype::text AS')
      .replace(/\bcon\.(confdeltype|confupdtype),/g, 'con.$1::text AS $1,'),
  })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect()
      const queryRaw = adapter.queryRaw.bind(adapter)
      adapter.queryRaw = async (query) => {
        const result = await queryRaw(asText(query))
        const typeOf = (type: ColumnType, index: number) =>
          CHAR_COLUMNS.has(result.columnNames[index] ?? '') ? ColumnTypeEnum.Character : type
        return { ...result, columnTypes: result.columnTypes.map(typeOf) }
      }
      return adapter
    },
  }
}
