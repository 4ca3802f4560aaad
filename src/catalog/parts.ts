import type { Reader } from '../db/snapshot.ts'
import type { OrderColumn } from './cursor.ts'
import { listPage } from './list-page.ts'
import type { Page, PageArguments } from './page.ts'
import { type ToolFilter, toolConditions } from './tools.ts'

/** Which capabilities or patterns of the versions that tools serve by default. */
export interface PartFilter {
  /** Exact name, compared case-insensitively. */
  readonly name?: string | null | undefined
  /** Only those of this tool. */
  readonly tool?: string | null | undefined
  /** Only those of tools like these. */
  readonly tools?: ToolFilter | null | undefined
}

export interface PatternFilter extends PartFilter {
  readonly capability?: string | null | undefined
  readonly productionSafe?: boolean | null | undefined
  readonly requiresApproval?: boolean | null | undefined
}

/** Ids of capabilities by name, of the latest versions of tools that are served. */
export function listCapabilities(reader: Reader, filter: PartFilter, page: PageArguments): Promise<Page<string>> {
  const { conditions, values } = partConditions(reader, 'c', filter)
  return listPage(
    reader,
    {
      name: 'capabilities',
      from: 'capabilities c JOIN tools t ON t.latest_version_id = c.version_id',
      id: 'c.id',
      conditions,
      values,
      order: { name: 'capabilities', columns: partOrder('c'), descending: false },
      isOfRevision: true,
    },
    page,
  )
}

/** Ids of patterns by name, of the latest versions of tools that are served. */
export function listPatterns(reader: Reader, filter: PatternFilter, page: PageArguments): Promise<Page<string>> {
  const { conditions, values } = partConditions(reader, 'p', filter)
  if (filter.capability != null) {
    conditions.push(
      `EXISTS (SELECT FROM capabilities c WHERE c.id = p.capability_id AND c.name_key = $${values.push(filter.capability.toLowerCase())})`,
    )
  }
  for (const [column, value] of [
    ['p.production_safe', filter.productionSafe],
    ['p.requires_approval', filter.requiresApproval],
  ] as const) {
    if (value != null) conditions.push(`${column} IS ${value}`)
  }
  return listPage(
    reader,
    {
      name: 'patterns',
      from: 'patterns p JOIN tools t ON t.latest_version_id = p.version_id',
      id: 'p.id',
      conditions,
      values,
      order: { name: 'patterns', columns: partOrder('p'), descending: false },
      isOfRevision: true,
    },
    page,
  )
}

function partOrder(alias: string): OrderColumn[] {
  return [
    { sql: `${alias}.name_key`, type: 'text' },
    { sql: `${alias}.id`, type: 'uuid' },
  ]
}

function partConditions(reader: Reader, alias: string, filter: PartFilter) {
  const { conditions, values } = toolConditions(reader, filter.tools ?? {})
  if (filter.name != null) conditions.push(`${alias}.name_key = $${values.push(filter.name.toLowerCase())}`)
  if (filter.tool != null) conditions.push(`t.name_key = $${values.push(filter.tool.toLowerCase())}`)
  return { conditions, values }
}
