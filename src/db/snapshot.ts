import type pg from 'pg'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Database } from './database.ts'
import { ImpossibleTextError, SnapshotMovedError } from './snapshot-errors.ts'
import { canStandInFrom, HEAD, hasNul, statementName, withHead } from './statements.ts'

const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${HEAD}`

/** A place in the history of the catalog. */
export interface Place {
  /** Which history: another one after the database was restored. */
  readonly epoch: string
  readonly revision: number
}

/** Keeps what was found at one place of the history. */
export interface Memory {
  find(key: string, place: Place): unknown
  keep(key: string, value: unknown, place: Place): void
}

/** What of the catalog a reader may see: what is published, or drafts and deleted tools, too. */
export type Sight = 'published' | 'everything'

/** Reads rows. `label` says what for: it is part of the prepared statement's name, and what tests count. */
export interface Reader {
  readonly sees: Sight
  /** What it reads, as far as that is decided: see `Snapshot.place`. */
  readonly place?: Place | undefined
  /** Decide it. */
  open?(): Promise<Place>
  readonly memory?: Memory | undefined
  /** Where what is read is a step of what is under way. */
  readonly tracing?: Tracing | undefined
  query<T extends object>(label: string, sql: string, values?: readonly unknown[]): Promise<T[]>
}

export interface SnapshotOptions {
  readonly sees?: Sight
  /** Where the catalog is, to the knowledge of who has read it before: nothing else will be read. */
  readonly pinnedTo?: Place | undefined
  readonly memory?: Memory | undefined
  readonly tracing?: Tracing | undefined
  /** Called when the database has told where the catalog is. */
  readonly onOpen?: (place: Place) => void
}

/**
 * One consistent view of the catalog for one request: a read-only REPEATABLE READ transaction that opens with the first
 * query. Everything the request reads is of one revision, whoever writes meanwhile.
 *
 * A request that may be answered from memory is pinned to the revision of the memory, and needs no transaction: each of its
 * queries tells at which revision it was answered. When that is another one, it fails with SnapshotMovedError, until `moveOn` is
 * called, and everything is read again.
 */
export class Snapshot implements Reader {
  readonly #database: Pick<Database, 'pool' | 'preparesByName'>
  readonly #options: SnapshotOptions
  #place: Place | undefined
  #opened: Promise<{ client: pg.PoolClient; place: Place }> | undefined
  /** Queries under way that were asked without a transaction. */
  readonly #outside = new Set<Promise<unknown>>()
  /** Ends when the last query so far does: one connection runs one query at a time. */
  #tail: Promise<unknown> = Promise.resolve()
  #hasEnded = false
  #hasMoved = false

  constructor(database: Pick<Database, 'pool' | 'preparesByName'>, options: SnapshotOptions = {}) {
    this.#database = database
    this.#options = options
    this.#place = options.pinnedTo
  }

  get sees(): Sight {
    return this.#options.sees ?? 'everything'
  }

  get memory(): Memory | undefined {
    return this.#options.memory
  }

  get tracing(): Tracing | undefined {
    return this.#options.tracing
  }

  /** What it shows: known when it is pinned, or has been opened. */
  get place(): Place | undefined {
    return this.#place
  }

  /** Whether the catalog had moved on from where it is pinned to, so that nothing could be read. */
  get hasMoved(): boolean {
    return this.#hasMoved
  }

  /** Show what the database shows. Nothing that was read so far belongs to it. */
  async moveOn(): Promise<void> {
    this.#place = (await this.#open()).place
    this.#hasMoved = false
  }

  async query<T extends object>(label: string, sql: string, values: readonly unknown[] = []): Promise<T[]> {
    if (values.some(hasNul)) throw new ImpossibleTextError('A text with the character U+0000 cannot be looked for')
    const { pinnedTo } = this.#options
    if (pinnedTo && !this.#opened && canStandInFrom(sql)) {
      const asked = this.#queryAt<T>(pinnedTo, label, sql, values)
      this.#outside.add(asked)
      return asked.finally(() => this.#outside.delete(asked))
    }
    const { client } = await this.#open()
    if (this.#hasMoved) throw moved()
    const result = this.#tail.then(() => client.query<T>(this.#statement(label, sql, values)))
    this.#tail = result.catch(() => {})
    return (await result).rows
  }

  /** Without a transaction: one statement sees one state of everything, and its rows say which. */
  async #queryAt<T>(place: Place, label: string, sql: string, values: readonly unknown[]): Promise<T[]> {
    if (this.#hasEnded) throw ended()
    if (this.#hasMoved) throw moved()
    const { pool } = this.#database
    const { rows, fields } = await pool.query<string[]>({
      ...this.#statement(label, withHead(sql), values),
      rowMode: 'array',
    })
    // Where there is no row, there is nobody to say so: the catalog was there before, and when it is there behind it, too,
    // it was there all the time.
    const [first] = rows
    const [revision, epoch] =
      first?.slice(-2) ?? (await pool.query<string[]>({ text: HEAD, rowMode: 'array' })).rows[0] ?? []
    this.#checkPlace(place, { revision: revision ?? '', epoch: epoch ?? '' })
    const names = fields.slice(0, -2).map(({ name }) => name)
    return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])) as T)
  }

  #statement(label: string, text: string, values: readonly unknown[]) {
    return this.#database.preparesByName
      ? { label, name: statementName(label, text), text, values: [...values] }
      : { label, text, values: [...values] }
  }

  /** What it shows, decided now if it was not yet. */
  async open(): Promise<Place> {
    return this.#place ?? (await this.#open()).place
  }

  /** The revision that this snapshot shows, as decimal digits. */
  async revision(): Promise<string> {
    return String((await this.open()).revision)
  }

  /**
   * End the transaction. Safe to call more than once, and without any query before. A query that comes later (of a field
   * whose sibling failed, when the answer has already left) is refused: nobody would end the transaction it opens.
   */
  async end(): Promise<void> {
    this.#hasEnded = true
    const opened = this.#opened
    this.#opened = undefined
    if (!opened) return
    const client = await opened.then(
      ({ client: own }) => own,
      () => undefined,
    )
    if (!client) return
    for (let tail: unknown; tail !== this.#tail; ) {
      tail = this.#tail
      await tail
    }
    await client.query('COMMIT').then(
      () => client.release(),
      (error: Error) => client.release(error),
    )
  }

  #open() {
    if (this.#hasEnded) throw ended()
    this.#opened ??= this.#begin()
    return this.#opened
  }

  async #begin() {
    // They may wait for a connection still: for the last one of the pool, or behind us for the one session of the embedded
    // database, while whoever waits for them and for us keeps the transaction open.
    await Promise.allSettled(this.#outside)
    const client = await this.#database.pool.connect()
    try {
      // Two statements in one round trip; pg answers with one result for each, which its types do not say.
      const results: unknown = await client.query(BEGIN)
      const [, head] = results as [unknown, pg.QueryResult<Head>]
      return { client, place: this.#settle(head.rows[0]) }
    } catch (error) {
      client.release(error instanceof Error ? error : true)
      throw error
    }
  }

  #settle(row: Head | undefined): Place {
    const place = { epoch: row?.epoch ?? '', revision: Number(row?.revision ?? 0) }
    this.#options.onOpen?.(place)
    const { pinnedTo } = this.#options
    this.#hasMoved = pinnedTo !== undefined && !isSamePlace(pinnedTo, place)
    this.#place ??= place
    return place
  }

  #checkPlace(pinnedTo: Place, { epoch, revision }: Head): void {
    if (epoch === pinnedTo.epoch && revision === String(pinnedTo.revision)) return
    this.#hasMoved = true
    this.#options.onOpen?.({ epoch, revision: Number(revision) })
    throw moved()
  }
}

/** What the database says of where the catalog is. */
interface Head {
  readonly revision: string
  readonly epoch: string
}

function moved(): SnapshotMovedError {
  return new SnapshotMovedError('The catalog is at another revision by now')
}

function ended(): Error {
  return new Error('The snapshot has ended')
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.revision === other.revision && one.epoch === other.epoch
}

/** Run `work` on a snapshot of its own. */
export async function withSnapshot<T>(
  database: Pick<Database, 'pool' | 'preparesByName'>,
  work: (snapshot: Snapshot) => Promise<T>,
  sees: Sight = 'everything',
): Promise<T> {
  const snapshot = new Snapshot(database, { sees })
  try {
    return await work(snapshot)
  } finally {
    await snapshot.end()
  }
}
