import DataLoader from 'dataloader'
import type { Place, Reader } from '../db/snapshot.ts'
import type { ObjectCache, Tag } from './object-cache.ts'

export interface LoaderOptions<T> {
  readonly reader: Reader
  /** What it is called in the cache: unique among all loaders. */
  readonly name: string
  /** The values of these keys, in their order: one statement, however many. */
  readonly fetch: (keys: readonly string[]) => Promise<readonly T[]>
  /** Whose changes end the value of a key. Without it nothing is kept. */
  readonly tagOf?: (key: string, value: T) => Tag
  readonly cache?: ObjectCache | undefined
}

/**
 * Values by key, from the cache when they are there, at once; all others of the same moment in one batch.
 * One for each request: what it loads is of one revision, and loaded once.
 */
export class CachedLoader<T> {
  readonly #options: LoaderOptions<T>
  readonly #prefix: string
  #batches: DataLoader<string, T> | undefined

  constructor(options: LoaderOptions<T>) {
    this.#options = options
    this.#prefix = `${options.name} ${options.reader.sees} `
  }

  /** @returns the value itself when the cache has it: who loads many objects is spared as many promises */
  load(key: string): T | Promise<T> {
    const { place } = this.#options.reader
    const known = place && this.#find(key, place)
    if (known !== undefined) return known
    this.#batches ??= new DataLoader(async (keys) => this.#loadBatch(keys))
    return this.#batches.load(key)
  }

  loadMany(keys: readonly string[]): Promise<T[]> {
    return Promise.all(keys.map((key) => this.load(key)))
  }

  async #loadBatch(keys: readonly string[]): Promise<readonly T[]> {
    const { reader, fetch, cache, tagOf } = this.#options
    if (!cache || !tagOf || !reader.open) return fetch(keys)
    const place = await reader.open()
    // Some are there by now, when the place was not known before.
    const known = new Map(keys.map((key) => [key, this.#find(key, place)]))
    const missing = keys.filter((key) => known.get(key) === undefined)
    cache.missed(missing.length)
    const fetched = missing.length === 0 ? [] : await fetch(missing)
    for (const [index, key] of missing.entries()) {
      // `fetch` answers for each key.
      const value = fetched[index] as T
      known.set(key, value)
      // Not of the place where the batch began, when that is another by now.
      if (reader.place === place) cache.keep(this.#prefix + key, value, tagOf(key, value), place)
    }
    return keys.map((key) => known.get(key) as T)
  }

  #find(key: string, place: Place): T | undefined {
    const { cache, tagOf } = this.#options
    // Only this kind of loader keeps anything under this prefix.
    return tagOf && (cache?.find(this.#prefix + key, place) as T | undefined)
  }
}
