import { LRUCache } from 'lru-cache'
import type { Place } from '../db/snapshot.ts'
import type { CacheFigures } from '../performance/cache-figures.ts'
import { sizeOf } from './size-of.ts'

/** What is dropped with the changes of a tool: the tool's id, or its lower-case name with `nameTag`. */
export type Tag = string

/** Of what may come into being with any change: nobody can say yet which tool it would belong to. */
export const ANY_CHANGE: Tag = '*'

export function nameTag(nameKey: string): Tag {
  return `name ${nameKey}`
}

interface Entry {
  readonly value: unknown
  /** The revision it was read at. */
  readonly from: number
  readonly tag: Tag
}

export interface ObjectCacheBounds {
  /** 0 keeps nothing. */
  readonly entries: number
  readonly bytes: number
}

/** After so long an entry is read again, although nothing is known to have changed: a safety net, in milliseconds. */
const MOST_AGE_MS = 5 * 60_000
/** What an entry takes beside its value: key, tag, and its places in the maps, in bytes. */
const ENTRY_BYTES = 300

/**
 * Rows that were read from the database, by key. An entry that was read at revision F and is still here belongs to every
 * revision from F to the one that the changes were followed to: whatever changed a tool has dropped the tool's entries.
 * So a reader at R may take an entry with F ≤ R ≤ followed, and an entry may be kept when it was read at or behind
 * the followed revision (else changes that it has not seen would have gone by).
 */
export class ObjectCache {
  readonly #entries: LRUCache<string, Entry>
  readonly #keysByTag = new Map<Tag, Set<string>>()
  readonly #bounds: ObjectCacheBounds
  #followed: Place | undefined
  #hits = 0
  #misses = 0
  #evictions = 0

  constructor(bounds: ObjectCacheBounds) {
    this.#bounds = bounds
    this.#entries = new LRUCache({
      max: Math.max(1, bounds.entries),
      maxSize: Math.max(1, bounds.bytes),
      ttl: MOST_AGE_MS,
      sizeCalculation: ({ value }, key) => ENTRY_BYTES + 2 * key.length + sizeOf(value),
      dispose: ({ tag }, key, reason) => {
        this.#untag(tag, key)
        if (reason === 'evict' || reason === 'expire') this.#evictions++
      },
    })
  }

  /** Up to where the changes are known; undefined as long as nothing may be taken from here. */
  get followed(): Place | undefined {
    return this.#followed
  }

  /** What is kept of a key for a reader at this place: undefined when nothing is; null is a value (there is no such row). */
  find(key: string, at: Place): unknown {
    const entry = this.#isFollowedTo(at) ? this.#entries.get(key) : undefined
    if (entry && entry.from <= at.revision) {
      this.#hits++
      return entry.value
    }
    return undefined
  }

  /** So many keys had to be read from the database. */
  missed(keys: number): void {
    this.#misses += keys
  }

  /** Keep what was read there. */
  keep(key: string, value: unknown, tag: Tag, readAt: Place): void {
    const followed = this.#followed
    if (
      this.#bounds.entries === 0 ||
      !followed ||
      followed.epoch !== readAt.epoch ||
      followed.revision > readAt.revision
    )
      return
    this.#entries.set(key, { value, from: readAt.revision, tag })
    // An entry that is too large was not taken.
    if (this.#entries.has(key)) this.#tag(tag, key)
  }

  /** A revision has changed what has these tags. */
  advance(to: Place, changed: Iterable<Tag>): void {
    for (const tag of changed) this.#drop(tag)
    this.#drop(ANY_CHANGE)
    this.#followed = to
  }

  /** Nobody knows what has changed. */
  clear(at: Place | undefined): void {
    this.#entries.clear()
    this.#keysByTag.clear()
    this.#followed = at
  }

  get figures(): CacheFigures {
    return {
      name: 'objects',
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      entries: this.#entries.size,
      bytes: this.#entries.calculatedSize,
      mostBytes: this.#bounds.bytes,
    }
  }

  #isFollowedTo(at: Place): boolean {
    return this.#followed !== undefined && this.#followed.epoch === at.epoch && this.#followed.revision >= at.revision
  }

  #drop(tag: Tag): void {
    // Deleting takes the key out of the set: a Set may be changed while it is read.
    for (const key of this.#keysByTag.get(tag) ?? []) this.#entries.delete(key)
  }

  #tag(tag: Tag, key: string): void {
    const keys = this.#keysByTag.get(tag)
    if (keys) keys.add(key)
    else this.#keysByTag.set(tag, new Set([key]))
  }

  #untag(tag: Tag, key: string): void {
    const keys = this.#keysByTag.get(tag)
    keys?.delete(key)
    if (keys?.size === 0) this.#keysByTag.delete(tag)
  }
}
