import type { Reader } from '../db/snapshot.ts'

/** Where the catalog stands. Revisions are digits. */
export interface CatalogState {
  readonly epoch: string
  readonly revision: string
  readonly compactedRevision: string
}

export async function readCatalogState(reader: Reader): Promise<CatalogState> {
  const [state] = await reader.query<CatalogState>(
    'catalogState',
    'SELECT epoch, revision::text AS revision, compacted_revision::text AS "compactedRevision" FROM catalog_state',
  )
  if (!state) throw new Error('catalog_state has no row: the database was not migrated')
  return state
}
