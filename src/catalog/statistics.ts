import type { Reader } from '../db/snapshot.ts'
import type { Status } from '../definition/vocabulary.ts'
import { visibleTools, visibleVersions } from './visible.ts'

export interface NamedCount {
  readonly name: string
  readonly count: number
}

/** Counts over the tools that are not deleted; capabilities and patterns of their latest versions. */
interface Figures {
  readonly tools: number
  readonly enabledTools: number
  readonly versions: number
  readonly capabilities: number
  readonly patterns: number
  readonly productionSafePatterns: number
  readonly patternsRequiringApproval: number
  readonly toolsByPlatform: readonly NamedCount[]
  readonly toolsByCategory: readonly NamedCount[]
  readonly toolsByStatus: readonly { readonly name: Status; readonly count: number }[]
}

export interface CatalogStatistics extends Figures {
  /** The revision that they are of, as digits. */
  readonly revision: string
  readonly computedAt: Date
}

/** How long the view may stay behind a change before the figures are counted instead, in seconds. */
const MOST_BEHIND_SECONDS = 10

/**
 * The figures of the view, which is refreshed soon after each change. Whoever wants those of the revision that the reader
 * shows has them counted; so has everybody when the view could not be refreshed for a while.
 */
export async function catalogStatistics(reader: Reader, { exact }: { exact: boolean }): Promise<CatalogStatistics> {
  const key = `catalogStatistics ${reader.sees}`
  const place = await reader.open?.()
  const known = place && reader.memory?.find(key, place)
  // Only this function keeps anything under this key.
  if (known !== undefined) return known as CatalogStatistics
  const found = (exact ? undefined : await readView(reader)) ?? (await countAll(reader))
  // Those of the revision that is shown will not change; those of the one before will.
  if (place && reader.place === place && found.revision === String(place.revision))
    reader.memory?.keep(key, found, place)
  return found
}

async function readView(reader: Reader): Promise<CatalogStatistics | undefined> {
  const [row] = await reader.query<{ figures: Figures; revision: string; computedAt: Date }>(
    'statisticsView',
    `SELECT figures, revision::text, computed_at AS "computedAt" FROM catalog_statistics
     WHERE sees = $1 AND NOT EXISTS (
       SELECT FROM change_sets s
       WHERE s.revision = catalog_statistics.revision + 1 AND s.at < now() - interval '${MOST_BEHIND_SECONDS} seconds')`,
    [reader.sees],
  )
  return row && { ...row.figures, revision: row.revision, computedAt: row.computedAt }
}

async function countAll(reader: Reader): Promise<CatalogStatistics> {
  const [row] = await reader.query<CatalogStatistics>(
    'catalogStatistics',
    `WITH living AS (SELECT id, enabled, latest_version_id, platform, category, status FROM tools t WHERE ${visibleTools(reader).join(' AND ')}),
       served AS (SELECT p.production_safe, p.requires_approval FROM patterns p JOIN living ON living.latest_version_id = p.version_id)
     SELECT revision::text, statement_timestamp() AS "computedAt", (SELECT count(*)::int FROM living) AS tools,
       (SELECT count(*)::int FROM living WHERE enabled) AS "enabledTools",
       (SELECT count(*)::int FROM tool_versions v JOIN living ON living.id = v.tool_id WHERE ${visibleVersions(reader)}) AS versions,
       (SELECT count(*)::int FROM capabilities c JOIN living ON living.latest_version_id = c.version_id) AS capabilities,
       (SELECT count(*)::int FROM served) AS patterns,
       (SELECT count(*)::int FROM served WHERE production_safe) AS "productionSafePatterns",
       (SELECT count(*)::int FROM served WHERE requires_approval) AS "patternsRequiringApproval",
       ${countsBy('platform')} AS "toolsByPlatform",
       ${countsBy('category')} AS "toolsByCategory",
       ${countsBy('status')} AS "toolsByStatus"
     FROM catalog_state`,
  )
  if (!row) throw new Error('catalog_state has no row: the database was not migrated')
  return row
}

function countsBy(column: 'platform' | 'category' | 'status'): string {
  return `(SELECT coalesce(json_agg(json_build_object('name', ${column}, 'count', count) ORDER BY count DESC, ${column}), '[]')
     FROM (SELECT ${column}::text, count(*)::int FROM living GROUP BY ${column}) AS groups)`
}
