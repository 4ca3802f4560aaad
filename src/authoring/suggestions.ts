import { nearestWords } from '../definition/vocabulary.ts'

/** A tool that suggestions are made from. */
export interface SuggestingTool {
  readonly name: string
  readonly description: string
  readonly platform: string
  readonly category: string
  readonly capabilities: readonly { readonly name: string; readonly description: string }[]
}

export interface Suggestion {
  readonly value: string
  /** Why it is suggested, or what it means. */
  readonly note: string
}

/** Words that tools use already, the most used first, and after them the usual words that nobody uses yet. */
export function suggestedWords(used: readonly string[], usual: readonly string[]): Suggestion[] {
  const counts = new Map<string, number>()
  for (const word of used) counts.set(word, (counts.get(word) ?? 0) + 1)
  const inUse = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return [
    ...inUse.map(([value, count]) => ({ value, note: `${count} tool${count === 1 ? '' : 's'}` })),
    ...usual.filter((word) => !counts.has(word)).map((value) => ({ value, note: '' })),
  ]
}

/** Names of capabilities, those of similar tools first, then by how many tools have them; with what they mean there. */
export function suggestedCapabilities(
  tools: readonly SuggestingTool[],
  similar: readonly SuggestingTool[],
): Suggestion[] {
  const all = tools.flatMap(({ capabilities }) => capabilities)
  const meanings = new Map(all.map(({ name, description }) => [name, description]))
  const near = new Set(similar.flatMap(({ capabilities }) => capabilities.map(({ name }) => name)))
  const words = suggestedWords(
    all.map(({ name }) => name),
    [],
  ).map(({ value }) => value)
  return [...words.filter((word) => near.has(word)), ...words.filter((word) => !near.has(word))].map((value) => ({
    value,
    note: meanings.get(value) ?? '',
  }))
}

const MOST_SIMILAR = 3
/** Words that tell no tool from another. */
const COMMON = new Set(
  'with from that this into over then them they their what when where which while have has its and the for all one each between through list show read print file files data tool command'.split(
    ' ',
  ),
)

/** Tools whose name is nearly the same, or whose description shares at least two telling words; the most alike first. */
export function similarTools<T extends SuggestingTool>(tools: readonly T[], name: string, description: string): T[] {
  const words = wordsOf(description)
  const near = new Set(
    nearestWords(
      name.toLowerCase(),
      tools.map((tool) => tool.name.toLowerCase()),
    ),
  )
  return tools
    .map((tool) => {
      const shared = [...wordsOf(tool.description)].filter((word) => words.has(word)).length
      return { tool, score: shared + (near.has(tool.name.toLowerCase()) ? 2 : 0) }
    })
    .filter(({ score }) => score >= 2)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_SIMILAR)
    .map(({ tool }) => tool)
}

function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[a-z]{3,}/g) ?? []
  return new Set(words.filter((word) => !COMMON.has(word)).map((word) => word.replace(/(?:ing|es|s)$/, '')))
}
