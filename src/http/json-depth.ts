/**
 * Whether a JSON value has arrays or objects nested deeper than so many levels. It does not recurse: JSON.parse reads any
 * depth, and what walks its result by recursion would overflow the stack.
 */
export function isDeeperThan(value: unknown, most: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; ; depth++) {
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue
      if (depth === most) return true
      for (const inner of Object.values(item)) if (typeof inner === 'object' && inner !== null) next.push(inner)
    }
    if (next.length === 0) return false
    level = next
  }
}
