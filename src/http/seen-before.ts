/** 2^20 bits: 128 KB. With so many keys one in eight that is new is taken for one that was seen. */
const BITS = 1 << 20
const MOST_KEYS = BITS / 8
/** A long key is told by its ends. */
const END_CHARACTERS = 1_000

/**
 * Tells keys that come again from those that come once: keeping what nobody asks for again costs more than it saves. Forgets
 * everything when it is full (the doorkeeper of https://arxiv.org/abs/1512.00727).
 */
export class SeenBefore {
  readonly #bits = new Uint32Array(BITS / 32)
  #keys = 0

  /** Whether this key, or, seldom, another one, was seen before. From now on it was. */
  check(key: string): boolean {
    const bit = hashOf(key) & (BITS - 1)
    const word = bit >>> 5
    const mask = 1 << (bit & 31)
    const before = this.#bits[word] ?? 0
    if ((before & mask) !== 0) return true
    if (++this.#keys > MOST_KEYS) {
      this.#bits.fill(0)
      this.#keys = 1
    }
    this.#bits[word] = (this.#bits[word] ?? 0) | mask
    return false
  }
}

/** FNV-1a (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv), 32 bits, over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  const { length } = key
  const isLong = length > 2 * END_CHARACTERS
  for (let at = 0; at < length; at++) {
    if (isLong && at === END_CHARACTERS) at = length - END_CHARACTERS
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  }
  // The lowest bits are the worst of this hash.
  return (hash ^ length ^ (hash >>> 15)) >>> 0
}
