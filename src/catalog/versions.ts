import type { Order } from './cursor.ts'
import type { Loaders } from './loaders.ts'
import { type Page, type PageArguments, slicePage } from './page.ts'
import type { VersionRow } from './rows.ts'

const ORDER: Order = { name: 'versions', columns: [{ sql: 'id', type: 'uuid' }], descending: true }

/** The version of a tool that was published under this very name; null when there is none. */
export async function findVersion(loaders: Loaders, toolId: string, version: string): Promise<VersionRow | null> {
  const versions = await loaders.versionsByTool.load(toolId)
  return versions.find((candidate) => candidate.version === version) ?? null
}

/** One page of a tool's versions, highest first. */
export async function listVersions(loaders: Loaders, toolId: string, page: PageArguments): Promise<Page<VersionRow>> {
  return slicePage(await loaders.versionsByTool.load(toolId), page, ORDER, ({ id }) => id)
}
