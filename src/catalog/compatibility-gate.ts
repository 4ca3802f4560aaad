import type { ClassifiedDifference } from '../definition/classify.ts'
import { type Compatibility, incompatibilities } from '../definition/compatibility.ts'
import { readIdentity } from '../definition/definition.ts'
import { withName } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import { compareVersions } from '../definition/version-order.ts'
import { isServed, loadDocuments, type Query, type StoredTool, type StoredVersion } from './stored-tools.ts'

/** A version that is about to be published. */
export interface Candidate {
  readonly tool: StoredTool
  readonly version: string
  readonly document: JsonObject
}

/** What a candidate breaks, and for whom. */
export interface Breakage {
  readonly compatibility: Compatibility
  /** The version that callers use now. */
  readonly against: string
  readonly differences: readonly ClassifiedDifference[]
}

/**
 * What each candidate would break; undefined for one that breaks nothing, or may.
 * It is held against the version that its callers use now: the latest (the highest, where none is served), when it is to
 * become the latest; its own predecessor, when it is a late one below that; and itself, when it is overwritten.
 * @param fallback what holds for tools that do not say themselves
 */
export async function findBreakages(
  query: Query,
  candidates: readonly Candidate[],
  fallback: Compatibility,
): Promise<(Breakage | undefined)[]> {
  const baselines = candidates.map((candidate) =>
    (candidate.tool.compatibility ?? fallback) === 'none' ? undefined : baselineOf(candidate),
  )
  const documents = await loadDocuments(
    query,
    baselines.flatMap((baseline) => baseline?.id ?? []),
  )
  return candidates.map(({ tool, document }, index) => {
    const baseline = baselines[index]
    const before = baseline && documents.get(baseline.id)
    if (!before) return undefined
    const compatibility = tool.compatibility ?? fallback
    // A rename is a decision of its own, which no new version has to answer for.
    const differences = incompatibilities(withName(before, readIdentity(document).name), document, compatibility)
    return differences.length === 0 ? undefined : { compatibility, against: baseline.version, differences }
  })
}

/** What the history says of a breakage that was overridden. */
export function toldBreakage({ against, differences }: Breakage): JsonObject {
  return { against, broken: differences.map(({ path, kind, reason }) => ({ path, kind, reason })) }
}

function baselineOf({ tool, version }: Candidate): StoredVersion | undefined {
  const same = tool.versions.find((stored) => stored.version === version)
  if (same && same.status !== 'draft') return same
  const published = tool.versions
    .filter(({ status }) => status !== 'draft')
    .sort((a, b) => compareVersions(b.version, a.version))
  const latest = published.find(({ id }) => id === tool.latestVersionId) ?? published[0]
  if (!latest || compareVersions(version, latest.version) > 0) return latest
  return published.find((stored) => isServed(stored) && compareVersions(stored.version, version) < 0) ?? latest
}
