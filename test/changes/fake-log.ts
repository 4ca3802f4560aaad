import type { ChangeSource } from '../../src/changes/cursor.ts'
import type { LoggedChangeSet, LogState } from '../../src/changes/read-log.ts'
import type { Bookmark, StreamItem } from '../../src/changes/stream-item.ts'

/** The change set of a revision, with one event of the tool that is named. */
export function aChangeSet(number: number, toolName = 'grep', events = 1): LoggedChangeSet {
  const revision = String(number)
  const about = { at: new Date(0), actor: 'tester', source: 'api', message: null, requestId: null, hash: null } as const
  const event = {
    revision,
    kind: 'ToolUpdated',
    toolId: toolName,
    toolName,
    newName: null,
    version: null,
    latest: null,
  } as const
  return {
    ...about,
    number,
    revision,
    events: Array.from({ length: events }, (_, position) => {
      return { ...event, position, draft: false, platforms: ['linux'], capabilities: [] }
    }),
  }
}

/** A log in memory, under a clock that stands still: what a cursor sees of the feed and of the database. */
export class FakeLog implements ChangeSource {
  state: LogState = { epoch: 'first', revision: 0, compactedRevision: 0 }
  time = 0
  /** Whether a revision is in memory, or has to be read. */
  isKept: (revision: number) => boolean = () => true
  /** Called before a revision is read. */
  beforeRead: () => Promise<void> | void = () => {}
  reads = 0
  readonly #changeSets: LoggedChangeSet[] = []

  now = (): number => this.time

  next = (revision: number): LoggedChangeSet | undefined =>
    this.isKept(revision + 1) ? this.#changeSets[revision] : undefined

  read = async (revision: number, epoch: string): Promise<LoggedChangeSet | 'compacted' | 'another epoch'> => {
    this.reads++
    await this.beforeRead()
    if (epoch !== this.state.epoch) return 'another epoch'
    if (revision < this.state.compactedRevision) return 'compacted'
    const changeSet = this.#changeSets[revision]
    if (!changeSet) throw new Error(`There is no revision ${revision + 1}`)
    return changeSet
  }

  bookmark = (revision: number, epoch: string): Bookmark => ({ type: 'Bookmark', revision: String(revision), epoch })

  /** Commit so many revisions. */
  grow(count = 1, toolName = 'grep'): void {
    for (let i = 0; i < count; i++) this.#changeSets.push(aChangeSet(this.#changeSets.length + 1, toolName))
    this.state = { ...this.state, revision: this.#changeSets.length }
  }

  compact(compactedRevision: number): void {
    this.state = { ...this.state, compactedRevision }
  }
}

/** What an item says, in short: `5`, `bookmark 5`, `COMPACTED`. */
export function inShort(item: StreamItem | undefined): string {
  if (!item) return 'end'
  if (item.type === 'ResyncRequired') return item.reason
  return item.type === 'Bookmark' ? `bookmark ${item.revision}` : item.revision
}
