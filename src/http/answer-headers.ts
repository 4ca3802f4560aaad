import { createHash } from 'node:crypto'
import type { Caller } from './caller.ts'
import type { ReadyAnswer } from './response-cache.ts'

export interface Asked {
  readonly isGet: boolean
  readonly caller: Caller
  /** Everything that the answer depends on, beside the revision. */
  readonly key: string
  /** Seconds that a cache between may keep an answer to anybody. */
  readonly sharedMaxAge: number
}

/** What the answer to a GET depends on, beside its URL. */
const VARY = 'origin, accept, authorization, x-api-key, x-catalog-min-revision'

/**
 * Headers of a good answer. Only what was asked for by GET, and stays as it is until the next revision, may be kept by a browser
 * or a CDN (https://www.rfc-editor.org/rfc/rfc9111): to be asked about again each time, unless a CDN may keep it for a while.
 */
export function answerHeaders(
  { place: { epoch, revision }, isStable }: ReadyAnswer,
  { isGet, caller, key, sharedMaxAge }: Asked,
): Record<string, string> {
  const said: Record<string, string> = { 'x-catalog-revision': String(revision) }
  if (!isGet || !isStable) return said
  const hash = createHash('sha1').update(`${epoch} ${key}`).digest('base64url')
  const shared = sharedMaxAge > 0 ? `s-maxage=${sharedMaxAge}` : 'must-revalidate'
  said.etag = `"${revision}-${hash}"`
  said.vary = VARY
  said['cache-control'] = caller.viewer.via === 'anonymous' ? `public, max-age=0, ${shared}` : 'private, no-cache'
  return said
}

/** Whether the caller has the answer with this tag already. */
export function isNotModified(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined || etag === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}
