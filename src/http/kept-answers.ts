import type { ExecutionResult } from 'graphql'
import { LRUCache } from 'lru-cache'

/** The last good answer to a query. */
export interface KeptAnswer {
  readonly revision: string
  readonly result: ExecutionResult
}

interface Entry {
  readonly revision: string
  /** When it was kept, by the clock that only runs forward. */
  readonly at: number
  /** As JSON: its size is known, and nobody can change it. Undefined for what is too large to keep. */
  readonly text: string | undefined
}

/** All answers together, and the largest one, in bytes: two for each character, which is what the longest take. */
const MOST = { answers: 5_000, bytes: 64 * 1024 * 1024, bytesOfOne: 256 * 1024 }
/** What an entry takes beside its text: key, object and its place in the cache. */
const ENTRY_BYTES = 300
/** Answers may change without a revision (of executions, say): for so long they are not measured again, in milliseconds. */
const FRESH_MS = 10_000

/** The last good answers, those that were asked for longest ago forgotten first. */
export class KeptAnswers {
  readonly #entries = new LRUCache<string, Entry>({
    max: MOST.answers,
    maxSize: MOST.bytes,
    sizeCalculation: ({ text = '' }) => ENTRY_BYTES + 2 * text.length,
  })

  /** @param result without errors */
  keep(key: string, revision: string, result: ExecutionResult): void {
    const now = performance.now()
    const entry = this.#entries.get(key)
    if (entry?.revision === revision && now - entry.at < FRESH_MS) return
    const text = JSON.stringify(result)
    const isKept = 2 * text.length <= MOST.bytesOfOne
    this.#entries.set(key, { revision, at: now, text: isKept ? text : undefined })
  }

  find(key: string): KeptAnswer | undefined {
    const entry = this.#entries.get(key)
    // It is what `keep` was given.
    return entry?.text === undefined
      ? undefined
      : { revision: entry.revision, result: JSON.parse(entry.text) as ExecutionResult }
  }
}
