import type pg from 'pg'
import { BackupError } from './backup-error.ts'
import { presentTables, quoted } from './backup-tables.ts'

type Client = Pick<pg.ClientBase, 'query'>

/** What a restore would replace. */
export interface RestoreTarget {
  /** Whether there is nothing that anybody could miss. */
  readonly isEmpty: boolean
  /** Undefined where the tables do not tell. */
  readonly revision: string | undefined
  readonly tools: number | undefined
  readonly keys: number | undefined
  /** Tables that cannot be read. */
  readonly unreadable: readonly string[]
}

/** Look at what is there, as far as that can be read: it may be damaged, which is why somebody restores. */
export async function inspectTarget(client: Client): Promise<RestoreTarget> {
  const rows = new Map<string, boolean>()
  const unreadable: string[] = []
  for (const name of (await presentTables(client)).keys()) {
    // An empty catalog has these rows, too.
    const condition = name === 'catalog_state' ? ' WHERE revision > 0' : ''
    const found = await attempt(client, `SELECT EXISTS (SELECT FROM ${quoted(name)}${condition}) AS value`)
    if (found === undefined) unreadable.push(name)
    else rows.set(name, found === true)
  }
  const number = async (sql: string) => {
    const value = await attempt(client, sql)
    return value == null ? undefined : Number(value)
  }
  const revision = await attempt(client, 'SELECT revision::text AS value FROM catalog_state')
  return {
    isEmpty: unreadable.length === 0 && ![...rows.values()].includes(true),
    revision: typeof revision === 'string' ? revision : undefined,
    tools: await number('SELECT count(*)::int AS value FROM tools WHERE deleted_at IS NULL'),
    keys: await number('SELECT count(*)::int AS value FROM api_keys WHERE revoked_at IS NULL'),
    unreadable,
  }
}

/** The value, or undefined when the statement fails: the transaction goes on either way. */
async function attempt(client: Client, sql: string): Promise<unknown> {
  await client.query('SAVEPOINT attempt')
  try {
    const { rows } = await client.query<{ value: unknown }>(sql)
    await client.query('RELEASE SAVEPOINT attempt')
    return rows[0]?.value
  } catch {
    await client.query('ROLLBACK TO SAVEPOINT attempt')
    return undefined
  }
}

/** @throws BackupError */
export function refuseToReplace({ revision, tools, keys, unreadable }: RestoreTarget): never {
  const there = [
    ...(revision === undefined ? [] : [`revision ${revision}`]),
    ...(tools === undefined ? [] : [`tools: ${tools}`]),
    ...(keys === undefined ? [] : [`API keys: ${keys}`]),
    ...(unreadable.length === 0 ? [] : [`it cannot be read: ${unreadable.join(', ')}`]),
  ]
  throw new BackupError(
    `The catalog is not empty (${there.join(', ')}). A restore replaces all of it: say --replace, or name an empty database.`,
  )
}
