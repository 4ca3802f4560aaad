import type { ToolEntry } from './tool-entry.ts'
import { countBefore } from './tool-sorting.ts'

/**
 * What a name is made of, three characters at a time: what is part of a name has only trigrams of that name. Whoever has
 * a trigram is listed in the order of the names.
 */
export class NameTrigrams {
  readonly #holders = new Map<string, ToolEntry[]>()

  add(holder: ToolEntry): void {
    for (const trigram of trigramsOf(holder.nameKey)) {
      const holders = this.#holders.get(trigram)
      if (holders) holders.splice(placeOf(holder.nameKey, holders), 0, holder)
      else this.#holders.set(trigram, [holder])
    }
  }

  delete(holder: ToolEntry): void {
    for (const trigram of trigramsOf(holder.nameKey)) {
      const holders = this.#holders.get(trigram) ?? []
      const at = placeOf(holder.nameKey, holders)
      if (holders[at] === holder) holders.splice(at, 1)
      if (holders.length === 0) this.#holders.delete(trigram)
    }
  }

  /**
   * Those among whom everybody is whose name has this part: who has the rarest trigram of it, in the order of their names.
   * @returns undefined for a part that is too short to have one
   */
  candidates(part: string): readonly ToolEntry[] | undefined {
    let fewest: readonly ToolEntry[] | undefined
    for (const trigram of trigramsOf(part)) {
      const holders = this.#holders.get(trigram) ?? []
      if (!fewest || holders.length < fewest.length) fewest = holders
    }
    return fewest
  }
}

/** Of the first whose name is not before this one. */
function placeOf(nameKey: string, sorted: readonly ToolEntry[]): number {
  const last = sorted.at(-1)
  // They usually come in order.
  return last && last.nameKey < nameKey ? sorted.length : countBefore(sorted, 'name', { key: '', nameKey }, false)
}

function trigramsOf(text: string): ReadonlySet<string> {
  const trigrams = new Set<string>()
  for (let start = 0; start + 3 <= text.length; start++) trigrams.add(text.slice(start, start + 3))
  return trigrams
}
