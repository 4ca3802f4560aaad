import type { Place, Reader } from '../db/snapshot.ts'
import type { Status } from '../definition/vocabulary.ts'
import { normaliseWord } from '../definition/vocabulary.ts'
import { createConditions } from './conditions.ts'
import type { Order, OrderColumn } from './cursor.ts'
import { listPage } from './list-page.ts'
import { type Loaders, loadAll } from './loaders.ts'
import { mapPage, type Page, type PageArguments } from './page.ts'
import type { ToolRow } from './rows.ts'
import type { ToolIndex } from './tool-index.ts'
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

export function orderOf({ field, descending }: ToolOrder): Order {
  return { name: `tools.${field}`, columns: TOOL_ORDERS[field], descending }
}

/** The tools as this process remembers them. */
export interface RememberedTools {
  /** Undefined when they are not remembered at this place. */
  at(place: Place | undefined): Pick<ToolIndex, 'page'> | undefined
}

/**
 * The tools on one page.
 * @param tools where they are looked up when that is as good as the database
 */
export async function listToolRows(
  { reader, loaders, tools }: { readonly reader: Reader; readonly loaders: Loaders; readonly tools: RememberedTools },
  filter: ToolFilter,
  order: ToolOrder,
  page: PageArguments,
): Promise<Page<ToolRow>> {
  const known = tools.at(reader.place)?.page(reader.sees, filter, order, page)
  if (known) return known
  return mapPage(await listTools(reader, filter, order, page), (ids) => loadAll(loaders.tool, ids))
}

/** Ids of the tools on one page, as the database finds them. */
export function listTools(
  reader: Reader,
  filter: ToolFilter,
  toolOrder: ToolOrder,
  page: PageArguments,
): Promise<Page<string>> {
  const order = orderOf(toolOrder)
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
