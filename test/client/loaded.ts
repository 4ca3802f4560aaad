import { expect } from 'vitest'
import type { ProfileChange, ProfileEvents, ProfileOptions } from '../../src/client/load-profiles.ts'
import { loadProfiles } from '../../src/client/load-profiles.ts'
import type { Profiles } from '../../src/client/profiles.ts'
import { closeLater } from '../support/database.ts'

export interface Loaded {
  readonly profiles: Profiles
  /** Every change so far, in order. */
  readonly changes: ProfileChange[]
  readonly statuses: ProfileEvents['status'][]
  readonly problems: string[]
}

/** Profiles that come back fast, wait for a busy machine, are closed even when a test forgets, and keep what they have told. */
export async function load(options: ProfileOptions): Promise<Loaded> {
  const fast = { reconnect: { minMs: 5, maxMs: 40 }, graceMs: 50, timeoutMs: 30_000, ...options }
  const profiles = await loadProfiles(fast)
  closeLater(() => profiles.close())
  const loaded: Loaded = { profiles, changes: [], statuses: [], problems: [] }
  profiles.on('change', (change) => loaded.changes.push(change))
  profiles.on('status', (status) => loaded.statuses.push(status))
  profiles.on('problem', ({ source, message }) => loaded.problems.push(`${source}: ${message}`))
  return loaded
}

/** What is served, so that two of them can be compared. */
export function contentsOf(profiles: Profiles): Record<string, unknown> {
  return Object.fromEntries(profiles.all().map(({ name, document }) => [name, document]))
}

export const versionsOf = (profiles: Profiles) => profiles.all().map(({ name, version }) => `${name} ${version}`)

/** What is to become true on a machine that has other things to do as well; looked at often, because it mostly is at once. */
export const soon = <T>(read: () => T) => expect.poll(read, { timeout: 15_000, interval: 10 })
