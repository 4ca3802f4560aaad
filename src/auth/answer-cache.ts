import { LRUCache } from 'lru-cache'

export interface AnswerCacheOptions {
  /** How long an answer counts, in milliseconds from when it was asked for. */
  readonly ttl: number
  readonly mostAnswers: number
  /** Kept apart, so that made-up questions cannot push real answers out. */
  readonly mostRefusals: number
}

/**
 * Remembers the answers to a slow question for a moment; those who ask the same meanwhile share one asking. `undefined`
 * (there is no answer) is remembered too, an error is not.
 */
export class AnswerCache<T extends object | true> {
  readonly #ask: (question: string) => Promise<T | undefined>
  readonly #answers: LRUCache<string, T>
  readonly #refusals: LRUCache<string, true>
  /** As many as there are requests under way. */
  readonly #asked = new Map<string, Promise<T | undefined>>()

  constructor(ask: (question: string) => Promise<T | undefined>, options: AnswerCacheOptions) {
    this.#ask = ask
    this.#answers = new LRUCache({ max: options.mostAnswers, ttl: options.ttl })
    this.#refusals = new LRUCache({ max: options.mostRefusals, ttl: options.ttl })
  }

  async get(question: string): Promise<T | undefined> {
    const answer = this.#answers.get(question)
    if (answer !== undefined || this.#refusals.has(question)) return answer
    const asked = this.#asked.get(question)
    if (asked) return asked
    const asking = this.#askNow(question).finally(() => this.#asked.delete(question))
    this.#asked.set(question, asking)
    return asking
  }

  async #askNow(question: string): Promise<T | undefined> {
    // The answer may be as old as the question, however long the database took.
    const start = performance.now()
    const answer = await this.#ask(question)
    if (answer === undefined) this.#refusals.set(question, true, { start })
    else this.#answers.set(question, answer, { start })
    return answer
  }
}
