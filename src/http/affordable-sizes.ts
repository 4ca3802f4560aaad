/** Most combinations that are known at once. */
const MOST = 16

interface Known {
  /** Of each variable: whether it is a number or a list, left out, or anything else. */
  readonly kinds: string
  /** Page sizes, and lengths of lists. */
  readonly sizes: readonly number[]
}

/**
 * Values of variables with which an operation is not too large. The estimate of its cost grows with each page size, so that
 * smaller ones need not be estimated again.
 */
export class AffordableSizes {
  #known: readonly Known[] = []

  has(values: readonly unknown[]): boolean {
    const asked = describe(values)
    return this.#known.some((known) => isWithin(asked, known))
  }

  add(values: readonly unknown[]): void {
    const added = describe(values)
    const others = this.#known.filter((known) => !isWithin(known, added))
    this.#known = [added, ...others].slice(0, MOST)
  }
}

function describe(values: readonly unknown[]): Known {
  let kinds = ''
  const sizes: number[] = []
  for (const value of values) {
    const size = typeof value === 'number' ? value : Array.isArray(value) ? value.length : undefined
    if (size !== undefined) sizes.push(size)
    kinds += size !== undefined ? 'n' : value === undefined ? 'd' : '-'
  }
  return { kinds, sizes }
}

function isWithin(one: Known, other: Known): boolean {
  return one.kinds === other.kinds && one.sizes.every((size, index) => size <= (other.sizes[index] ?? 0))
}
