import type { IncomingHttpHeaders } from 'node:http'
import type { ChangeFeed } from '../changes/feed.ts'
import { refuse } from './refusal.ts'

/** Longest wait for a revision, in milliseconds. */
const WAIT_MS = 2_000

/**
 * Read your writes, on whichever replica: a request that names a revision is answered from that one or a later one.
 * @throws Refusal when this replica does not get to see it in time
 */
export async function awaitRevision(
  { 'x-catalog-min-revision': wanted }: IncomingHttpHeaders,
  feed: ChangeFeed,
): Promise<void> {
  if (wanted === undefined) return
  if (typeof wanted !== 'string' || !/^\d{1,19}$/.test(wanted)) throw refuse.badRevision()
  if (!(await feed.reaches(Number(wanted), WAIT_MS))) throw refuse.revisionNotYet()
}
