/** One value that differs. */
export interface Difference {
  /** Such as `tools.nodes[3].name`. */
  readonly path: string
  readonly ours: unknown
  readonly theirs: unknown
}

/** So many differences are enough to see what is wrong. */
const MOST = 5

/**
 * Where two JSON values differ. The order of list items counts, that of an object's keys does not; a key that is missing
 * is not the same as one that is null.
 */
export function differences(ours: unknown, theirs: unknown, path = ''): Difference[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (ours.length !== theirs.length) return [{ path: `${path}.length`, ours: ours.length, theirs: theirs.length }]
    return ours.flatMap((item, index) => differences(item, theirs[index], `${path}[${index}]`)).slice(0, MOST)
  }
  if (isObject(ours) && isObject(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)])
    return [...keys]
      .flatMap((key) => {
        const at = path === '' ? key : `${path}.${key}`
        if (!(key in ours) || !(key in theirs)) return [{ path: at, ours: ours[key], theirs: theirs[key] }]
        return differences(ours[key], theirs[key], at)
      })
      .slice(0, MOST)
  }
  return Object.is(ours, theirs) ? [] : [{ path, ours, theirs }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
