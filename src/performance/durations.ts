import { Histogram } from './histogram.ts'

/** How long things take that are told apart by a few words of ours. */
export class Durations<Word extends string> {
  readonly #histograms: Map<Word, Histogram>

  constructor(words: readonly Word[]) {
    this.#histograms = new Map(words.map((word) => [word, new Histogram()]))
  }

  record(word: Word, ms: number): void {
    this.#histograms.get(word)?.record(ms * 1_000)
  }

  /** In microseconds. */
  entries(): Iterable<readonly [Word, Histogram]> {
    return this.#histograms
  }
}
