import { ProfileError } from './client-error.ts'
import { isSameProfile, nameKey, type ToolProfile } from './tool-profile.ts'

/** What is worked out from the tools at the first question after a change. */
interface Views {
  readonly all: readonly ToolProfile[]
  readonly byCapability: ReadonlyMap<string, readonly ToolProfile[]>
}

const NONE: readonly ToolProfile[] = Object.freeze([])

/** The latest version of every tool, in memory. Each change is one synchronous step: nobody sees half of it. */
export class ProfileStore {
  readonly #maxTools: number
  #tools: ReadonlyMap<string, ToolProfile> = new Map()
  #views: Views | undefined

  constructor(maxTools: number) {
    this.#maxTools = maxTools
  }

  get size(): number {
    return this.#tools.size
  }

  /** A tool by name, enabled or not. */
  get(name: string): ToolProfile | undefined {
    return this.#tools.get(nameKey(name))
  }

  /** Everything that is held, disabled tools included. */
  held(): Iterable<ToolProfile> {
    return this.#tools.values()
  }

  /** The enabled tools, by name. */
  all(): readonly ToolProfile[] {
    return this.#current().all
  }

  /** The enabled tools that have this capability, by name. */
  byCapability(name: string): readonly ToolProfile[] {
    return this.#current().byCapability.get(nameKey(name)) ?? NONE
  }

  /**
   * Take over how these tools are now; undefined for one that is not there any more.
   * @throws ProfileError TOO_MANY_TOOLS, and then nothing is taken over
   */
  apply(changes: ReadonlyMap<string, ToolProfile | undefined>): void {
    const tools = new Map(this.#tools)
    for (const [name, profile] of changes) {
      if (profile) tools.set(nameKey(name), profile)
      else tools.delete(nameKey(name))
    }
    this.#swap(tools)
  }

  /**
   * Forget everything and hold these instead.
   * @returns names of the tools that are not as they were
   * @throws ProfileError TOO_MANY_TOOLS, and then nothing is replaced
   */
  replace(profiles: readonly ToolProfile[]): string[] {
    const before = this.#tools
    const tools = new Map(
      profiles.map((profile) => {
        const held = before.get(nameKey(profile.name))
        return [nameKey(profile.name), held && isSameProfile(held, profile) ? held : profile] as const
      }),
    )
    this.#swap(tools)
    const gone = [...before].filter(([key]) => !tools.has(key))
    const different = [...tools].filter(([key, profile]) => before.get(key) !== profile)
    return [...gone, ...different].map(([, { name }]) => name).sort()
  }

  #swap(tools: ReadonlyMap<string, ToolProfile>): void {
    if (tools.size > this.#maxTools) throw tooManyTools(this.#maxTools)
    this.#tools = tools
    this.#views = undefined
  }

  #current(): Views {
    this.#views ??= viewsOf([...this.#tools.values()].filter(({ enabled }) => enabled))
    return this.#views
  }
}

export function tooManyTools(maxTools: number): ProfileError {
  return new ProfileError(
    'TOO_MANY_TOOLS',
    `The catalog has more than ${maxTools} tools. Load it with a higher maxTools.`,
  )
}

function viewsOf(enabled: readonly ToolProfile[]): Views {
  const all = enabled.toSorted((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1))
  const byCapability = new Map<string, ToolProfile[]>()
  for (const profile of all) {
    for (const key of new Set(profile.definition.capabilities.map(({ name }) => nameKey(name)))) {
      const own = byCapability.get(key)
      if (own) own.push(profile)
      else byCapability.set(key, [profile])
    }
  }
  for (const list of byCapability.values()) Object.freeze(list)
  return { all: Object.freeze(all), byCapability }
}
