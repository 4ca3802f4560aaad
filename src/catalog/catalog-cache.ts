import type { ChangeFeed } from '../changes/feed.ts'
import type { LoggedChangeSet } from '../changes/read-log.ts'
import { isSamePlace, type Place } from '../db/snapshot.ts'
import type { CacheFigures } from '../performance/cache-figures.ts'
import { nameTag, ObjectCache, type Tag } from './object-cache.ts'
import { RevisionMemory } from './revision-memory.ts'
import { ToolIndexKeeper } from './tool-index-keeper.ts'

export interface CatalogCacheBounds {
  /** Tools, with all that belongs to them. */
  readonly tools: number
  /** Half for the objects, a quarter for the lists; and all of it once more for the index of tools. */
  readonly bytes: number
}

/** Entries that one tool takes: by id and by name, its versions, capabilities and patterns, for readers and for editors. */
const ENTRIES_PER_TOOL = 16

type Feed = Pick<ChangeFeed, 'state' | 'isFollowing' | 'next' | 'listen' | 'hint' | 'refresh'>

/**
 * What this process remembers of the catalog, and whether it is the newest that anybody here has heard of. It hears of
 * revisions in three ways: from the feed, which says what has changed; from its own commits and from every snapshot
 * that is opened, which only say that there is more. As long as the feed has not read up to the newest, nothing is
 * answered from memory alone: an answer is never older than one that this process has given before.
 */
export class CatalogCache {
  readonly objects: ObjectCache
  readonly lists: RevisionMemory
  /** To be started when the database is open, and stopped before it closes. */
  readonly tools: ToolIndexKeeper
  readonly #feed: Feed
  /** The newest that was heard of; undefined when that is in doubt. */
  #newest: Place | undefined

  /** Begins to follow the feed. It must be the first that listens: what it keeps must be gone before anybody is told. */
  constructor(feed: Feed, { tools, bytes }: CatalogCacheBounds) {
    this.#feed = feed
    this.objects = new ObjectCache({ entries: tools * ENTRIES_PER_TOOL, bytes: Math.floor(bytes / 2) })
    this.lists = new RevisionMemory(tools === 0 ? 0 : Math.floor(bytes / 4))
    feed.listen(() => this.#follow())
    this.tools = new ToolIndexKeeper(feed, tools === 0 ? 0 : bytes)
  }

  /** Where the catalog is, as far as this process can know; undefined when the database must be asked. */
  get place(): Place | undefined {
    const { followed } = this.objects
    const isNewest = followed && this.#newest && isSamePlace(followed, this.#newest)
    return isNewest && this.#feed.isFollowing ? followed : undefined
  }

  /** Whether the changes of others are known here. */
  get isFollowing(): boolean {
    return this.#feed.isFollowing
  }

  /** The newest revision that was heard of; undefined when that is in doubt. */
  get newestRevision(): number | undefined {
    return this.#newest?.revision
  }

  /** A snapshot has shown that the catalog is there. */
  readonly saw = (place: Place): void => {
    const newest = this.#newest
    if (newest && newest.epoch !== place.epoch) this.#doubt()
    else if (newest && newest.revision < place.revision) {
      this.#newest = place
      this.#feed.hint()
    }
  }

  /** This process has committed a revision. */
  readonly committed = ({ revision }: { readonly revision: string }): void => {
    if (this.#newest) this.saw({ epoch: this.#newest.epoch, revision: Number(revision) })
  }

  get figures(): readonly CacheFigures[] {
    return [this.objects.figures, this.lists.figures, this.tools.figures]
  }

  /** The database may have been restored: which history is the right one, the feed finds out. */
  #doubt(): void {
    this.#newest = undefined
    void this.#feed.refresh().then(() => {
      this.#follow()
      this.#newest ??= this.objects.followed
    })
  }

  #follow(): void {
    const { epoch, revision } = this.#feed.state
    const { followed } = this.objects
    this.lists.clear()
    if (!followed || followed.epoch !== epoch || revision < followed.revision) this.#restart({ epoch, revision })
    else this.#advance(followed, revision)
    const newest = this.#newest
    if (newest && newest.epoch === epoch && newest.revision < revision) this.#newest = { epoch, revision }
  }

  #restart(place: Place): void {
    this.objects.clear(place)
    this.#newest = place
  }

  #advance({ epoch, revision: from }: Place, to: number): void {
    for (let revision = from; revision < to; revision++) {
      const changeSet = this.#feed.next(revision)
      if (!changeSet) {
        this.objects.clear({ epoch, revision: to })
        return
      }
      this.objects.advance({ epoch, revision: changeSet.number }, tagsOf(changeSet))
    }
  }
}

function* tagsOf({ events }: LoggedChangeSet): Generator<Tag> {
  for (const { toolId, toolName, newName } of events) {
    yield toolId
    // For those who asked for it when there was none of this name.
    yield nameTag(toolName.toLowerCase())
    if (newName !== null) yield nameTag(newName.toLowerCase())
  }
}
