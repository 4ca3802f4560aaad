/** What search knows of one tool. */
export interface SearchDocument {
  readonly name: string
  readonly description: string
  readonly tags: readonly string[]
  readonly capabilities: readonly string[]
  readonly useCases: readonly string[]
  readonly platform: string
  readonly category: string
}

export type MatchField = 'name' | 'tag' | 'capability' | 'use_case' | 'description'
export type MatchKind = 'exact' | 'word' | 'prefix' | 'similar'

/** Why a tool was found: which word of the phrase, where, and how well. */
export interface Match {
  readonly word: string
  readonly field: MatchField
  readonly kind: MatchKind
  /** The text that matched. */
  readonly text: string
}

/** What a hit in a field is worth. The name says what a tool is, a use case what people ask, a description mentions much. */
const FIELD_WEIGHT: Record<MatchField, number> = { name: 10, capability: 5, tag: 4, use_case: 4, description: 2 }
const KIND_WEIGHT: Record<MatchKind, number> = { exact: 1.5, word: 1, prefix: 0.6, similar: 0.4 }
/** Words of the phrase in one and the same use case say more than the same words scattered. */
const TOGETHER_BONUS = 6

/** Words too common to tell tools apart. */
const STOP_WORDS = new Set(
  'a an and any are as at be by can do does for from get has have how i in is it its me my of on or our run see show that the their them there this to use used using want was what when where which who why with you your'.split(
    ' ',
  ),
)

/** The words of a phrase: lower case, without the ones that say nothing (unless there are no others). */
export function wordsOf(phrase: string): string[] {
  const all = [...new Set(phrase.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])]
  const telling = all.filter((word) => !STOP_WORDS.has(word))
  return telling.length > 0 ? telling : all
}

/**
 * Score one tool for the words of a phrase. Pure.
 * @param known for each asked word, what it may stand for: itself first, then the catalog's likeliest spellings
 */
export function rankDocument(
  document: SearchDocument,
  known: ReadonlyMap<string, readonly string[]>,
): { score: number; matches: Match[] } {
  const fields = fieldTexts(document)
  const matches = [...known].flatMap(([word, spellings]) => {
    const best = bestMatch(word, spellings, fields)
    return best ? [best] : []
  })
  const worth = matches.map((match) => FIELD_WEIGHT[match.field] * KIND_WEIGHT[match.kind])
  // A tool that answers every word beats one that answers half of them well.
  const coverage = known.size === 0 ? 0 : matches.length / known.size
  const score = (worth.reduce((sum, value) => sum + value, 0) + togetherness(document, known)) * coverage
  return { score, matches: matches.sort((a, b) => weight(b) - weight(a)) }
}

function weight({ field, kind }: Match): number {
  return FIELD_WEIGHT[field] * KIND_WEIGHT[kind]
}

function fieldTexts(document: SearchDocument): readonly (readonly [MatchField, string])[] {
  return [
    ['name', document.name],
    ...document.capabilities.map((text) => ['capability', text] as const),
    ...[...document.tags, document.platform, document.category].map((text) => ['tag', text] as const),
    ...document.useCases.map((text) => ['use_case', text] as const),
    ['description', document.description],
  ]
}

function bestMatch(
  word: string,
  spellings: readonly string[],
  fields: readonly (readonly [MatchField, string])[],
): Match | undefined {
  let best: Match | undefined
  for (const [field, text] of fields) {
    for (const spelling of spellings) {
      const kind = matchKind(spelling, text, spelling !== word)
      const match = kind && { word, field, kind, text }
      if (match && (!best || weight(match) > weight(best))) best = match
    }
  }
  return best
}

function matchKind(word: string, text: string, isGuess: boolean): MatchKind | undefined {
  const lower = text.toLowerCase()
  if (lower === word) return isGuess ? 'similar' : 'exact'
  const tokens = lower.match(/[\p{L}\p{N}]+/gu) ?? []
  if (tokens.some((token) => sameWord(token, word))) return isGuess ? 'similar' : 'word'
  if (!isGuess && word.length >= 2 && tokens.some((token) => token.startsWith(word))) return 'prefix'
  return undefined
}

/** `process` and `processes`, `restart` and `restarting`: one word with different endings. */
function sameWord(a: string, b: string): boolean {
  if (a === b) return true
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= 3 && stem(short) === stem(long)
}

function stem(word: string): string {
  return word.replace(/(?:ies|y)$/, 'i').replace(/(?:ing|ed|es|s|e)$/, '')
}

/** How many of the words stand together in one use case, beyond the first. */
function togetherness(document: SearchDocument, known: ReadonlyMap<string, readonly string[]>): number {
  if (known.size < 2) return 0
  const most = document.useCases.map(
    (useCase) =>
      [...known.values()].filter((spellings) => spellings.some((word, index) => matchKind(word, useCase, index > 0)))
        .length,
  )
  return (TOGETHER_BONUS * Math.max(0, Math.max(0, ...most) - 1)) / (known.size - 1)
}
