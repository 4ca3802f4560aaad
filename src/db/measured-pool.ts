import pg from 'pg'
import { QUERY_KINDS, type QueryFigures, type QueryKind } from '../performance/query-figures.ts'
import type { Tracing } from '../telemetry/tracing.ts'

type Callback = (error: Error | undefined, ...results: unknown[]) => void

export interface Measuring {
  readonly figures: QueryFigures
  readonly tracing: Tracing | undefined
}

/** A pool that counts what passes through it, and how long it takes, whoever sends it. */
export function createMeasuredPool(settings: pg.PoolConfig, measuring: Measuring): pg.Pool {
  return new MeasuredPool({ ...settings, Client: measuredClient(measuring) }, measuring)
}

class MeasuredPool extends pg.Pool {
  readonly #measuring: Measuring

  constructor(settings: pg.PoolConfig, measuring: Measuring) {
    super(settings)
    this.#measuring = measuring
  }

  // It takes and gives exactly what the pool's own does, whose types are too many to repeat.
  override connect(...given: unknown[]): never {
    const { figures, tracing } = this.#measuring
    const started = performance.now()
    const ended = (error: unknown) => {
      figures.waits.record((performance.now() - started) * 1_000)
      if (error !== undefined) figures.errors.add(errorClass(error))
    }
    // A connection that was waited for comes from whoever gives it back.
    return watched(super.connect.bind(this), given, ended, tracing && ((callback) => tracing.bind(callback)))
  }
}

function measuredClient({ figures, tracing }: Measuring): typeof pg.Client {
  return class extends pg.Client {
    // As above.
    override query(...given: unknown[]): never {
      const sql = textOf(given[0])
      // A stream tells of its end by itself, and nothing here sends one.
      if (sql === undefined) return watched(super.query.bind(this), given, () => {})
      const started = performance.now()
      const step = tracing?.begin(`SQL ${labelOf(given[0], sql)}`, {
        'db.system.name': 'postgresql',
        'db.query.text': sql,
      })
      return watched(super.query.bind(this), given, (error) => {
        step?.end(error)
        const ms = performance.now() - started
        figures.durations.record(kindOf(sql), ms)
        figures.onQuery?.(labelOf(given[0], sql), ms)
        if (error !== undefined) figures.errors.add(errorClass(error))
      })
    }
  }
}

/** Call a method that takes a callback, or gives a promise, and say when it has come to its end. */
function watched(
  method: unknown,
  given: unknown[],
  onEnd: (error: unknown) => void,
  bind: (callback: Callback) => Callback = (callback) => callback,
): never {
  const call = method as (...given: unknown[]) => unknown
  const callback = given.at(-1)
  if (typeof callback === 'function') {
    const ended: Callback = (error, ...results) => {
      onEnd(error ?? undefined)
      ;(callback as Callback)(error, ...results)
    }
    return call(...given.slice(0, -1), bind(ended)) as never
  }
  const result = call(...given)
  // The caller has the promise itself, and whatever it rejects with.
  if (result instanceof Promise) result.then(() => onEnd(undefined), onEnd)
  return result as never
}

function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query
  const text = (query as { readonly text?: unknown } | null | undefined)?.text
  return typeof text === 'string' && !('submit' in (query as object)) ? text : undefined
}

/** What a statement is for, when whoever sends it has said so; otherwise how it begins. */
function labelOf(query: unknown, sql: string): string {
  const { label } = query as { readonly label?: unknown }
  return typeof label === 'string' ? label : (/^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '')
}

/** Of statements that came before: most come again and again. */
const kinds = new Map<string, QueryKind>()
const MOST_KINDS = 1_000
/** Longer texts are written for the occasion. */
const MOST_CHARACTERS = 10_000

function kindOf(sql: string): QueryKind {
  const known = kinds.get(sql)
  if (known) return known
  const kind = readKind(sql)
  if (kinds.size >= MOST_KINDS) kinds.clear()
  if (sql.length <= MOST_CHARACTERS) kinds.set(sql, kind)
  return kind
}

const [READ, WRITE, OTHER] = QUERY_KINDS

/** A WITH may write in any of its parts. */
function readKind(sql: string): QueryKind {
  const [, verb = ''] = /^\s*(\w+)/.exec(sql) ?? []
  if (/^(?:INSERT|UPDATE|DELETE|MERGE)$/i.test(verb)) return WRITE
  if (/^WITH$/i.test(verb)) return /\b(?:INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b/i.test(sql) ? WRITE : READ
  return /^SELECT$/i.test(verb) ? READ : OTHER
}

/** The class of the SQLSTATE, when the database has said one (PostgreSQL manual, appendix A). */
function errorClass(error: unknown): string {
  const { code, severity } = error as { readonly code?: unknown; readonly severity?: unknown }
  return severity !== undefined && typeof code === 'string' ? code.slice(0, 2) : 'connection'
}
