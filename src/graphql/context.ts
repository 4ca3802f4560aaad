import { createLoaders, type Loaders } from '../catalog/loaders.ts'
import type { Database } from '../db/database.ts'
import { Snapshot } from '../db/snapshot.ts'

/** What a resolver may use: one snapshot of the catalog, and the loaders over it. Made anew for every operation. */
export interface Context {
  readonly reader: Snapshot
  readonly loaders: Loaders
}

export function createContext(database: Pick<Database, 'pool' | 'kind'>): Context {
  const reader = new Snapshot(database)
  return { reader, loaders: createLoaders(reader) }
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** The ids that can be in the database at all; a global id is the caller's text. */
export function knownIds(ids: readonly string[]): (string | null)[] {
  return ids.map((id) => (UUID.test(id) ? id : null))
}

/** Load nodes by the caller's ids: null for what is not there and for what cannot be. */
export async function loadNodes<T>(
  loader: { load(id: string): Promise<T | null> },
  ids: readonly string[],
): Promise<(T | null)[]> {
  return Promise.all(knownIds(ids).map(async (id) => (id === null ? null : loader.load(id))))
}
