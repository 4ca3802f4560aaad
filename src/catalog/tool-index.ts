import type { Place, Sight } from '../db/snapshot.ts'
import { hasNul } from '../db/statements.ts'
import { encodeCursor } from './cursor.ts'
import { NameTrigrams } from './name-trigrams.ts'
import { neighbours, Page, type PageArguments, pageBounds } from './page.ts'
import type { ToolRow, VersionRow } from './rows.ts'
import { type IndexedTool, ToolEntry } from './tool-entry.ts'
import { matcherOf, type ToolMatcher } from './tool-matcher.ts'
import {
  compareTo,
  compareTools,
  countBefore,
  cursorKeys,
  type Standing,
  standingAt,
  standingOf,
} from './tool-sorting.ts'
import { orderOf, type ToolFilter, type ToolOrder, type ToolOrderField } from './tools.ts'

/**
 * The part of all tools that may be candidates for a part of a name, to be looked at one by one; when there are more, tools are
 * looked at in their order until the page is full.
 */
const RARE = 1 / 8
/** Counts by filter that are known, and the longest filter that one is known of. */
const COUNTS = { most: 1_000, mostCharacters: 300 }

/** All living tools at one revision, with the latest version of each, found and listed without asking the database. */
export class ToolIndex {
  /** What it shows. Whoever puts or removes tools has to move it. */
  place: Place
  readonly #byId = new Map<string, ToolEntry>()
  readonly #byName = new Map<string, ToolEntry>()
  readonly #versions = new Map<string, VersionRow>()
  /** Those that were asked for, by sight and field. */
  readonly #sorted = new Map<string, { sees: Sight; field: ToolOrderField; entries: ToolEntry[] }>()
  readonly #counts = new Map<string, number>()
  #trigrams: NameTrigrams | undefined
  #bytes = 0

  constructor(place: Place) {
    this.place = place
  }

  get size(): number {
    return this.#byId.size
  }

  /** About, without the orders. */
  get bytes(): number {
    return this.#bytes
  }

  /** One that is not there: what has changed is removed before any of it comes back, since tools take each other's names. */
  put(tool: IndexedTool): void {
    this.#counts.clear()
    const entry = new ToolEntry(tool)
    this.#byId.set(entry.id, entry)
    this.#byName.set(entry.nameKey, entry)
    if (entry.version) this.#versions.set(entry.version.id, entry.version)
    this.#trigrams?.add(entry)
    for (const { sees, field, entries } of this.#sorted.values())
      if (entry.isSeenBy(sees)) entries.splice(placeOf(entry, field, entries), 0, entry)
    this.#bytes += entry.size
  }

  remove(id: string): void {
    this.#counts.clear()
    const entry = this.#byId.get(id)
    if (!entry) return
    this.#byId.delete(id)
    this.#byName.delete(entry.nameKey)
    if (entry.version) this.#versions.delete(entry.version.id)
    this.#trigrams?.delete(entry)
    for (const { sees, field, entries } of this.#sorted.values())
      if (entry.isSeenBy(sees)) entries.splice(placeOf(entry, field, entries), 1)
    this.#bytes -= entry.size
  }

  /** Undefined when the database must be asked: it may be a deleted tool, which some may see. */
  tool(id: string, sees: Sight): ToolRow | null | undefined {
    const entry = this.#byId.get(id)
    if (entry?.isSeenBy(sees)) return entry.rowFor(sees)
    return sees === 'published' ? null : undefined
  }

  toolByName(nameKey: string, sees: Sight): ToolRow | null | undefined {
    if (nameKey.includes('\0')) return undefined
    const entry = this.#byName.get(nameKey)
    return entry?.isSeenBy(sees) ? entry.rowFor(sees) : null
  }

  /** Undefined for a version that is not the latest of its tool. */
  latestVersion(id: string): VersionRow | undefined {
    return this.#versions.get(id)
  }

  /**
   * The tools on one page, as `listTools` finds them.
   * @returns undefined for what only the database can tell
   * @throws InvalidInputError
   */
  page(
    sees: Sight,
    filter: ToolFilter,
    { field, descending }: ToolOrder,
    page: PageArguments,
  ): Page<ToolRow> | undefined {
    // What PostgreSQL cannot hold is refused there.
    if (filter.deleted || Object.values(filter).some(hasNul)) return undefined
    const order = orderOf({ field, descending })
    const bounds = pageBounds(page, order)
    const standing = bounds.cursor && standingAt(bounds.cursor, field)
    if (bounds.cursor && !standing) return undefined
    const matches = matcherOf(filter)
    const sorted = this.#sortedBy(sees, field)
    const from = { field, standing, descending: descending !== bounds.backward }
    const found =
      this.#named(filter.nameContains, sees, from, bounds.limit + 1, matches) ??
      walk(sorted, from, bounds.limit + 1, matches)
    const kept = found.slice(0, bounds.limit)
    if (bounds.backward) kept.reverse()
    const { hasNextPage, hasPreviousPage } = neighbours(bounds, found.length > bounds.limit)
    return new Page({
      nodes: kept.map((entry) => entry.rowFor(sees)),
      hasNextPage,
      hasPreviousPage,
      // There is an entry for each index that is asked for.
      cursorAt: (index) => encodeCursor(order, cursorKeys(kept[index] as ToolEntry, field)),
      totalCount: async () => this.#count(sees, filter, sorted, matches),
    })
  }

  /** The first behind a place whose names have this part. Undefined when all tools are to be looked at in their order. */
  #named(
    part: string | null | undefined,
    sees: Sight,
    from: From,
    limit: number,
    matches: ToolMatcher | undefined,
  ): ToolEntry[] | undefined {
    const candidates = part == null ? undefined : this.#names().candidates(part.toLowerCase())
    if (!candidates) return undefined
    const isWanted = (entry: ToolEntry) => entry.isSeenBy(sees) && (!matches || matches(entry))
    if (from.field === 'name') return walk(candidates, from, limit, isWanted)
    return candidates.length > this.size * RARE ? undefined : firstOf(candidates, from, limit, isWanted)
  }

  #names(): NameTrigrams {
    if (!this.#trigrams) {
      this.#trigrams = new NameTrigrams()
      for (const entry of this.#sortedBy('everything', 'name')) this.#trigrams.add(entry)
    }
    return this.#trigrams
  }

  #sortedBy(sees: Sight, field: ToolOrderField): readonly ToolEntry[] {
    const key = `${sees} ${field}`
    const known = this.#sorted.get(key)
    if (known) return known.entries
    const entries = [...this.#byId.values()].filter((entry) => entry.isSeenBy(sees))
    entries.sort((a, b) => compareTools(a, b, field))
    this.#sorted.set(key, { sees, field, entries })
    return entries
  }

  #count(sees: Sight, filter: ToolFilter, sorted: readonly ToolEntry[], matches: ToolMatcher | undefined): number {
    if (!matches) return sorted.length
    const key = `${sees} ${JSON.stringify(filter)}`
    const count = this.#counts.get(key) ?? sorted.reduce((sum, entry) => (matches(entry) ? sum + 1 : sum), 0)
    if (this.#counts.size >= COUNTS.most) this.#counts.clear()
    if (key.length <= COUNTS.mostCharacters) this.#counts.set(key, count)
    return count
  }
}

/** Where a list is read from, and in which direction. */
interface From {
  readonly field: ToolOrderField
  /** Behind this; undefined from the end of the order that comes first. */
  readonly standing: Standing | undefined
  readonly descending: boolean
}

/** The first that match. */
function walk(
  sorted: readonly ToolEntry[],
  { field, standing, descending }: From,
  limit: number,
  matches: ToolMatcher | undefined,
): ToolEntry[] {
  const behind = standing ? countBefore(sorted, field, standing, !descending) : descending ? sorted.length : 0
  const found: ToolEntry[] = []
  const step = descending ? -1 : 1
  for (let at = descending ? behind - 1 : behind; found.length < limit; at += step) {
    const entry = sorted[at]
    if (!entry) break
    if (!matches || matches(entry)) found.push(entry)
  }
  return found
}

/** The first that match, of those in another order: as many as are asked for, all others are only compared with the last of them. */
function firstOf(
  candidates: readonly ToolEntry[],
  { field, standing, descending }: From,
  limit: number,
  matches: ToolMatcher,
): ToolEntry[] {
  const direction = descending ? -1 : 1
  const first: ToolEntry[] = []
  for (const candidate of candidates) {
    const last = first[limit - 1]
    if (last && compareTools(candidate, last, field) * direction > 0) continue
    if (standing && compareTo(candidate, field, standing) * direction <= 0) continue
    if (!matches(candidate)) continue
    let at = first.length
    while (at > 0 && compareTools(candidate, first[at - 1] as ToolEntry, field) * direction < 0) at--
    first.splice(at, 0, candidate)
    if (first.length > limit) first.pop()
  }
  return first
}

/** Where it is, or belongs. */
function placeOf(entry: ToolEntry, field: ToolOrderField, sorted: readonly ToolEntry[]): number {
  return countBefore(sorted, field, standingOf(entry, field), false)
}
