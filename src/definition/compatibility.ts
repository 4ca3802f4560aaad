import { type ClassifiedDifference, classifyDifferences } from './classify.ts'
import type { JsonObject } from './json.ts'

/** What a new version may not break for those who use the one before (Apicurio and the Confluent schema registry use these words). */
export const COMPATIBILITIES = ['none', 'backward', 'full'] as const
export type Compatibility = (typeof COMPATIBILITIES)[number]

/**
 * The differences that a new version may not have, in path order: under `backward` those that break callers of the
 * version before, under `full` also those that break callers of the new one who still get the version before.
 */
export function incompatibilities(before: JsonObject, after: JsonObject, mode: Compatibility): ClassifiedDifference[] {
  if (mode === 'none') return []
  const backward = classifyDifferences(before, after).filter(({ breaking }) => breaking === 'yes')
  if (mode === 'backward') return backward
  const known = new Set(backward.map(({ path }) => path))
  const forward = classifyDifferences(after, before)
    .filter(({ breaking, path }) => breaking === 'yes' && !known.has(path))
    .map(turnRound)
  return [...backward, ...forward].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/** A difference found from the new version to the one before, said in the order of time. */
function turnRound({ before, after, reason, ...rest }: ClassifiedDifference): ClassifiedDifference {
  return {
    ...rest,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
    reason: `seen from the new version, with the old one in its place: ${reason}`,
  }
}
