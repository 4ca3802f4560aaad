/** What a name is made of, three characters at a time: what is part of a name has only trigrams of that name. */
export class NameTrigrams<T> {
  readonly #holders = new Map<string, T[]>()

  add(name: string, holder: T): void {
    for (const trigram of trigramsOf(name)) {
      const holders = this.#holders.get(trigram)
      if (holders) holders.push(holder)
      else this.#holders.set(trigram, [holder])
    }
  }

  delete(name: string, holder: T): void {
    for (const trigram of trigramsOf(name)) {
      const holders = this.#holders.get(trigram)
      const at = holders?.indexOf(holder) ?? -1
      if (at >= 0) holders?.splice(at, 1)
      if (holders?.length === 0) this.#holders.delete(trigram)
    }
  }

  /**
   * Those among whom everybody is whose name has this part: who has the rarest trigram of it.
   * @returns undefined for a part that is too short to have one
   */
  candidates(part: string): readonly T[] | undefined {
    let fewest: readonly T[] | undefined
    for (const trigram of trigramsOf(part)) {
      const holders = this.#holders.get(trigram) ?? []
      if (!fewest || holders.length < fewest.length) fewest = holders
    }
    return fewest
  }
}

function trigramsOf(text: string): ReadonlySet<string> {
  const trigrams = new Set<string>()
  for (let start = 0; start + 3 <= text.length; start++) trigrams.add(text.slice(start, start + 3))
  return trigrams
}
