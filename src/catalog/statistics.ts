import type { Reader } from '../db/snapshot.ts'
import type { Status } from '../definition/vocabulary.ts'
import { visibleTools, visibleVersions } from './visible.ts'

export interface NamedCount {
  readonly name: string
  readonly count: number
}

export interface CatalogStatistics {
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

/** Counts over the tools that are not deleted; capabilities and patterns of their latest versions. */
export async function catalogStatistics(reader: Reader): Promise<CatalogStatistics> {
  const [row] = await reader.query<CatalogStatistics>(
    'catalogStatistics',
    `WITH living AS (SELECT id, enabled, latest_version_id, platform, category, status FROM tools t WHERE ${visibleTools(reader).join(' AND ')}),
       served AS (SELECT p.production_safe, p.requires_approval FROM patterns p JOIN living ON living.latest_version_id = p.version_id)
     SELECT (SELECT count(*)::int FROM living) AS tools,
       (SELECT count(*)::int FROM living WHERE enabled) AS "enabledTools",
       (SELECT count(*)::int FROM tool_versions v JOIN living ON living.id = v.tool_id WHERE ${visibleVersions(reader)}) AS versions,
       (SELECT count(*)::int FROM capabilities c JOIN living ON living.latest_version_id = c.version_id) AS capabilities,
       (SELECT count(*)::int FROM served) AS patterns,
       (SELECT count(*)::int FROM served WHERE production_safe) AS "productionSafePatterns",
       (SELECT count(*)::int FROM served WHERE requires_approval) AS "patternsRequiringApproval",
       ${countsBy('platform')} AS "toolsByPlatform",
       ${countsBy('category')} AS "toolsByCategory",
       ${countsBy('status')} AS "toolsByStatus"`,
  )
  if (!row) throw new Error('An aggregate always has a row')
  return row
}

function countsBy(column: 'platform' | 'category' | 'status'): string {
  return `(SELECT coalesce(json_agg(json_build_object('name', ${column}, 'count', count) ORDER BY count DESC, ${column}), '[]')
     FROM (SELECT ${column}::text, count(*)::int FROM living GROUP BY ${column}) AS groups)`
}
