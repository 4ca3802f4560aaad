import { nameKey, type ToolProfile } from './tool-profile.ts'

/**
 * Versions that were asked for by name, the most recently used so many. A published version hardly ever changes, and when
 * something of its tool does, all of the tool's versions are forgotten.
 */
export class VersionCache {
  readonly #most: number
  /** In the order of use: a Map keeps the order of insertion. */
  readonly #known = new Map<string, ToolProfile>()
  #forgotten = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Changes whenever something is forgotten: what was asked for before then may be of the time before. */
  get generation(): number {
    return this.#forgotten
  }

  get(name: string, version: string): ToolProfile | undefined {
    const key = keyOf(name, version)
    const profile = this.#known.get(key)
    if (profile) {
      this.#known.delete(key)
      this.#known.set(key, profile)
    }
    return profile
  }

  set(name: string, version: string, profile: ToolProfile): void {
    this.#known.set(keyOf(name, version), profile)
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest)
  }

  forget(names: Iterable<string>): void {
    this.#forgotten++
    const keys = new Set([...names].map(nameKey))
    for (const [key, { name }] of this.#known) if (keys.has(nameKey(name))) this.#known.delete(key)
  }

  clear(): void {
    this.#forgotten++
    this.#known.clear()
  }
}

/** Neither a name nor a version has a line break. */
function keyOf(name: string, version: string): string {
  return `${nameKey(name)}\n${version}`
}
