import type { TrueRevision, WriteRecord } from './history.ts'

/** Acknowledged is in the log, once and where it was said to be; refused is not; whatever is unknown is there at most once. */
export function validateWrites(writes: readonly WriteRecord[], truth: readonly TrueRevision[]): string[] {
  const revisionsOf = new Map<string, number[]>()
  for (const { message, revision } of truth)
    if (message !== null) revisionsOf.set(message, [...(revisionsOf.get(message) ?? []), revision])
  return writes.flatMap(({ id, operation, result, revision }) => {
    const found = revisionsOf.get(id) ?? []
    const what = `${operation} ${id}`
    if (found.length > 1) return [`exactly once: ${what} is in the log at ${found.join(', ')}`]
    if (result === 'acknowledged' && found.length === 0) return [`durable: ${what} was acknowledged and is not there`]
    if (result === 'acknowledged' && found[0] !== revision)
      return [`durable: ${what} was acknowledged at ${revision} and is at ${found[0]}`]
    if ((result === 'refused' || result === 'unchanged') && found.length > 0)
      return [`all or nothing: ${what} was ${result} and is in the log at ${found[0]}`]
    return []
  })
}

/** Revisions are 1, 2, 3 … with none missing; `truth` may begin anywhere. */
export function validateGapless(truth: readonly TrueRevision[], head: number): string[] {
  const findings: string[] = []
  for (const [index, { revision }] of truth.entries()) {
    const before = truth[index - 1]
    if (before && revision !== before.revision + 1) findings.push(`gapless: ${revision} follows ${before.revision}`)
  }
  const last = truth.at(-1)
  if (last && last.revision !== head) findings.push(`gapless: the log ends at ${last.revision}, the counter at ${head}`)
  return findings
}
