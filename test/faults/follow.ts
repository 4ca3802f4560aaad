import type { SubscriptionRecord } from './history.ts'
import type { Replica } from './replica.ts'
import { coveredBy } from './validate-history.ts'
import { eventually } from './wait.ts'
import { watch } from './watch-socket.ts'

export interface Follower {
  readonly record: SubscriptionRecord
  /** Whether it ended, or was told that it is at this revision, before so many milliseconds were over. */
  reached(revision: number, withinMs: number): Promise<boolean>
  leave(): Promise<void>
}

/** One subscription that is recorded, and not begun again when it ends. */
export function follow(replica: Replica, key: string, afterRevision: number | undefined, head: number): Follower {
  const record: SubscriptionRecord = {
    watcher: 'follower',
    replica: replica.name,
    seesDrafts: true,
    filter: undefined,
    openedAt: performance.now(),
    afterRevision,
    headAtOpen: head,
    subscribedAt: undefined,
    items: [],
    end: undefined,
  }
  const opened = watch({ url: replica.url, key, afterRevision, onItem: (item) => record.items.push(item) })
  const ended = opened.ended.then((end) => {
    record.end = end
  })
  return {
    record,
    reached: (revision, withinMs) =>
      eventually(
        () => record.end !== undefined || (record.items.length > 0 && (coveredBy(record) ?? 0) >= revision),
        withinMs,
        5,
      ),
    leave: async () => {
      opened.leave()
      await ended
    },
  }
}

/** What it got, in one line: `12 13 | COMPACTED`. */
export function summary({ items, end }: SubscriptionRecord): string {
  const got = items.map((item) => {
    if (item.kind === 'resync') return `${item.reason} at ${item.compactedRevision}`
    return item.kind === 'bookmark' ? `(${item.revision})` : String(item.revision)
  })
  return [...got, ...(end ? [`${end.kind} ${end.code}`] : [])].join(' ')
}
