/**
 * The words we know. Platforms, categories and the like are open (real catalogs use more than any list holds), so a word
 * that is not here is a warning with a suggestion, never an error. Status is the one closed list: the rules depend on it.
 */
export const STATUSES = ['draft', 'testing', 'active', 'deprecated', 'disabled'] as const
export type Status = (typeof STATUSES)[number]

export const PLATFORMS = [
  'linux',
  'windows',
  'macos',
  'network',
  'container',
  'kubernetes',
  'cloud',
  'database',
  'monitoring',
  'security',
  'messaging',
  'custom',
  'cross-platform',
] as const

export const CATEGORIES = [
  'alerting',
  'archive',
  'asset',
  'automation',
  'backup',
  'cloud',
  'communication',
  'compute',
  'configuration',
  'container',
  'database',
  'diagnostics',
  'dns',
  'file-transfer',
  'filesystem',
  'http',
  'logging',
  'messaging',
  'monitoring',
  'network',
  'orchestration',
  'package-management',
  'performance',
  'process-management',
  'scheduling',
  'security',
  'service-management',
  'storage',
  'system',
  'text-processing',
  'tracing',
  'user-management',
  'version-control',
] as const

export const SCOPES = ['single_item', 'batch', 'multiple_items', 'exhaustive', 'continuous'] as const
export const COMPLETENESS = ['complete', 'partial', 'summary', 'sampled'] as const

export const VALUE_TYPES = ['string', 'integer', 'number', 'float', 'boolean', 'array', 'object'] as const

export const DEPENDENCY_TYPES = [
  'package',
  'service',
  'permission',
  'platform',
  'filesystem',
  'network',
  'credential',
  'binary',
] as const

/** The one way a platform or category is compared: lower case, `[a-z0-9-]`. */
export function normaliseWord(word: string): string {
  return (
    word
      .normalize('NFKD')
      // The accents that NFKD has split off are no break between words.
      .replace(/\p{Mark}+/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
  )
}

/** Longer than any word of the format: comparing what is longer would only cost time. */
const LONGEST_WORD = 64

/** The known word nearest to `word`, when it is near enough to be a slip of the pen. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  return nearestWords(word.toLowerCase(), known)[0]
}

/** The known words near enough to `word` to be what a slip of the pen made of them, nearest first. */
export function nearestWords(word: string, known: readonly string[]): string[] {
  if (word.length > LONGEST_WORD) return []
  const limit = Math.max(1, Math.floor(word.length / 3))
  return known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate)
}

/**
 * How many slips of the pen lie between two words: a letter added, dropped, changed, or swapped with its neighbour
 * (optimal string alignment, https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance).
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (beforeLast[j - 2] ?? Number.POSITIVE_INFINITY) + 1
          : Number.POSITIVE_INFINITY
      row.push(Math.min(substitution, swap, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
