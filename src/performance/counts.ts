/** What those are counted under that come when the room is taken. */
const OTHER = 'other'
/** Most values of both labels together, unless said otherwise. */
const MOST = 200

/**
 * Counts by the values of up to two labels, from 0 at the start. Made for the path of every request: an addition is two
 * look-ups. However many values come, a bounded number is told apart.
 */
export class Counts<First extends string = string, Second extends string | number = string> {
  readonly #most: number
  readonly #counts = new Map<string, Map<string | number, { value: number }>>()
  #size = 0

  /** @param known values of the first label that are told although nothing was counted for them yet */
  constructor(known: readonly (readonly [First, ...Second[]])[] = [], most = MOST) {
    this.#most = most
    for (const [first, ...seconds] of known)
      for (const second of seconds.length > 0 ? seconds : ['']) this.#cellOf(first, second)
  }

  add(first: First, second?: Second, by = 1): void {
    this.#cellOf(first, second ?? '').value += by
  }

  *entries(): Generator<readonly [first: string, second: string, count: number]> {
    for (const [first, seconds] of this.#counts)
      for (const [second, { value }] of seconds) yield [first, String(second), value]
  }

  #cellOf(first: string, second: string | number): { value: number } {
    const known = this.#counts.get(first)?.get(second)
    if (known) return known
    const isRoom = this.#size < this.#most || (first === OTHER && (second === '' || second === OTHER))
    if (!isRoom) return this.#cellOf(OTHER, second === '' ? '' : OTHER)
    const cell = { value: 0 }
    const seconds = this.#counts.get(first) ?? new Map<string | number, { value: number }>()
    this.#counts.set(first, seconds.set(second, cell))
    this.#size++
    return cell
  }
}
