import { LRUCache } from 'lru-cache'

/** What counts when the question cannot be asked. */
export interface LastAnswers<T> {
  /** How long an answer is kept for that, in milliseconds from when it was asked for last. */
  readonly ttl: number
  /** Whether an error means that the question could not be asked. */
  readonly isAway: (error: unknown) => boolean
  /** What is answered instead of the last answer; undefined means that it does not count any more. */
  readonly instead: (answer: T) => T | undefined
}

export interface AnswerCacheOptions<T> {
  /** How long an answer counts, in milliseconds from when it was asked for. */
  readonly ttl: number
  readonly mostAnswers: number
  /** Kept apart, so that made-up questions cannot push real answers out. */
  readonly mostRefusals: number
  readonly last?: LastAnswers<T>
}

/** While a question could not be asked so long ago, in milliseconds, nobody waits for the next try. */
const AWAY_MS = 500

/**
 * Remembers the answers to a slow question for a moment; those who ask the same meanwhile share one asking. `undefined`
 * (there is no answer) is remembered too, an error is not; the last answer may stand in for one.
 */
export class AnswerCache<T extends object | true> {
  readonly #ask: (question: string) => Promise<T | undefined>
  readonly #answers: LRUCache<string, T>
  readonly #refusals: LRUCache<string, true>
  readonly #last: (LastAnswers<T> & { readonly answers: LRUCache<string, T> }) | undefined
  /** Questions that could not be asked just now. */
  readonly #away: LRUCache<string, true>
  /** As many as there are requests under way. */
  readonly #asked = new Map<string, Promise<T | undefined>>()

  constructor(ask: (question: string) => Promise<T | undefined>, options: AnswerCacheOptions<T>) {
    this.#ask = ask
    this.#answers = new LRUCache({ max: options.mostAnswers, ttl: options.ttl })
    this.#refusals = new LRUCache({ max: options.mostRefusals, ttl: options.ttl })
    this.#away = new LRUCache({ max: options.mostAnswers, ttl: AWAY_MS })
    const { last, mostAnswers: max } = options
    this.#last = last && { ...last, answers: new LRUCache({ max, ttl: last.ttl }) }
  }

  async get(question: string): Promise<T | undefined> {
    const answer = this.#answers.get(question)
    if (answer !== undefined || this.#refusals.has(question)) return answer
    const asking = this.#asked.get(question) ?? this.#start(question)
    const last = this.#away.has(question) ? this.#lastAnswer(question) : undefined
    if (last === undefined) return asking
    // Whoever is answered already does not hear how the next try went.
    asking.catch(() => {})
    return last
  }

  #start(question: string): Promise<T | undefined> {
    const asking = this.#askNow(question)
      .catch((error: unknown) => this.#answerAway(question, error))
      .finally(() => this.#asked.delete(question))
    this.#asked.set(question, asking)
    return asking
  }

  async #askNow(question: string): Promise<T | undefined> {
    // The answer may be as old as the question, however long the database took.
    const start = performance.now()
    const answer = await this.#ask(question)
    this.#away.delete(question)
    if (answer === undefined) this.#refusals.set(question, true, { start })
    else this.#answers.set(question, answer, { start })
    if (answer === undefined) this.#last?.answers.delete(question)
    else this.#last?.answers.set(question, answer, { start })
    return answer
  }

  #answerAway(question: string, error: unknown): T {
    if (!this.#last?.isAway(error)) throw error
    const last = this.#lastAnswer(question)
    if (last === undefined) throw error
    this.#away.set(question, true)
    return last
  }

  #lastAnswer(question: string): T | undefined {
    const answer = this.#last?.answers.get(question)
    return answer === undefined ? undefined : this.#last?.instead(answer)
  }
}
