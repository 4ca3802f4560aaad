import { hasRole, type Viewer } from '../auth/viewer.ts'
import type { CatalogCache } from '../catalog/catalog-cache.ts'
import { createLoaders, type Loaders } from '../catalog/loaders.ts'
import type { VersionContents } from '../catalog/version-contents.ts'
import type { ChangeHub } from '../changes/hub.ts'
import type { Database } from '../db/database.ts'
import { type Place, Snapshot } from '../db/snapshot.ts'
import { isUuid } from '../db/uuid.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Reloading } from '../reload/reloading.ts'
import type { Tracing } from '../telemetry/tracing.ts'

/** What is known of an operation before anything of the catalog is read. */
export interface Call {
  readonly database: Database
  readonly viewer: Viewer
  readonly requestId: string
  /** What a publish may not break, for tools that do not say so themselves. */
  readonly compatibility: Compatibility
  /** What this process remembers of the catalog. */
  readonly cache: CatalogCache
  /** What is measured of this process. */
  readonly performance: Measurements
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined
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
  /** Whether the answer, as far as it goes, may be given to others who ask the same: it depends on the revision alone. */
  isCacheable: boolean
}

/** @param pinnedTo where everything is read, as `CatalogCache.place` tells it; else where the catalog is at the first read */
export function createContext(call: Call, pinnedTo?: Place): Context {
  const { database, viewer, requestId, compatibility, cache, performance, tracing, hub, reloading } = call
  const reader = snapshotFor(call, pinnedTo)
  const loaders = createLoaders(reader, cache)
  // One by one: V8 (of Node 20) makes a new shape for each object that is a spread and more, and none of them is ever the
  // same as another, which costs more memory than everything else that a request does.
  return {
    database,
    viewer,
    requestId,
    compatibility,
    cache,
    performance,
    tracing,
    hub,
    reloading,
    reader,
    loaders,
    isCacheable: true,
  }
}

function snapshotFor({ database, viewer, cache, tracing }: Call, pinnedTo?: Place): Snapshot {
  const sees = hasRole(viewer, 'editor') ? 'everything' : 'published'
  return new Snapshot(database, { sees, pinnedTo, memory: cache.lists, tracing, onOpen: cache.saw })
}

/** Read on from a new snapshot, which opens at its first read: whoever has written by then sees it. */
export async function renewSnapshot(context: Context): Promise<void> {
  await context.reader.end()
  context.reader = snapshotFor(context)
  context.loaders = createLoaders(context.reader, context.cache)
}

/** Read from what this process remembers, where it can be, and the rest from the database. Nothing was read yet. */
export function pinToMemory(context: Context): void {
  const { place } = context.cache
  if (!place) return
  context.reader = snapshotFor(context, place)
  context.loaders = createLoaders(context.reader, context.cache)
}

/**
 * Execute a query. When the database turns out to be at another revision than the one that its context is pinned to,
 * nothing of the first try is used, whether it failed or not: the query is executed again, at that revision.
 */
export async function executeWhereItIs<T>(context: Context, execute: () => T | Promise<T>): Promise<T> {
  try {
    const result = await execute()
    if (!context.reader.hasMoved) return result
  } catch (error) {
    if (!context.reader.hasMoved) throw error
  }
  await context.reader.moveOn()
  context.loaders = createLoaders(context.reader, context.cache)
  return execute()
}

/** The ids that can be in the database at all; a global id is the caller's text. */
export function knownIds(ids: readonly string[]): (string | null)[] {
  return ids.map((id) => (isUuid(id) ? id : null))
}

/** Load nodes by the caller's ids: null for what is not there and for what cannot be. */
export async function loadNodes<T>(
  loader: { load(id: string): T | null | Promise<T | null> },
  ids: readonly string[],
): Promise<(T | null)[]> {
  return Promise.all(knownIds(ids).map(async (id) => (id === null ? null : loader.load(id))))
}

/** What a version holds, which a row of the same snapshot names. */
export async function contentsOf(versionId: string, { loaders }: Pick<Context, 'loaders'>): Promise<VersionContents> {
  const contents = await loaders.contents.load(versionId)
  if (!contents) throw new Error('A version of the same snapshot has contents')
  return contents
}
