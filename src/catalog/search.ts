import type { Reader } from '../db/snapshot.ts'
import { nearestWords } from '../definition/vocabulary.ts'
import { InvalidInputError } from './errors.ts'
import { type Match, rankDocument, type SearchDocument, wordsOf } from './ranking.ts'
import { remembered } from './remembered.ts'
import { type ToolFilter, toolConditions } from './tools.ts'
import { visibleTools } from './visible.ts'

/** One tool that a search found. */
export interface SearchHit {
  readonly toolId: string
  /** Higher is better; comparable within one answer only. */
  readonly score: number
  /** What matched, best first. */
  readonly matches: readonly Match[]
}

/** Bounds of one search. */
export const SEARCH_LIMITS = { characters: 200, words: 10, candidates: 200 } as const

/** Words alike enough to be looked at (by trigrams, in the index), and how many of the nearest are taken. */
const LOOKED_AT_PER_WORD = 30
const SUGGESTIONS_PER_WORD = 3

interface Candidate extends SearchDocument {
  readonly toolId: string
}

/**
 * Tools for a phrase, best first: over names, tags, capabilities, use cases and descriptions, in any word order, and
 * forgiving misspelt words. The database finds candidates by index, `ranking.ts` orders them and says why.
 * @throws InvalidInputError when the phrase is empty or too long
 */
export async function searchTools(reader: Reader, phrase: string, filter: ToolFilter): Promise<SearchHit[]> {
  if (phrase.length > SEARCH_LIMITS.characters) {
    throw new InvalidInputError(`query may have ${SEARCH_LIMITS.characters} characters, not ${phrase.length}`)
  }
  if (phrase.trim() === '') throw new InvalidInputError('query must not be empty')
  const words = wordsOf(phrase).slice(0, SEARCH_LIMITS.words)
  if (words.length === 0) return []
  return remembered(reader, ['search', phrase, filter], () => search(reader, phrase, words, filter))
}

async function search(
  reader: Reader,
  phrase: string,
  words: readonly string[],
  filter: ToolFilter,
): Promise<SearchHit[]> {
  const known = await spellings(reader, words)
  const candidates = await findCandidates(reader, phrase, known, filter)
  return candidates
    .map((candidate) => ({ toolId: candidate.toolId, name: candidate.name, ...rankDocument(candidate, known) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .slice(0, SEARCH_LIMITS.candidates)
    .map(({ toolId, score, matches }) => ({ toolId, score, matches }))
}

/**
 * For each word, the words of the catalog that it may stand for: itself, and the nearest ones when no tool has it. The
 * vocabulary alone cannot tell: it only grows, and keeps the words of tools that were deleted or say something else by now.
 */
async function spellings(reader: Reader, words: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  // One branch per word: the planner sees how rare each is. Joined to unnest() it reads the whole vocabulary per word.
  const visible = visibleTools(reader).join(' AND ')
  const branches = words.map((_, index) => {
    const asked = `$${index + 2}::text`
    const query = `plainto_tsquery('english', ${asked})`
    return `SELECT ${asked} AS asked,
      numnode(${query}) = 0 OR EXISTS (SELECT FROM tools t WHERE ${visible} AND t.search_vector @@ ${query}) AS "isUsed",
      ARRAY(SELECT word FROM search_words WHERE word % ${asked} ORDER BY similarity(word, ${asked}) DESC, word LIMIT $1) AS near`
  })
  const rows = await reader.query<{ asked: string; isUsed: boolean; near: string[] }>(
    'search.spellings',
    branches.join(' UNION ALL '),
    [LOOKED_AT_PER_WORD, ...words],
  )
  return new Map(
    rows.map(({ asked, isUsed, near }) => [
      asked,
      isUsed && near.includes(asked) ? [asked] : [asked, ...nearestOthers(asked, near)],
    ]),
  )
}

function nearestOthers(asked: string, near: readonly string[]): string[] {
  const others = near.filter((word) => word !== asked)
  return nearestWords(asked, others).slice(0, SUGGESTIONS_PER_WORD)
}

async function findCandidates(
  reader: Reader,
  phrase: string,
  known: ReadonlyMap<string, readonly string[]>,
  filter: ToolFilter,
): Promise<Candidate[]> {
  const { conditions, values } = toolConditions(reader, filter)
  const terms = [...known.values()].flat()
  const prefixes = terms.map((term) => `'${term.replaceAll("'", '')}':*`).join(' | ')
  const query = `$${values.push(prefixes)}`
  const name = `$${values.push(phrase.trim().toLowerCase().replace(/\s+/g, '-'))}`
  const limit = `$${values.push(SEARCH_LIMITS.candidates)}`
  const where = conditions.join(' AND ')
  return reader.query<Candidate>(
    'search.candidates',
    `WITH by_text AS (
       SELECT t.id, ts_rank(t.search_vector, to_tsquery('english', ${query})) AS rank FROM tools t
       WHERE ${where} AND t.search_vector @@ to_tsquery('english', ${query}) ORDER BY rank DESC, t.name_key LIMIT ${limit}
     ), by_name AS (
       SELECT t.id, 1 AS rank FROM tools t WHERE ${where} AND t.name_key % ${name} ORDER BY similarity(t.name_key, ${name}) DESC, t.name_key LIMIT 20
     ), found AS (SELECT id FROM by_text UNION SELECT id FROM by_name)
     SELECT t.id AS "toolId", t.name, t.description, t.tags, t.capability_keys AS capabilities, t.platform, t.category,
       ARRAY(SELECT unnest(p.use_cases) FROM patterns p WHERE p.version_id = t.latest_version_id) AS "useCases"
     FROM found JOIN tools t USING (id)`,
    values,
  )
}
