import { queryVersion } from './catalog-queries.ts'
import { ProfileError } from './client-error.ts'
import type { LocalCatalog } from './local-catalog.ts'
import type { ProfileStore } from './profile-store.ts'
import { higher, NO_REVISION } from './revision.ts'
import type { ServerOptions } from './server-options.ts'
import { nameKey, type ToolProfile } from './tool-profile.ts'
import type { VersionCache } from './version-cache.ts'

export interface VersionLookupParts {
  readonly server: ServerOptions
  readonly store: ProfileStore
  readonly versions: VersionCache
  readonly local: LocalCatalog
}

/** Finds versions by name: what is not in memory the server is asked for, once however many ask at the same time. */
export class VersionLookup {
  readonly #parts: VersionLookupParts
  readonly #closing = new AbortController()
  readonly #asked = new Map<string, Promise<ToolProfile | undefined>>()

  constructor(parts: VersionLookupParts) {
    this.#parts = parts
  }

  async find(name: string, version: string): Promise<ToolProfile | undefined> {
    const { store, versions } = this.#parts
    const latest = store.get(name)
    if (latest?.version === version) return latest
    const known = versions.get(name, version)
    if (known) return known
    const key = `${versions.generation}\n${nameKey(name)}\n${version}`
    const asked = this.#asked.get(key) ?? this.#ask(name, version).finally(() => this.#asked.delete(key))
    this.#asked.set(key, asked)
    return asked
  }

  close(): void {
    this.#closing.abort(new ProfileError('CLOSED', 'The profiles were closed'))
  }

  async #ask(name: string, version: string): Promise<ToolProfile | undefined> {
    const { server, versions, local } = this.#parts
    const { generation } = versions
    const minRevision = higher(local.seen, local.position?.revision ?? NO_REVISION)
    const profile = await queryVersion(server, { name, version, minRevision }, this.#closing.signal)
    // What was forgotten meanwhile may be what has just been answered.
    if (profile && versions.generation === generation) versions.set(name, version, profile)
    return profile
  }
}
