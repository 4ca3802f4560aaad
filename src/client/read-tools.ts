import { type LatestTools, PAGE_SIZE, queryTools, TOOLS_AT_ONCE } from './catalog-queries.ts'
import { ProfileError } from './client-error.ts'
import { higher } from './revision.ts'
import type { ServerOptions } from './server-options.ts'
import type { ToolProfile } from './tool-profile.ts'

export interface ToolsWanted {
  readonly names: readonly string[]
  readonly minRevision: string
  /** The history that is followed. */
  readonly epoch: string
}

/** From so many tools on, a snapshot takes fewer queries, and is of one revision. */
export const TOOLS_BEFORE_SNAPSHOT = PAGE_SIZE

/**
 * How these tools are now: one query for up to 15 of them. Those of several queries may be of different revisions, each
 * `minRevision` at least, which is all that is asked of them: what changed behind it, the stream tells next.
 * @throws ProfileError; EPOCH_CHANGED when the server has another history by now
 */
export async function readTools(
  server: ServerOptions,
  { names, minRevision, epoch }: ToolsWanted,
  signal: AbortSignal,
): Promise<Pick<LatestTools, 'tools' | 'revision'>> {
  const tools = new Map<string, ToolProfile | undefined>()
  let revision = minRevision
  for (let start = 0; start < names.length; start += TOOLS_AT_ONCE) {
    const some = await queryTools(server, names.slice(start, start + TOOLS_AT_ONCE), revision, signal)
    if (some.epoch !== epoch) throw epochChanged()
    for (const [name, profile] of some.tools) tools.set(name, profile)
    revision = higher(revision, some.revision)
  }
  return { tools, revision }
}

export function epochChanged(): ProfileError {
  return new ProfileError('EPOCH_CHANGED', 'The catalog has another history by now')
}
