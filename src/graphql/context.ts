import { hasRole, type Viewer } from '../auth/viewer.ts'
import { createLoaders, type Loaders } from '../catalog/loaders.ts'
import type { ChangeHub } from '../changes/hub.ts'
import type { Database } from '../db/database.ts'
import { Snapshot } from '../db/snapshot.ts'
import { isUuid } from '../db/uuid.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import type { Reloading } from '../reload/reloading.ts'

/** What is known of an operation before anything of the catalog is read. */
export interface Call {
  readonly database: Database
  readonly viewer: Viewer
  readonly requestId: string
  /** What a publish may not break, for tools that do not say so themselves. */
  readonly compatibility: Compatibility
  /** The log as it grows, for subscriptions. */
  readonly hub: ChangeHub
  /** The reloader, and the history of reloads as it grows. */
  readonly reloading: Reloading
}

/** What a resolver may use: who asks, one snapshot of the catalog, and the loaders over it. Made anew for every operation. */
export interface Context extends Call {
  /** Replaced before each write, and opened by the first read behind it: what a mutation answers is read after it. */
  reader: Snapshot
  loaders: Loaders
}

export function createContext(call: Call): Context {
  const reader = snapshotFor(call)
  return { ...call, reader, loaders: createLoaders(reader) }
}

function snapshotFor({ database, viewer }: Call): Snapshot {
  return new Snapshot(database, hasRole(viewer, 'editor') ? 'everything' : 'published')
}

/** Read on from a new snapshot, which opens at its first read: whoever has written by then sees it. */
export async function renewSnapshot(context: Context): Promise<void> {
  await context.reader.end()
  context.reader = snapshotFor(context)
  context.loaders = createLoaders(context.reader)
}

/** The ids that can be in the database at all; a global id is the caller's text. */
export function knownIds(ids: readonly string[]): (string | null)[] {
  return ids.map((id) => (isUuid(id) ? id : null))
}

/** Load nodes by the caller's ids: null for what is not there and for what cannot be. */
export async function loadNodes<T>(
  loader: { load(id: string): Promise<T | null> },
  ids: readonly string[],
): Promise<(T | null)[]> {
  return Promise.all(knownIds(ids).map(async (id) => (id === null ? null : loader.load(id))))
}
