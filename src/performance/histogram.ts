/** Each power of two is cut into so many buckets: a value is known to 1.6 %. */
const BUCKETS_OF_POWER = 64
const BITS_OF_POWER = 6
/** 2^30 microseconds: 18 minutes. */
const POWERS = 30
const MOST = 2 ** POWERS - 1

/** How often values came, in whole units of the caller's from 1 to 10^9; others count as the nearest of these. */
export class Histogram {
  readonly #buckets = new Uint32Array((POWERS - BITS_OF_POWER + 1) * BUCKETS_OF_POWER)
  #count = 0
  #sum = 0

  get count(): number {
    return this.#count
  }

  /** Of all values, as they came. */
  get sum(): number {
    return this.#sum
  }

  record(value: number): void {
    this.#sum += value
    const bucket = bucketOf(Math.round(Math.min(Math.max(value, 1), MOST)))
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count++
  }

  /** The value that so many of a hundred are not above, as far as the buckets tell. 0 while there are none. */
  percentile(percent: number): number {
    const wanted = Math.ceil((this.#count * percent) / 100)
    let seen = 0
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count
      if (count > 0 && seen >= wanted) return middleOf(bucket)
    }
    return 0
  }

  /**
   * How many values were at most each of these bounds, as far as the buckets tell.
   * @param bounds in ascending order
   */
  countsUpTo(bounds: readonly number[]): number[] {
    const counts: number[] = []
    let seen = 0
    let bucket = 0
    for (const bound of bounds) {
      const end = bucketsUpTo(bound)
      // What is beyond the last value need not be looked at.
      for (; bucket < end && seen < this.#count; bucket++) seen += this.#buckets[bucket] ?? 0
      counts.push(seen)
    }
    return counts
  }

  /** Take over what another one has counted. */
  merge(other: Histogram): void {
    for (const [bucket, count] of other.#buckets.entries())
      if (count > 0) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count
    this.#count += other.#count
    this.#sum += other.#sum
  }
}

/** Small values have a bucket each; of larger ones the first bits decide. */
function bucketOf(value: number): number {
  if (value < BUCKETS_OF_POWER) return value
  const shift = 31 - Math.clz32(value) - BITS_OF_POWER
  return (shift + 1) * BUCKETS_OF_POWER + (value >>> shift) - BUCKETS_OF_POWER
}

/** How many buckets, from the first one, have their middle at most there. */
function bucketsUpTo(bound: number): number {
  if (bound < 1) return 0
  const bucket = bucketOf(Math.floor(Math.min(bound, MOST)))
  return middleOf(bucket) <= bound ? bucket + 1 : bucket
}

function middleOf(bucket: number): number {
  if (bucket < BUCKETS_OF_POWER) return bucket
  const shift = (bucket >>> BITS_OF_POWER) - 1
  const first = (BUCKETS_OF_POWER + (bucket % BUCKETS_OF_POWER)) * 2 ** shift
  return first + (2 ** shift - 1) / 2
}
