import { type Config, readConfig } from '../config.ts'
import { DatabaseUnreachableError } from '../db/connect.ts'
import type { Database } from '../db/database.ts'
import { InterruptedError, interruptible } from './interruptible.ts'
import { msSince, type Printer } from './printer.ts'

type Telling = Pick<Printer, 'detail' | 'wait'>

/**
 * Run a command on the database that the environment names, migrated: `applied` names the migrations that this took. An
 * embedded database that a server has open is used through that server's process.
 */
export async function withDatabase<T>(
  printer: Telling,
  work: (database: Database, applied: readonly string[]) => Promise<T>,
): Promise<T> {
  return withDatabaseAsItIs(printer, async (database) => {
    const applied = await printer.wait(`Migrating ${database.place}`, database.migrate())
    for (const name of applied) printer.detail(`${database.place}: migrated by ${name}`)
    return work(database, applied)
  })
}

/**
 * The same without migrating: for what must work on a damaged database, or before an upgrade. Ctrl-C leaves the database as the
 * last transaction did, closed.
 * @throws InterruptedError
 */
export async function withDatabaseAsItIs<T>(printer: Telling, work: (database: Database) => Promise<T>): Promise<T> {
  const started = performance.now()
  const config: Config = readConfig()
  // Half of the time that a command takes to start: most ask a server, and need none of it.
  const { openDatabase } = await import('../db/database.ts')
  const database = await openOrLeave(openDatabase(config, { mayAttach: true }), printer)
  const asked = countQueries(database)
  const open = async () => {
    await printer.wait(`Waiting for ${database.place}`, reach(database))
    printer.detail(`${database.place}: open after ${msSince(started)}`)
    return work(database)
  }
  try {
    // What is under way is undone when its connection is gone.
    return await interruptible(open, () => database.dropConnections())
  } finally {
    await database.close()
    for (const line of asked()) printer.detail(`${database.place}: ${line}`)
    printer.detail(`${database.place}: closed after ${msSince(started)}`)
  }
}

/** An embedded database that comes up when nobody wants it any more is shut down again. */
async function openOrLeave(opening: Promise<Database>, { wait }: Telling): Promise<Database> {
  try {
    return await interruptible(() => wait('Opening the database', opening))
  } catch (error) {
    if (error instanceof InterruptedError) await opening.then((database) => database.close())
    throw error
  }
}

async function reach({ pool, place }: Database): Promise<void> {
  await pool.query('SELECT 1').catch((error: Error) => {
    throw new DatabaseUnreachableError(
      `Cannot reach the database at ${place}: ${error.message || String((error as { code?: unknown }).code)}`,
    )
  })
}

/** What is asked from now on, in lines: by what it is called, how often, and for how long in all; what took longest first. */
function countQueries({ queries }: Database): () => string[] {
  const counts = new Map<string, { times: number; ms: number }>()
  queries.onQuery = (label, ms) => {
    const before = counts.get(label) ?? { times: 0, ms: 0 }
    counts.set(label, { times: before.times + 1, ms: before.ms + ms })
  }
  return () =>
    [...counts]
      .sort(([, one], [, other]) => other.ms - one.ms)
      .map(([label, { times, ms }]) => `${label || 'other'} ${times} ×, ${ms.toFixed(0)} ms`)
}
