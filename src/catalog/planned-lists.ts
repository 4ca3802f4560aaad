import type { Reader } from '../db/snapshot.ts'
import { listChangeSets } from './change-sets.ts'
import { listCapabilities, listPatterns } from './parts.ts'
import { searchTools } from './search.ts'
import { listTools, type ToolFilter, type ToolOrderField } from './tools.ts'

type List = (reader: Reader) => Promise<unknown>

const FIRST_PAGE = { first: 20 }

const toolsWith =
  (filter: ToolFilter, field: ToolOrderField = 'name'): List =>
  (reader) =>
    listTools(reader, filter, { field, descending: false }, FIRST_PAGE)

/** One example of each list query, for looking at its plan: the first page of what is asked most. */
export const PLANNED_LISTS = {
  toolsByName: toolsWith({ enabled: null }),
  toolsByUpdatedAt: toolsWith({ enabled: null }, 'updatedAt'),
  toolsEnabled: toolsWith({}),
  toolsOfPlatform: toolsWith({ platform: 'linux' }),
  toolsOfCategory: toolsWith({ category: 'system' }),
  toolsOfStatus: toolsWith({ status: 'active' }),
  toolsWithTag: toolsWith({ tag: 'search' }),
  toolsWithCapability: toolsWith({ capability: 'text_search' }),
  toolsNameContains: toolsWith({ nameContains: 'grep' }),
  searchTools: (reader) => searchTools(reader, 'search text', {}),
  capabilities: (reader) => listCapabilities(reader, {}, FIRST_PAGE),
  patterns: (reader) => listPatterns(reader, {}, FIRST_PAGE),
  changeSets: (reader) => listChangeSets(reader, {}, FIRST_PAGE),
} as const satisfies Readonly<Record<string, List>>

export type PlannedList = keyof typeof PLANNED_LISTS
