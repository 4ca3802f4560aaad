import { pause } from './backoff.ts'
import { asProfileError, isForPeople, ProfileError } from './client-error.ts'
import { readFolder } from './definition-folder.ts'
import type { Listeners } from './listeners.ts'
import type { ProfileSource } from './local-catalog.ts'
import type { ProfileSettings } from './profile-options.ts'
import { NO_REVISION } from './revision.ts'
import { readSavedSnapshot } from './saved-snapshot.ts'
import { type Position, readSnapshot } from './snapshot.ts'
import type { ToolProfile } from './tool-profile.ts'

/** What the profiles begin with. */
export interface FirstState {
  readonly source: ProfileSource
  readonly profiles: readonly ToolProfile[]
  /** Undefined for files, which have no history. */
  readonly position: Position | undefined
  /** What kept the server from being asked; undefined when it answered. */
  readonly error: ProfileError | undefined
}

/** Between tries at the start, in milliseconds: a balancer may lead to a replica that is just going away. */
const BETWEEN_TRIES_MS = 200
/** How often the server is tried while there may be something else to begin with. */
const TRIES = 2

/**
 * The server first; when it is away the last state that was saved, which is newer than any file; then the folder. Only when
 * there is nothing at all the server is tried again until the time is over.
 * @throws ProfileError NOTHING_TO_SERVE
 */
export async function firstState(settings: ProfileSettings, listeners: Listeners): Promise<FirstState> {
  const deadline = new AbortController()
  const tooLate = new ProfileError('UNREACHABLE', `The catalog did not answer within ${settings.timeoutMs} ms`)
  const timer = setTimeout(() => deadline.abort(tooLate), settings.timeoutMs)
  try {
    const first = await fromServer(settings, TRIES, deadline.signal)
    if (!(first instanceof ProfileError)) return first
    listeners.problem('server', first.message)
    const local = (await fromCache(settings, listeners)) ?? (await fromFolder(settings, listeners))
    if (local) return { ...local, error: first }
    const last = await fromServer(settings, Number.POSITIVE_INFINITY, deadline.signal, first)
    if (!(last instanceof ProfileError)) return last
    throw new ProfileError('NOTHING_TO_SERVE', `Nothing to serve, and ${last.message}`, { cause: last })
  } finally {
    clearTimeout(timer)
  }
}

async function fromServer(
  { server, maxTools }: ProfileSettings,
  tries: number,
  signal: AbortSignal,
  before?: ProfileError,
): Promise<FirstState | ProfileError> {
  let error = before
  for (let attempt = 1; attempt <= tries && !signal.aborted; attempt++) {
    if (error && isForPeople(error)) return error
    try {
      const { profiles, ...position } = await readSnapshot(server, { minRevision: NO_REVISION, maxTools }, signal)
      return { source: 'server', profiles, position, error: undefined }
    } catch (thrown) {
      error = asProfileError(thrown)
      await pause(BETWEEN_TRIES_MS, signal)
    }
  }
  return error ?? asProfileError(signal.reason)
}

type LocalState = Omit<FirstState, 'error'>

async function fromCache(
  { cacheFile, server }: ProfileSettings,
  listeners: Listeners,
): Promise<LocalState | undefined> {
  if (cacheFile === undefined) return undefined
  try {
    const saved = await readSavedSnapshot(cacheFile, server.url)
    if (!saved) return undefined
    const { profiles, epoch, revision } = saved
    // By now the server may have another history, where this revision says nothing.
    return { source: 'cache', profiles, position: { epoch, revision, seen: NO_REVISION } }
  } catch (error) {
    listeners.problem('cache', `${cacheFile}: ${messageOf(error)}`)
    return undefined
  }
}

async function fromFolder(
  { fallback, maxTools }: ProfileSettings,
  listeners: Listeners,
): Promise<LocalState | undefined> {
  if (fallback === undefined) return undefined
  try {
    const { profiles, problems } = await readFolder(fallback, maxTools)
    for (const problem of problems) listeners.problem('files', problem)
    return profiles.length > 0 ? { source: 'files', profiles, position: undefined } : undefined
  } catch (error) {
    listeners.problem('files', `${fallback}: ${messageOf(error)}`)
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
