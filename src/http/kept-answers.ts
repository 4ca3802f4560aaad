import type { ExecutionResult } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Viewer } from '../auth/viewer.ts'

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
  readonly body: Buffer | undefined
}

/** All answers together, and the largest one, in bytes. */
const MOST = { answers: 5_000, bytes: 64 * 1024 * 1024, bytesOfOne: 256 * 1024 }
/** What an entry takes beside its body and its key: object and its place in the cache. */
const ENTRY_BYTES = 300
/** Answers may change without a revision (of executions, say): for so long they are not measured again, in milliseconds. */
const FRESH_MS = 10_000

/** The last good answers, those that were asked for longest ago forgotten first. */
export class KeptAnswers {
  readonly #entries = new LRUCache<string, Entry>({
    max: MOST.answers,
    maxSize: MOST.bytes,
    sizeCalculation: ({ body }, key) => ENTRY_BYTES + (body?.length ?? 0) + 2 * key.length,
  })

  /** @param answer without errors, as it is sent, or what makes it so */
  keep(key: string, revision: string, answer: Buffer | (() => Buffer)): void {
    const now = performance.now()
    const entry = this.#entries.get(key)
    if (entry?.revision === revision && now - entry.at < FRESH_MS) return
    const body = typeof answer === 'function' ? answer() : answer
    this.#entries.set(key, { revision, at: now, body: body.length <= MOST.bytesOfOne ? body : undefined })
  }

  find(key: string): KeptAnswer | undefined {
    const entry = this.#entries.get(key)
    // It is what `keep` was given.
    return entry?.body === undefined
      ? undefined
      : { revision: entry.revision, result: JSON.parse(entry.body.toString()) as ExecutionResult }
  }
}

/** A credential with what it allows, as answers are kept for it. */
export function credentialName({ actor, keyId = '', role }: Viewer): string {
  return `${role} ${keyId} ${actor}`
}

/** @param raw the parameters as they came: the body of a POST, or the query of a URL */
export function requestKey(credential: string, raw: string): string {
  return `${credential}\n${raw}`
}
