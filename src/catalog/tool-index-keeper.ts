import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ChangeFeed } from '../changes/feed.ts'
import type { Database } from '../db/database.ts'
import { isSamePlace, type Place, type Reader, Snapshot } from '../db/snapshot.ts'
import { SnapshotMovedError } from '../db/snapshot-errors.ts'
import type { CacheFigures } from '../performance/cache-figures.ts'
import { INDEXED_TOOLS, type IndexedTool } from './tool-entry.ts'
import { ToolIndex } from './tool-index.ts'
import type { RememberedTools } from './tools.ts'

type Feed = Pick<ChangeFeed, 'state' | 'next' | 'listen' | 'refresh'>

/** Tools that are read at once: as many rows as keep the event loop for a few milliseconds. */
const BATCH = 500
/** Tools that have changed and are read again one by one; when there are more, all are. */
const MOST_CHANGED = 2_000
/** Wait before the next try when the database could not be read, or the catalog was too large, in milliseconds. */
const RETRY_MS = { failed: 1_000, tooLarge: 60_000 }

/**
 * Keeps the index of tools where the catalog is: off the request path, it reads again what a revision has changed. Until it is
 * there, and when the catalog is larger than the index may be, lists ask the database.
 */
export class ToolIndexKeeper implements RememberedTools {
  readonly #feed: Feed
  readonly #mostBytes: number
  #database: Database | undefined
  #index: ToolIndex | undefined
  #running: Promise<void> | undefined
  #isHinted = false
  #isStopped = false
  #retry: NodeJS.Timeout | undefined
  #isTooLarge = false
  #hits = 0
  #misses = 0

  /** @param mostBytes 0 keeps no index */
  constructor(feed: Feed, mostBytes: number) {
    this.#feed = feed
    this.#mostBytes = mostBytes
    feed.listen(() => this.#hint())
  }

  /** Begin to read. The feed must have been started. */
  start(database: Database): void {
    this.#database = database
    this.#hint()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    await this.#running
  }

  at(place: Place | undefined): ToolIndex | undefined {
    const index = this.#index
    if (place && index && isSamePlace(index.place, place)) {
      this.#hits++
      return index
    }
    this.#misses++
    return undefined
  }

  get figures(): CacheFigures {
    return {
      name: 'tools',
      hits: this.#hits,
      misses: this.#misses,
      evictions: 0,
      entries: this.#index?.size ?? 0,
      bytes: this.#index?.bytes ?? 0,
      mostBytes: this.#mostBytes,
    }
  }

  #hint(): void {
    this.#isHinted = true
    if (!this.#database || this.#isStopped || this.#isTooLarge || this.#mostBytes === 0) return
    this.#running ??= this.#run(this.#database).finally(() => {
      this.#running = undefined
    })
  }

  async #run(database: Database): Promise<void> {
    try {
      while (this.#isHinted && !this.#isStopped) {
        this.#isHinted = false
        await this.#follow(database)
      }
    } catch {
      // The feed says why, and that it is over.
      this.#index = undefined
      this.#hintLater(RETRY_MS.failed)
    }
  }

  #hintLater(ms: number): void {
    this.#retry = setTimeout(() => {
      this.#isTooLarge = false
      this.#hint()
    }, ms).unref()
  }

  /** Such a catalog is left to the database. */
  #giveUp(): undefined {
    this.#index = undefined
    this.#isTooLarge = true
    this.#hintLater(RETRY_MS.tooLarge)
  }

  async #follow(database: Database): Promise<void> {
    const { epoch, revision } = this.#feed.state
    const index = this.#index
    const changed =
      index && index.place.epoch === epoch ? this.#changedSince(index.place.revision, revision) : undefined
    if (!index || !changed || changed.size > MOST_CHANGED) {
      this.#index = await this.#load(database)
      return
    }
    if (changed.size > 0) await this.#patch(database, index, changed, { epoch, revision })
    else if (index.place.revision < revision) index.place = { epoch, revision }
  }

  /** Ids of tools; undefined when nobody knows any more. */
  #changedSince(from: number, to: number): Set<string> | undefined {
    const changed = new Set<string>()
    for (let revision = from; revision < to; revision++) {
      const changeSet = this.#feed.next(revision)
      if (!changeSet) return undefined
      for (const { toolId } of changeSet.events) changed.add(toolId)
    }
    return changed
  }

  async #patch(database: Database, index: ToolIndex, changed: ReadonlySet<string>, place: Place): Promise<void> {
    const snapshot = new Snapshot(database, { pinnedTo: place })
    try {
      const tools = await readTools(snapshot, 'AND t.id = ANY($1::uuid[])', [[...changed]])
      // All of them first: one may have taken the name of another.
      for (const id of changed) index.remove(id)
      for (const tool of tools) index.put(tool)
      index.place = place
      if (index.bytes > this.#mostBytes) this.#giveUp()
    } catch (error) {
      if (!(error instanceof SnapshotMovedError)) throw error
      // What has changed meanwhile is known as soon as the feed has read it, and that is a hint.
      void this.#feed.refresh()
    } finally {
      await snapshot.end()
    }
  }

  async #load(database: Database): Promise<ToolIndex | undefined> {
    const snapshot = new Snapshot(database)
    try {
      const index = new ToolIndex(await snapshot.open())
      for (let after: string | undefined = ''; after !== undefined && !this.#isStopped; ) {
        const tools = await readTools(snapshot, ...batchBehind(after))
        for (const tool of tools) index.put(tool)
        if (index.bytes > this.#mostBytes) return this.#giveUp()
        after = tools.length === BATCH ? tools.at(-1)?.id : undefined
        await nextTurn()
      }
      return index
    } finally {
      await snapshot.end()
    }
  }
}

function batchBehind(id: string): [string, unknown[]] {
  return id === '' ? [`ORDER BY t.id LIMIT ${BATCH}`, []] : [`AND t.id > $1::uuid ORDER BY t.id LIMIT ${BATCH}`, [id]]
}

function readTools(reader: Reader, which: string, values: unknown[]): Promise<IndexedTool[]> {
  return reader.query<IndexedTool>('toolIndex', `${INDEXED_TOOLS} ${which}`, values)
}
