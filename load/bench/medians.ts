/** Middle value; of an even number of values the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Nearest-rank percentile of sorted values, `part` from 0 to 1. NaN of none. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  const rank = Math.max(1, Math.ceil(part * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

/** The median of each figure over rounds that all have the same figures. */
export function medianOfEach<T extends Record<keyof T, number>>(rounds: readonly T[]): T {
  const [first] = rounds
  if (!first) throw new Error('A median needs at least one round')
  const keys = Object.keys(first) as (keyof T)[]
  // Every key of T is there, because it was in the first round.
  return Object.fromEntries(keys.map((key) => [key, median(rounds.map((round) => round[key]))])) as T
}

/** In another order each time, so that no contestant always follows the same one. */
export function shuffled<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    // Both are indexes of the array.
    ;[order[last], order[other]] = [order[other] as T, order[last] as T]
  }
  return order
}
