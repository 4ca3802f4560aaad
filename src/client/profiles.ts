import { CacheFile } from './cache-file.ts'
import { isForPeople, type ProfileError } from './client-error.ts'
import type { FirstState } from './first-state.ts'
import { Follower } from './follower.ts'
import { Health } from './health.ts'
import type { Listeners, ProfileEvents, ProfileStatus } from './listeners.ts'
import { LocalCatalog, type ProfileSource } from './local-catalog.ts'
import type { ProfileSettings } from './profile-options.ts'
import { ProfileStore } from './profile-store.ts'
import type { ToolProfile } from './tool-profile.ts'
import { VersionCache } from './version-cache.ts'
import { VersionLookup } from './version-lookup.ts'

/** The tools of a catalog, in memory and up to date. `loadProfiles` makes them. */
export class Profiles {
  readonly #listeners: Listeners
  readonly #store: ProfileStore
  readonly #lookup: VersionLookup
  readonly #local: LocalCatalog
  readonly #health: Health
  readonly #follower: Follower
  readonly #cacheFile: CacheFile | undefined
  #closing: Promise<void> | undefined

  constructor(settings: ProfileSettings, listeners: Listeners, { profiles, source, position, error }: FirstState) {
    const { server, maxTools, maxVersions, graceMs } = settings
    this.#listeners = listeners
    const store = new ProfileStore(maxTools)
    store.replace(profiles)
    const versions = new VersionCache(maxVersions)
    const changed = () => this.#cacheFile?.changed()
    const local = new LocalCatalog({ store, versions, listeners, changed }, source, position)
    this.#store = store
    this.#local = local
    this.#lookup = new VersionLookup({ server, store, versions, local })
    this.#health = new Health(listeners, graceMs)
    this.#tellStart(error)
    this.#cacheFile = this.#openCacheFile(settings)
    if (source === 'server') changed()
    this.#follower = new Follower({ ...settings, listeners, local, health: this.#health })
    this.#follower.start()
  }

  /** The revision that the tools are of, at least; undefined while they come from files. */
  get revision(): string | undefined {
    return this.#local.position?.revision
  }

  /** Which history the revision is of; undefined while the tools come from files. */
  get epoch(): string | undefined {
    return this.#local.position?.epoch
  }

  /** `ready`, `stale` (the server is away) or `error` (somebody has to do something). The tools are served in every case. */
  get status(): ProfileStatus {
    return this.#health.status
  }

  /** Why the status is what it is, for people; empty when all is well. */
  get statusReason(): string {
    return this.#health.reason
  }

  /** Where the tools that are served came from. */
  get source(): ProfileSource {
    return this.#local.source
  }

  /** The enabled tools, by name. Always the same frozen list until something changes. */
  all(): readonly ToolProfile[] {
    return this.#store.all()
  }

  /** The enabled tools that have this capability, by name; names are compared case-insensitively. */
  byCapability(name: string): readonly ToolProfile[] {
    return this.#store.byCapability(name)
  }

  /** The latest version of a tool, also of one that is not enabled: look at `enabled` before it is run. */
  get(name: string): ToolProfile | undefined
  /**
   * A version of a tool: from memory when it is the latest or was asked for before, otherwise the server is asked.
   * Undefined when there is no such tool or version.
   * @throws ProfileError when the server has to be asked and does not answer
   */
  get(name: string, version: string): Promise<ToolProfile | undefined>
  get(name: string, version?: string): ToolProfile | undefined | Promise<ToolProfile | undefined> {
    return version === undefined ? this.#store.get(name) : this.#lookup.find(name, version)
  }

  /**
   * Hear of every change (`change`), of what becomes of the connection (`status`), and of what somebody may want to look at
   * (`problem`; those of the start are told to the first who listens).
   * @returns a function that ends it
   */
  on<E extends keyof ProfileEvents>(event: E, listener: (event: ProfileEvents[E]) => void): () => void {
    return this.#listeners.on(event, listener)
  }

  /** Stop following, and save what is held. What is held can still be read. Safe to call more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#lookup.close()
    await this.#follower.stop()
    this.#health.stale('closed')
    await this.#cacheFile?.close()
  }

  #tellStart(error: ProfileError | undefined): void {
    if (!error) this.#health.ready()
    else if (isForPeople(error)) this.#health.failed(error.message)
    else this.#health.stale(error.message)
  }

  #openCacheFile({ cacheFile: path, server, cacheDelayMs: delayMs }: ProfileSettings): CacheFile | undefined {
    if (path === undefined) return undefined
    const snapshot = () => this.#local.position && { ...this.#local.position, profiles: [...this.#store.held()] }
    const failed = (error: unknown) => this.#listeners.problem('cache', `${path}: ${String(error)}`)
    return new CacheFile({ path, url: server.url, delayMs, snapshot, failed })
  }
}
