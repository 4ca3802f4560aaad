import { LRUCache } from 'lru-cache'
import type { Place } from '../db/snapshot.ts'
import type { CacheFigures } from '../performance/cache-figures.ts'
import type { AnswerBody } from './answer-body.ts'
import { SeenBefore } from './seen-before.ts'

/** A whole answer, ready to be sent to everybody who asks the same in the same role. */
export interface ReadyAnswer {
  readonly body: AnswerBody
  /** What it was read at. */
  readonly place: Place
  readonly operation: string | undefined
  /** Whether it stays as it is until the next revision. */
  readonly isStable: boolean
  /** Credentials that it was given to: what they may be given again when nobody can confirm them. */
  readonly givenTo: Set<string>
}

/** What an entry takes beside its body and its key, in bytes. */
const ENTRY_BYTES = 400

/**
 * Answers by request, each for the revision it was read at, from the second time on that the request comes. Bounded in bytes, those
 * that were asked for longest ago first.
 */
export class ResponseCache {
  readonly #mostBytes: number
  readonly #answers: LRUCache<string, ReadyAnswer>
  readonly #requests = new SeenBefore()
  #place: Place | undefined
  #hits = 0
  #misses = 0
  #evictions = 0

  /** @param mostBytes 0 keeps nothing */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
    this.#answers = new LRUCache({
      maxSize: Math.max(1, mostBytes),
      sizeCalculation: ({ body }, key) => ENTRY_BYTES + body.bytes + 2 * key.length,
      dispose: (_, __, reason) => {
        if (reason === 'evict') this.#evictions++
      },
    })
  }

  find(key: string, place: Place): ReadyAnswer | undefined {
    this.#moveTo(place)
    const answer = this.#answers.get(key)
    if (answer) {
      this.#hits++
      answer.body.settle()
    } else this.#misses++
    return answer
  }

  keep(key: string, answer: ReadyAnswer): void {
    if (this.#mostBytes === 0 || answer.place !== this.#place || !this.#requests.check(key)) return
    this.#answers.set(key, answer)
  }

  get figures(): CacheFigures {
    return {
      name: 'responses',
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      entries: this.#answers.size,
      bytes: this.#answers.calculatedSize,
      mostBytes: this.#mostBytes,
    }
  }

  /** All answers are of one place, so that those of others need not be told apart. */
  #moveTo(place: Place): void {
    if (this.#place === place) return
    this.#place = place
    this.#answers.clear()
  }
}
