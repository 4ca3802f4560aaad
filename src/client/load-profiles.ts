import { firstState } from './first-state.ts'
import { Listeners } from './listeners.ts'
import { type ProfileOptions, readOptions } from './profile-options.ts'
import { Profiles } from './profiles.ts'

export type {
  CapabilityDefinition,
  Definition,
  PatternDefinition,
  PolicyDefinition,
} from '../definition/definition.ts'
export type { Json, JsonObject } from '../definition/json.ts'
export { ProfileError } from './client-error.ts'
export type { ProfileChange, ProfileEvents, ProfileProblem, ProfileStatus, StatusChange } from './listeners.ts'
export type { ProfileSource } from './local-catalog.ts'
export type { ProfileOptions } from './profile-options.ts'
export type { Profiles } from './profiles.ts'
export type { Token } from './server-options.ts'
export type { ToolProfile } from './tool-profile.ts'

/**
 * Load the tools of a catalog, and keep them up to date until they are closed. Served from memory: asking for a tool takes no
 * network. When the server is away, `source` says what is served instead; when it comes back, it is followed again.
 * @throws ProfileError NOTHING_TO_SERVE when neither the server, nor the cache file, nor the folder gives anything;
 * TypeError for a `url` that is none
 */
export async function loadProfiles(options: ProfileOptions): Promise<Profiles> {
  const settings = readOptions(options)
  const listeners = new Listeners()
  return new Profiles(settings, listeners, await firstState(settings, listeners))
}
