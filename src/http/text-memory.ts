/**
 * Bounds the texts that all plans remember. When there are too many, all are forgotten at once: those that are asked for
 * come back with the next answers.
 */
export class TextMemory {
  readonly #mostBytes: number
  #bytes = 0
  #generation = 0

  /** @param mostBytes 0 remembers nothing */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Texts of one place of a plan. */
  texts(): ObjectTexts {
    return new ObjectTexts(this)
  }

  get generation(): number {
    return this.#generation
  }

  /** @returns whether there is room for so much more, perhaps in a new generation */
  take(bytes: number): boolean {
    if (bytes > this.#mostBytes) return false
    if (this.#bytes + bytes > this.#mostBytes) {
      this.#generation++
      this.#bytes = 0
    }
    this.#bytes += bytes
    return true
  }
}

/** What an entry takes beside its characters, in bytes. */
const ENTRY_BYTES = 80

/**
 * What was written for an object, as long as that object is there: rows are dropped from the caches, and read again as other
 * objects, when anything of their tool has changed.
 */
export class ObjectTexts {
  readonly #memory: TextMemory
  #texts = new WeakMap<object, string>()
  #generation: number

  constructor(memory: TextMemory) {
    this.#memory = memory
    this.#generation = memory.generation
  }

  find(object: object): string | undefined {
    return this.#generation === this.#memory.generation ? this.#texts.get(object) : undefined
  }

  keep(object: object, text: string): void {
    if (!this.#memory.take(ENTRY_BYTES + text.length)) return
    if (this.#generation !== this.#memory.generation) {
      this.#generation = this.#memory.generation
      this.#texts = new WeakMap()
    }
    this.#texts.set(object, text)
  }
}
