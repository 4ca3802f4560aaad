import DataLoader from 'dataloader'
import type { Place, Reader } from '../db/snapshot.ts'
import type { CatalogCache } from './catalog-cache.ts'
import type { Tag } from './object-cache.ts'
import type { ToolIndex } from './tool-index.ts'

/**
 * What a loader loads: the same for every request of those who see as much.
 * @typeParam T what it gives
 * @typeParam Kept what is remembered of that
 */
export interface LoaderKind<T, Kept = T> {
  /** Finds rows by `$1`, an array of keys. */
  readonly sql: string
  /** What was found for these keys, in their order. */
  readonly arrange: (keys: readonly string[], rows: readonly object[]) => readonly Kept[]
  /** What a request makes of it. */
  readonly open: (kept: Kept) => T
  /** Whose changes end the value of a key. Without it nothing is kept. */
  readonly tagOf?: ((key: string, kept: Kept) => Tag) | undefined
  /** The value as the index of tools has it; undefined when it does not know. */
  readonly indexed?: ((key: string, index: ToolIndex) => Kept | undefined) | undefined
}

interface Described<Kept, Row> extends Pick<LoaderKind<unknown, Kept>, 'sql' | 'tagOf' | 'indexed'> {
  readonly keyOf: (row: Row) => string
}

const asItIs = <T>(kept: T): T => kept

/** One row for each key, or null. */
export function oneByKey<Row extends object>(described: Described<Row | null, Row>): LoaderKind<Row | null> {
  return { ...oneRow(described), open: asItIs }
}

/** What is made of one row for each key, or null. */
export function openedByKey<Row extends object, T>(
  described: Described<Row | null, Row>,
  open: (row: Row) => T,
): LoaderKind<T | null, Row | null> {
  return { ...oneRow(described), open: (row) => row && open(row) }
}

function oneRow<Row extends object>({ keyOf, ...kind }: Described<Row | null, Row>) {
  return {
    ...kind,
    arrange: (keys: readonly string[], rows: readonly object[]) => {
      // They are what the statement selects.
      const byKey = new Map((rows as readonly Row[]).map((row) => [keyOf(row), row]))
      return keys.map((key) => byKey.get(key) ?? null)
    },
  }
}

/** Any number of rows for each key, in the order of the statement. */
export function manyByKey<Row extends object>({
  keyOf,
  ...kind
}: Described<readonly Row[], Row>): LoaderKind<readonly Row[]> {
  return {
    ...kind,
    arrange: (keys, rows) => {
      const byKey = new Map<string, Row[]>(keys.map((key) => [key, []]))
      for (const row of rows as readonly Row[]) byKey.get(keyOf(row))?.push(row)
      return keys.map((key) => byKey.get(key) ?? [])
    },
    open: asItIs,
  }
}

export interface LoaderOptions<T> {
  readonly kind: LoaderKind<T, unknown>
  /** What it is called: unique among all loaders. */
  readonly name: string
  readonly reader: Reader
  readonly cache: Pick<CatalogCache, 'objects' | 'tools'> | undefined
}

/**
 * Values by key, from memory when they are there, at once; all others of the same moment in one batch, which is one statement.
 * One for each request: what it loads is of one revision, and loaded once.
 */
export class CachedLoader<T> {
  readonly #options: LoaderOptions<T>
  readonly #prefix: string
  #batches: DataLoader<string, T> | undefined
  #opened: Map<unknown, T> | undefined

  constructor(options: LoaderOptions<T>) {
    this.#options = options
    this.#prefix = `${options.name} ${options.reader.sees} `
  }

  /** @returns the value itself when it is remembered: who loads many objects is spared as many promises */
  load(key: string): T | Promise<T> {
    const { place } = this.#options.reader
    const known = place && this.#find(key, place)
    if (known !== undefined) return this.#open(known)
    this.#batches ??= new DataLoader((keys) => this.#traceBatch(keys))
    return this.#batches.load(key)
  }

  async loadMany(keys: readonly string[]): Promise<T[]> {
    const values = keys.map((key) => this.load(key))
    return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as T[])
  }

  #traceBatch(keys: readonly string[]): Promise<readonly T[]> {
    const { reader, name } = this.#options
    if (!reader.tracing) return this.#loadBatch(keys)
    const attributes = { 'tool_catalog.loader.name': name, 'tool_catalog.loader.keys': keys.length }
    return reader.tracing.step(`load ${name}`, attributes, () => this.#loadBatch(keys))
  }

  async #loadBatch(keys: readonly string[]): Promise<readonly T[]> {
    const { reader, cache, kind } = this.#options
    const { tagOf } = kind
    if (!cache || !tagOf || !reader.open) return (await this.#fetch(keys)).map((kept) => this.#open(kept))
    const place = await reader.open()
    // Some are there by now, when the place was not known before.
    const known = new Map(keys.map((key) => [key, this.#find(key, place)]))
    const missing = keys.filter((key) => known.get(key) === undefined)
    cache.objects.missed(missing.length)
    const fetched = missing.length === 0 ? [] : await this.#fetch(missing)
    for (const [index, key] of missing.entries()) {
      const kept = fetched[index]
      known.set(key, kept)
      // Not of the place where the batch began, when that is another by now.
      if (reader.place === place) cache.objects.keep(this.#prefix + key, kept, tagOf(key, kept), place)
    }
    return keys.map((key) => this.#open(known.get(key)))
  }

  async #fetch(keys: readonly string[]): Promise<readonly unknown[]> {
    const { reader, name, kind } = this.#options
    return kind.arrange(keys, await reader.query(name, kind.sql, [keys]))
  }

  #find(key: string, place: Place): unknown {
    const { cache, kind } = this.#options
    const indexed = kind.indexed && cache?.tools.at(place)
    const found = indexed && kind.indexed?.(key, indexed)
    if (found !== undefined) return found
    return kind.tagOf && cache?.objects.find(this.#prefix + key, place)
  }

  /** Once for each request, however often it is asked for. */
  #open(kept: unknown): T {
    const { open } = this.#options.kind
    // What is given as it is kept is of the type that is given.
    if (open === asItIs) return kept as T
    this.#opened ??= new Map()
    const known = this.#opened.get(kept)
    if (known !== undefined) return known
    const opened = open(kept)
    this.#opened.set(kept, opened)
    return opened
  }
}
