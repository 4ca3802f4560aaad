import { normaliseWord } from '../definition/vocabulary.ts'
import type { ToolEntry } from './tool-entry.ts'
import type { ToolFilter } from './tools.ts'

export type ToolMatcher = (entry: ToolEntry) => boolean

/** The filter of `toolConditions`, for tools that are in memory: living ones. Undefined when all of them match. */
export function matcherOf(filter: ToolFilter): ToolMatcher | undefined {
  const matchers = [
    given(filter.platform, (word) => {
      const platform = normaliseWord(word)
      return (entry) => entry.rowFor('published').platform === platform
    }),
    given(filter.category, (word) => {
      const category = normaliseWord(word)
      return (entry) => entry.rowFor('published').category === category
    }),
    given(filter.status, (status) => (entry) => entry.rowFor('published').status === status),
    given(
      filter.tag?.toLowerCase(),
      (tag) =>
        ({ tagKeys }) =>
          tagKeys.includes(tag),
    ),
    given(
      filter.capability?.toLowerCase(),
      (name) =>
        ({ capabilityKeys }) =>
          capabilityKeys.includes(name),
    ),
    given(
      filter.nameContains?.toLowerCase(),
      (part) =>
        ({ nameKey }) =>
          nameKey.includes(part),
    ),
    given(
      filter.enabled === undefined ? true : filter.enabled,
      (enabled) => (entry) => entry.rowFor('published').enabled === enabled,
    ),
    given(filter.productionSafe, (safe) => (entry) => entry.rowFor('published').productionSafe === safe),
    given(filter.requiresApproval, (needed) => (entry) => entry.rowFor('published').requiresApproval === needed),
  ].filter((matcher) => matcher !== undefined)
  const [only] = matchers
  if (matchers.length <= 1) return only
  return (entry) => matchers.every((matches) => matches(entry))
}

function given<T>(value: T | null | undefined, matcher: (value: T) => ToolMatcher): ToolMatcher | undefined {
  return value == null ? undefined : matcher(value)
}
