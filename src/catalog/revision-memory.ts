import { LRUCache } from 'lru-cache'
import type { Memory, Place } from '../db/snapshot.ts'
import type { CacheFigures } from '../performance/cache-figures.ts'
import { sizeOf } from './size-of.ts'

interface Entry {
  readonly value: unknown
  readonly place: Place
}

/** What an entry takes beside its value and its key, in bytes. */
const ENTRY_BYTES = 200

/** What was found at one revision and may be another at the next: ids of lists, counts, results of searches. */
export class RevisionMemory implements Memory {
  readonly #entries: LRUCache<string, Entry>
  readonly #mostBytes: number
  #hits = 0
  #misses = 0
  #evictions = 0

  /** @param mostBytes 0 keeps nothing */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
    this.#entries = new LRUCache({
      maxSize: Math.max(1, mostBytes),
      sizeCalculation: ({ value }, key) => ENTRY_BYTES + 2 * key.length + sizeOf(value),
      dispose: (_, __, reason) => {
        if (reason === 'evict') this.#evictions++
      },
    })
  }

  find(key: string, { epoch, revision }: Place): unknown {
    const entry = this.#entries.get(key)
    if (entry && entry.place.revision === revision && entry.place.epoch === epoch) {
      this.#hits++
      return entry.value
    }
    this.#misses++
    return undefined
  }

  keep(key: string, value: unknown, place: Place): void {
    if (this.#mostBytes > 0) this.#entries.set(key, { value, place })
  }

  clear(): void {
    this.#entries.clear()
  }

  get figures(): CacheFigures {
    return {
      name: 'lists',
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      entries: this.#entries.size,
      bytes: this.#entries.calculatedSize,
      mostBytes: this.#mostBytes,
    }
  }
}
