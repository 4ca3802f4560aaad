/** Counts what is open at once, by name. */
export class Slots {
  readonly #most: number
  readonly #taken = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** @returns what gives the slot back, once however often it is called; undefined when all are taken */
  take(name: string): (() => void) | undefined {
    const taken = this.#taken.get(name) ?? 0
    if (taken >= this.#most) return undefined
    this.#taken.set(name, taken + 1)
    let isGivenBack = false
    return () => {
      if (isGivenBack) return
      isGivenBack = true
      this.#giveBack(name)
    }
  }

  #giveBack(name: string): void {
    const left = (this.#taken.get(name) ?? 1) - 1
    if (left === 0) this.#taken.delete(name)
    else this.#taken.set(name, left)
  }
}
