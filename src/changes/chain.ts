import { createHash } from 'node:crypto'
import { canonicalBytes, canonicalJson } from '../definition/canonical.ts'
import type { ChangeEvent, ChangeOrigin } from './change-event.ts'

/**
 * The tamper-evident chain of change sets: hash(n) = SHA-256(hash(n-1) LF revision LF time LF digest), in hex, where
 * digest is the SHA-256 of the canonical JSON (RFC 8785) of who made the change set, how and why, and of the digest of its
 * events. Whoever changes or removes a row breaks every hash behind it, and the head of the chain is logged and can be kept
 * elsewhere. A compaction takes the events and leaves their digest, so that the rest can still be checked.
 */
export function changeSetDigest(origin: ChangeOrigin, isDraft: boolean, digestOfEvents: string): string {
  return sha256(canonicalJson({ ...saidOf(origin), draft: isDraft, events: digestOfEvents }))
}

export function eventsDigest(events: readonly ChangeEvent[]): string {
  const hash = createHash('sha256').update('[')
  for (const [index, event] of events.entries()) {
    // The canonical JSON of `saidByEvent`, in pieces: the documents are large, and often at hand in this form.
    const { before, after, ...rest } = saidByEvent(event)
    hash.update(index === 0 ? '{"after":' : ',{"after":').update(canonicalBytes(after))
    hash
      .update(',"before":')
      .update(canonicalBytes(before))
      .update(`,${canonicalJson(rest).slice(1)}`)
  }
  return hash.update(']').digest('hex')
}

/** As it was made before the events had a digest of their own. */
export function firstDigest(origin: ChangeOrigin, events: readonly ChangeEvent[]): string {
  return sha256(canonicalJson({ ...saidOf(origin), events: events.map(saidByEvent) }))
}

function saidOf({ actor, source, message, requestId }: ChangeOrigin) {
  return { actor, source, message: message ?? null, requestId: requestId ?? null }
}

function saidByEvent({ kind, toolId, toolName, version, latest, draft, before, after }: ChangeEvent) {
  return { kind, toolId, toolName, version, latest, draft, before, after }
}

/** @param at as `CHAIN_TIME` in SQL writes it: `2026-11-22T16:00:00.000Z` */
export function chainHash(before: string, revision: string, at: string, digest: string): string {
  return sha256([before, revision, at, digest].join('\n'))
}

/** A moment in SQL as the chain spells it: UTC, in milliseconds, which is what the column keeps. */
export const CHAIN_TIME = `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
