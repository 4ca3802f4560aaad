import { Backoff, type BackoffOptions, pause } from './backoff.ts'
import { type Origin, queryState } from './catalog-queries.ts'
import { ChangeStream } from './change-stream.ts'
import { asProfileError, isForPeople, ProfileError } from './client-error.ts'
import type { Health } from './health.ts'
import type { Listeners } from './listeners.ts'
import type { LocalCatalog } from './local-catalog.ts'
import { epochChanged, readTools, TOOLS_BEFORE_SNAPSHOT } from './read-tools.ts'
import { isHigher, NO_REVISION } from './revision.ts'
import type { ServerOptions } from './server-options.ts'
import { readSnapshot } from './snapshot.ts'
import type { ChangeSetItem, StreamItem } from './stream-item.ts'

export interface FollowerParts {
  readonly server: ServerOptions
  readonly local: LocalCatalog
  readonly health: Health
  readonly listeners: Listeners
  readonly maxTools: number
  readonly reconnect: BackoffOptions
  /** How often the catalog is asked whether it has moved without the stream saying so, in milliseconds. */
  readonly refreshMs: number
  /** How long the stream may then take to say it after all, in milliseconds. */
  readonly patienceMs: number
  readonly keepAliveMs: number
}

const NOT_OPEN = 'The stream of changes is not open'

/** The server is not at the revision that we are at: it is behind, or its history was replaced. */
const HISTORY_CODES = new Set(['FUTURE_REVISION', 'REVISION_NOT_YET_AVAILABLE', 'EPOCH_CHANGED'])

/**
 * Keeps the local catalog up to date until it is stopped: a snapshot where one is needed, then the stream from its revision,
 * and when that ends the same again after a wait. All of it is one loop, so that nothing is ever applied beside something
 * else; whatever goes wrong leaves the tools and their revision as they were, and the loop goes on from there.
 */
export class Follower {
  readonly #parts: FollowerParts
  readonly #backoff: Backoff
  readonly #stopping = new AbortController()
  #stream: ChangeStream | undefined
  #needsSnapshot: boolean
  /** Why no stream is open. */
  #cause = NOT_OPEN
  #running: Promise<unknown> = Promise.resolve()

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.#backoff = new Backoff(parts.reconnect)
    // A saved snapshot may be of any age, and files of any catalog: the first contact replaces them.
    this.#needsSnapshot = parts.local.source !== 'server'
  }

  start(): void {
    this.#running = Promise.all([this.#follow(), this.#compare()])
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new ProfileError('CLOSED', 'The profiles were closed'))
    this.#stream?.close()
    await this.#running
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const wait = await this.#followOnce().then(
        () => this.#backoff.next(),
        (error: unknown) => this.#failed(asProfileError(error)),
      )
      await pause(wait, signal)
    }
  }

  async #followOnce(): Promise<void> {
    const { local, server, health, keepAliveMs } = this.#parts
    health.away(this.#cause)
    if (this.#needsSnapshot || !local.position) await this.#readAll(local.seen)
    if (!local.position || this.#stopping.signal.aborted) return
    const stream = new ChangeStream(server, { ...local.position, keepAliveMs })
    this.#stream = stream
    try {
      for (let items = await stream.take(); items.length > 0; items = await stream.take()) {
        await this.#apply(items)
        if (this.#needsSnapshot) break
        this.#backoff.reset()
        this.#cause = NOT_OPEN
        health.ready()
      }
    } finally {
      stream.close()
      this.#stream = undefined
      health.away(this.#cause)
    }
  }

  async #apply(items: readonly StreamItem[]): Promise<void> {
    const { local } = this.#parts
    const gap = items.find((item) => item.kind === 'resync')
    if (gap?.reason === 'EPOCH_CHANGED') local.forgetHistory()
    // What came before it is in the snapshot as well.
    if (gap) {
      this.#needsSnapshot = true
      return
    }
    await this.#applyChanges(newSets(items, local.position?.revision ?? NO_REVISION))
    for (const { revision } of items) local.advance(revision)
  }

  /** The tools are read once for all change sets that are waiting: how they are now is how the last one left them, or later. */
  async #applyChanges(sets: readonly ChangeSetItem[]): Promise<void> {
    const { local, server } = this.#parts
    const last = sets.at(-1)
    if (!last || !local.position) return
    const { epoch } = local.position
    const minRevision = isHigher(local.seen, last.revision) ? local.seen : last.revision
    const names = [...new Set(sets.flatMap(({ tools }) => tools))]
    // Under which name a tool is found now, its change does not say.
    if (sets.some(({ isRenaming }) => isRenaming) || names.length > TOOLS_BEFORE_SNAPSHOT) {
      await this.#readAll(minRevision)
      // The stream counts the revisions of the other history.
      if (local.position.epoch !== epoch) throw epochChanged()
      return
    }
    const latest = await readTools(server, { names, minRevision, epoch }, this.#stopping.signal)
    local.apply(sets, latest)
  }

  async #readAll(minRevision: string): Promise<void> {
    const { local, server, maxTools } = this.#parts
    local.replace(await readSnapshot(server, { minRevision, maxTools }, this.#stopping.signal))
    this.#needsSnapshot = false
  }

  /** @returns how long to wait before the next try, in milliseconds */
  async #failed(error: ProfileError): Promise<number> {
    const { health, listeners } = this.#parts
    if (this.#stopping.signal.aborted) return 0
    if (error.code === 'BAD_ANSWER') this.#needsSnapshot = true
    if (HISTORY_CODES.has(error.code)) await this.#checkHistory().catch(() => {})
    this.#cause = error.message
    listeners.problem('server', error.message)
    if (!isForPeople(error)) {
      health.away(error.message)
      return this.#backoff.next()
    }
    health.failed(error.message)
    return this.#backoff.slow()
  }

  /** Find out whether the server is merely behind, or has another history: then nothing that we know of ours holds. */
  async #checkHistory(): Promise<void> {
    const { local, server } = this.#parts
    const now = await queryState(server, this.#stopping.signal)
    const { position } = local
    if (position && now.epoch === position.epoch && !isHigher(position.revision, now.revision)) return
    local.forgetHistory()
    this.#needsSnapshot = true
  }

  /** The safety net: now and then, ask the catalog where it stands. */
  async #compare(): Promise<void> {
    const { signal } = this.#stopping
    const { refreshMs, patienceMs, server } = this.#parts
    for (;;) {
      await pause(refreshMs, signal)
      if (signal.aborted) return
      const now = await queryState(server, signal).catch(() => undefined)
      if (!now || !this.#isBehind(now)) continue
      await pause(patienceMs, signal)
      if (!signal.aborted && this.#isBehind(now)) this.#readAnew()
    }
  }

  /** Also while no stream is open: where websockets do not get through, this still brings what has changed, if late. */
  #isBehind({ epoch, revision }: Origin): boolean {
    const { position } = this.#parts.local
    return !this.#needsSnapshot && (position?.epoch !== epoch || isHigher(revision, position.revision))
  }

  #readAnew(): void {
    this.#parts.listeners.problem('server', 'The catalog has moved and the stream did not say so: all is read anew')
    this.#needsSnapshot = true
    this.#stream?.close()
  }
}

/** The change sets above a revision; one that comes again is left out. */
function newSets(items: readonly StreamItem[], after: string): ChangeSetItem[] {
  let last = after
  return items.filter((item): item is ChangeSetItem => {
    if (item.kind !== 'changes' || !isHigher(item.revision, last)) return false
    last = item.revision
    return true
  })
}
