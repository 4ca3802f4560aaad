import { type Origin, queryPage, type SnapshotPage } from './catalog-queries.ts'
import { tooManyTools } from './profile-store.ts'
import { epochChanged } from './read-tools.ts'
import { higher, lower } from './revision.ts'
import type { ServerOptions } from './server-options.ts'
import type { ToolProfile } from './tool-profile.ts'

/** What is held is of: `revision` for all of it, and of a later one for some. */
export interface Position extends Origin {
  /** The highest revision that some of it is of. */
  readonly seen: string
}

export interface Snapshot extends Position {
  readonly profiles: readonly ToolProfile[]
}

export interface SnapshotOptions {
  readonly minRevision: string
  readonly maxTools: number
}

/** How often a snapshot is begun anew because the catalog changed meanwhile. */
const TRIES = 3

/**
 * Read all tools. The pages are of one revision where that can be had: when the revision moves, it is begun anew. Under a
 * writer that never rests that would never end, so the last try reads on, and the snapshot says the lowest revision of its
 * pages. To follow from there is right: every tool is then held as of some revision of that one or above, and whatever
 * happened to a tool above it, a tool that came or went between two pages included, is told by the stream and read again.
 * @throws ProfileError
 */
export async function readSnapshot(
  server: ServerOptions,
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    const snapshot = await readPages(server, options, attempt === TRIES, signal)
    if (snapshot) return snapshot
  }
}

/** @returns undefined when the revision has moved, and that is not taken */
async function readPages(
  server: ServerOptions,
  { minRevision, maxTools }: SnapshotOptions,
  mayMove: boolean,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  let page = await queryPage(server, { after: undefined, minRevision }, signal)
  let position: Position = { epoch: page.epoch, revision: page.revision, seen: page.revision }
  const profiles = [...page.profiles]
  while (page.next !== undefined) {
    page = await queryPage(server, { after: page.next, minRevision: position.revision }, signal)
    if (page.epoch !== position.epoch) throw epochChanged()
    if (page.revision !== position.revision && !mayMove) return undefined
    position = joined(position, page)
    profiles.push(...page.profiles)
    if (profiles.length > maxTools) throw tooManyTools(maxTools)
  }
  return { ...position, profiles }
}

function joined({ epoch, revision, seen }: Position, page: SnapshotPage): Position {
  return { epoch, revision: lower(revision, page.revision), seen: higher(seen, page.revision) }
}
