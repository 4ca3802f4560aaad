import type { Reader } from '../db/snapshot.ts'
import type { Status } from '../definition/vocabulary.ts'
import { normaliseWord } from '../definition/vocabulary.ts'
import { createConditions } from './conditions.ts'
import { listPage, type Order, type OrderColumn, type Page, type PageArguments } from './page.ts'
import { visibleTools } from './visible.ts'

/** Which tools. Every given field must hold; a field that is null or absent does not matter, except `enabled`. */
export interface ToolFilter {
  readonly platform?: string | null | undefined
  readonly category?: string | null | undefined
  readonly status?: Status | null | undefined
  /** True when left out; null for both. */
  readonly enabled?: boolean | null | undefined
  readonly tag?: string | null | undefined
  readonly capability?: string | null | undefined
  readonly nameContains?: string | null | undefined
  readonly productionSafe?: boolean | null | undefined
  readonly requiresApproval?: boolean | null | undefined
  /** Deleted tools instead of living ones, for those who may restore them. */
  readonly deleted?: boolean | null | undefined
}

const NAME = { sql: 't.name_key', type: 'text' } as const
export const TOOL_ORDERS = {
  name: [NAME],
  platform: [{ sql: 't.platform', type: 'text' }, NAME],
  category: [{ sql: 't.category', type: 'text' }, NAME],
  createdAt: [{ sql: 't.created_at', type: 'timestamp' }, NAME],
  updatedAt: [{ sql: 't.updated_at', type: 'timestamp' }, NAME],
} as const satisfies Record<string, readonly OrderColumn[]>
export type ToolOrderField = keyof typeof TOOL_ORDERS

export interface ToolOrder {
  readonly field: ToolOrderField
  readonly descending: boolean
}

/** Ids of the tools on one page. */
export function listTools(
  reader: Reader,
  filter: ToolFilter,
  { field, descending }: ToolOrder,
  page: PageArguments,
): Promise<Page<string>> {
  const order: Order = { name: `tools.${field}`, columns: TOOL_ORDERS[field], descending }
  const { conditions, values } = toolConditions(reader, filter)
  const list = { name: 'tools', from: 'tools t', id: 't.id', conditions, values, order, isOfRevision: true }
  return listPage(reader, list, page)
}

/** The filter as SQL over `tools t`. */
export function toolConditions(reader: Reader, filter: ToolFilter): { conditions: string[]; values: unknown[] } {
  const { conditions, values, add } = createConditions(
    ...(filter.deleted ? deletedTools(reader) : visibleTools(reader)),
  )
  add(word(filter.platform), (place) => `t.platform = ${place}`)
  add(word(filter.category), (place) => `t.category = ${place}`)
  add(filter.status, (place) => `t.status = ${place}::"Status"`)
  add(filter.tag?.toLowerCase(), (place) => `t.tag_keys @> ARRAY[${place}]::text[]`)
  add(filter.capability?.toLowerCase(), (place) => `t.capability_keys @> ARRAY[${place}]::text[]`)
  add(likePattern(filter.nameContains), (place) => `t.name_key LIKE ${place}`)
  // Booleans are part of the statement, so that partial indexes can be seen to fit.
  for (const [column, value] of [
    ['t.enabled', filter.enabled === undefined ? true : filter.enabled],
    ['t.production_safe', filter.productionSafe],
    ['t.requires_approval', filter.requiresApproval],
  ] as const) {
    if (value != null) conditions.push(value ? column : `NOT ${column}`)
  }
  return { conditions, values }
}

function deletedTools({ sees }: Reader): string[] {
  return [sees === 'everything' ? 't.deleted_at IS NOT NULL' : 'false']
}

function word(value: string | null | undefined): string | undefined {
  return value == null ? undefined : normaliseWord(value)
}

/** A LIKE pattern in which `%`, `_` and `\` of the caller's text are literal. */
function likePattern(text: string | null | undefined): string | undefined {
  return text == null ? undefined : `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
}
