/** What of the catalog changed, as one step. */
export interface ProfileChange {
  /** Strictly higher with each change, except behind one whose `epoch` is another one. */
  readonly revision: string
  /** Which history the revision is of. */
  readonly epoch: string
  /** Names of the tools concerned. */
  readonly tools: readonly string[]
  /** `changed`: one change set of the catalog; `resynced`: everything was read anew, and these tools are not as they were. */
  readonly reason: 'changed' | 'resynced'
}

export type ProfileStatus = 'ready' | 'stale' | 'error'

export interface StatusChange {
  readonly status: ProfileStatus
  /** Why, for people; empty when all is well. */
  readonly reason: string
}

/** Something that somebody may want to look at; what is served is not touched by it. */
export interface ProfileProblem {
  readonly source: 'server' | 'cache' | 'files' | 'listener'
  readonly message: string
}

export interface ProfileEvents {
  readonly change: ProfileChange
  readonly status: StatusChange
  readonly problem: ProfileProblem
}

type Listener<E extends keyof ProfileEvents> = (event: ProfileEvents[E]) => void

/** Problems of the start come before anybody can listen: so many are kept for the first who does. */
const MOST_KEPT = 100

export class Listeners {
  readonly #listeners: { readonly [E in keyof ProfileEvents]: Set<Listener<E>> } = {
    change: new Set(),
    status: new Set(),
    problem: new Set(),
  }
  #kept: ProfileProblem[] = []

  /** @returns a function that ends it */
  on<E extends keyof ProfileEvents>(event: E, listener: Listener<E>): () => void {
    const listeners: Set<Listener<E>> = this.#listeners[event]
    listeners.add(listener)
    if (event === 'problem') queueMicrotask(() => this.#tellKept())
    return () => void listeners.delete(listener)
  }

  emit<E extends keyof ProfileEvents>(event: E, value: ProfileEvents[E]): void {
    const listeners: ReadonlySet<Listener<E>> = this.#listeners[event]
    for (const listener of Array.from(listeners)) {
      try {
        listener(value)
      } catch (error) {
        // What a listener does wrong must not keep the next one, or the profiles, from going on.
        if (event !== 'problem') this.problem('listener', `A listener of "${event}" failed: ${String(error)}`)
      }
    }
  }

  problem(source: ProfileProblem['source'], message: string): void {
    const problem = { source, message }
    if (this.#listeners.problem.size > 0) this.emit('problem', problem)
    else if (this.#kept.length < MOST_KEPT) this.#kept.push(problem)
  }

  #tellKept(): void {
    if (this.#listeners.problem.size === 0) return
    for (const problem of this.#kept.splice(0)) this.emit('problem', problem)
  }
}
