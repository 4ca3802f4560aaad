import type { LatestTools, Origin } from './catalog-queries.ts'
import type { Listeners } from './listeners.ts'
import type { ProfileStore } from './profile-store.ts'
import { higher, isHigher, NO_REVISION } from './revision.ts'
import type { Position, Snapshot } from './snapshot.ts'
import type { ChangeSetItem } from './stream-item.ts'
import type { VersionCache } from './version-cache.ts'

/** Where what is served came from. */
export type ProfileSource = 'server' | 'cache' | 'files'

export interface LocalParts {
  readonly store: ProfileStore
  readonly versions: VersionCache
  readonly listeners: Listeners
  /** Called after every change of what is held. */
  readonly changed: () => void
}

/**
 * The tools together with the revision they are of. Every tool is held as the catalog has it at `revision` or later, and
 * never older than it was held before.
 */
export class LocalCatalog {
  readonly #parts: LocalParts
  #position: Position | undefined
  source: ProfileSource

  constructor(parts: LocalParts, source: ProfileSource, position: Position | undefined) {
    this.#parts = parts
    this.#position = position
    this.source = source
  }

  /** Undefined for what came from files, which have none. */
  get position(): Origin | undefined {
    return this.#position
  }

  /** The highest revision that any answer was of: who asks again asks for this one at least, whichever replica answers. */
  get seen(): string {
    return this.#position?.seen ?? NO_REVISION
  }

  /** What was known of the history does not hold any more: it was replaced by another one. */
  forgetHistory(): void {
    if (this.#position) this.#position = { ...this.#position, seen: NO_REVISION }
  }

  /** Nothing up to this revision is missing. */
  advance(revision: string): void {
    if (!this.#position || !isHigher(revision, this.#position.revision)) return
    this.#position = { ...this.#position, revision, seen: higher(this.#position.seen, revision) }
    this.#parts.changed()
  }

  /** Take over change sets that the stream told of, and the tools they concern as they are now; in one step. */
  apply(sets: readonly ChangeSetItem[], { tools, revision: seen }: Pick<LatestTools, 'tools' | 'revision'>): void {
    const last = sets.at(-1)
    if (!last || !this.#position) return
    const { store, versions, listeners } = this.#parts
    store.apply(tools)
    versions.forget(tools.keys())
    const { epoch } = this.#position
    this.#position = { ...this.#position, seen: higher(this.#position.seen, seen) }
    this.advance(last.revision)
    for (const { revision, tools: names } of sets)
      listeners.emit('change', { revision, epoch, tools: names, reason: 'changed' })
  }

  /** Hold what a snapshot says, and nothing else. */
  replace({ profiles, epoch, revision, seen }: Snapshot): void {
    const { store, versions, listeners, changed } = this.#parts
    const isSameHistory = this.#position?.epoch === epoch
    const tools = store.replace(profiles)
    versions.clear()
    this.#position = { epoch, revision, seen: isSameHistory ? higher(this.seen, seen) : seen }
    this.source = 'server'
    changed()
    if (tools.length > 0 || !isSameHistory) listeners.emit('change', { revision, epoch, tools, reason: 'resynced' })
  }
}
