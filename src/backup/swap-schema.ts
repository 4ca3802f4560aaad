import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { BackupError } from './backup-error.ts'
import { quoted } from './backup-tables.ts'

type Client = Pick<pg.ClientBase, 'query'>

interface OwnedObject {
  readonly kind: 'MATERIALIZED VIEW' | 'TABLE' | 'FUNCTION' | 'TYPE'
  readonly name: string
}

/**
 * Put everything of one schema into the place of what has the same names in another, and remove the empty schema. Servers
 * may be reading meanwhile: they wait for the end of the transaction.
 * @throws BackupError when what is there is in use for too long, or something else is built upon it
 */
export async function swapSchema(client: Client, from: string, to: string): Promise<void> {
  const { rows: objects } = await client.query<OwnedObject>(OBJECTS, [from])
  await dropOld(client, to, objects)
  for (const { kind, name } of objects)
    await client.query(`ALTER ${kind} ${quoted(from)}.${nameOf({ kind, name })} SET SCHEMA ${quoted(to)}`)
  // Nothing is left in it, or this fails.
  await client.query(`DROP SCHEMA ${quoted(from)}`)
}

/** Views before the tables that they read, and types behind those that use them. */
const OBJECTS = `
  SELECT * FROM (
    SELECT CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind, relname::text AS name
      FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'm')
    UNION ALL SELECT 'FUNCTION', proname FROM pg_proc WHERE pronamespace = to_regnamespace($1)
    UNION ALL SELECT 'TYPE', typname FROM pg_type WHERE typnamespace = to_regnamespace($1) AND typtype = 'e') AS owned
  ORDER BY array_position(ARRAY['MATERIALIZED VIEW', 'TABLE', 'FUNCTION', 'TYPE'], kind), name`

/** Our functions are those of triggers: they take nothing. */
function nameOf({ kind, name }: OwnedObject): string {
  return kind === 'FUNCTION' ? `${quoted(name)}()` : quoted(name)
}

/**
 * How often to try, how long to wait for a lock each time, and until the next try, in milliseconds. Readers take their locks in
 * an order of their own: whoever waits for less than PostgreSQL's `deadlock_timeout` (a second) is in no deadlock.
 */
const TRIES = { most: 40, waitMs: 400, pauseMs: 250 }
const IN_USE = new Set(['55P03', '40P01'])
const DEPENDED_ON = '2BP01'

async function dropOld(client: Client, schema: string, objects: readonly OwnedObject[]): Promise<void> {
  const drops = dropStatements(schema, objects)
  await client.query(`SET LOCAL lock_timeout = ${TRIES.waitMs}; SET LOCAL client_min_messages = warning`)
  for (let tries = 1; ; tries++) {
    try {
      await client.query(`SAVEPOINT old; ${drops}; RELEASE SAVEPOINT old`)
      break
    } catch (error) {
      await client.query('ROLLBACK TO SAVEPOINT old')
      const { code = '', detail } = error as { readonly code?: string; readonly detail?: string }
      if (code === DEPENDED_ON)
        throw new BackupError(
          `Something is built upon the tables of the catalog, and must be dropped first:\n${detail}`,
        )
      if (!IN_USE.has(code)) throw error
      if (tries === TRIES.most)
        throw new BackupError('The tables of the catalog are in use all the time. Stop the servers, and restore again.')
      await sleep(TRIES.pauseMs)
    }
  }
  await client.query('SET LOCAL lock_timeout = 0')
}

function dropStatements(schema: string, objects: readonly OwnedObject[]): string {
  const kinds = [...new Set(objects.map(({ kind }) => kind))]
  const named = (kind: string) => objects.filter((object) => object.kind === kind)
  const list = (kind: string) => named(kind).map((object) => `${quoted(schema)}.${nameOf(object)}`)
  return kinds.map((kind) => `DROP ${kind} IF EXISTS ${list(kind).join(', ')}`).join('; ')
}
