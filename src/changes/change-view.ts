import type { LoggedChangeSet, LoggedEvent } from './read-log.ts'
import type { ChangeSetItem } from './stream-item.ts'

/** Which events a stream is about. Every field that is given must hold, by any of its values. */
export interface ChangeFilter {
  readonly tools?: readonly string[] | undefined
  readonly platforms?: readonly string[] | undefined
  readonly capabilities?: readonly string[] | undefined
}

/** The log as one kind of stream sees it. Streams of one kind get the very same items. */
export interface ChangeView {
  /** Undefined when nothing of the change set is for this stream. */
  readonly see: (changeSet: LoggedChangeSet) => ChangeSetItem | undefined
}

/** @param seesDrafts whether changes that concern nothing but drafts are shown */
export function createChangeView(filter: ChangeFilter, seesDrafts: boolean): ChangeView {
  const tools = keysOf(filter.tools)
  const platforms = keysOf(filter.platforms)
  const capabilities = keysOf(filter.capabilities)
  const isWanted = (event: LoggedEvent) =>
    (seesDrafts || !event.draft) &&
    (!tools || tools.has(event.toolName.toLowerCase()) || tools.has(event.newName?.toLowerCase() ?? '')) &&
    (!platforms || event.platforms.some((platform) => platforms.has(platform))) &&
    (!capabilities || event.capabilities.some((capability) => capabilities.has(capability)))
  const seen = new WeakMap<LoggedChangeSet, ChangeSetItem | null>()
  return {
    see: (changeSet) => {
      const known = seen.get(changeSet)
      if (known !== undefined) return known ?? undefined
      const events = changeSet.events.filter(isWanted)
      const item = events.length === 0 ? null : ({ ...changeSet, type: 'ChangeSet', events } as const)
      seen.set(changeSet, item)
      return item ?? undefined
    },
  }
}

/** What two streams must have in common to see the same. */
export function viewKey({ tools, platforms, capabilities }: ChangeFilter, seesDrafts: boolean): string {
  const sorted = [tools, platforms, capabilities].map((words) => [...(keysOf(words) ?? [])].sort())
  return JSON.stringify([seesDrafts, ...sorted, [tools, platforms, capabilities].map((words) => words === undefined)])
}

function keysOf(words: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return words && new Set(words.map((word) => word.toLowerCase()))
}
