import { harmless } from './terminal.ts'
import type { WatchedChangeSet, WatchedEvent } from './watched-item.ts'

/** The end of the sentence that begins with the tool. A kind that came later than this command is said as it is. */
const WORDS: Readonly<Record<string, string>> = {
  TOOL_CREATED: 'created',
  TOOL_UPDATED: 'updated',
  TOOL_RENAMED: 'renamed',
  TOOL_ENABLED: 'enabled',
  TOOL_DISABLED: 'disabled',
  TOOL_DELETED: 'deleted',
  TOOL_RESTORED: 'restored',
  VERSION_PUBLISHED: 'published',
  VERSION_OVERWRITTEN: 'overwritten',
  VERSION_STATUS_CHANGED: 'came to another stage',
  LATEST_MOVED: 'is served by default now',
  COMPATIBILITY_OVERRIDDEN: 'published though it breaks users',
  DRAFT_CREATED: 'drafted',
  DRAFT_UPDATED: 'draft changed',
}

/** One line for each event: `14:03:07  r12  grep 1.1.0 published (latest) by key:ci: message`. */
export function changeLines({ revision, at, actor, message, events }: WatchedChangeSet, now = new Date()): string[] {
  const head = `${timeOf(new Date(at), now)}  r${revision}`
  const tail = `by ${actor}${message ? `: ${message}` : ''}`
  return events.map((event) => harmless(`${head}  ${happened(event)} ${tail}`))
}

function happened({ kind, toolName, version, latest }: WatchedEvent): string {
  const words = WORDS[kind] ?? kind
  if (kind === 'LATEST_MOVED')
    return latest === null ? `${toolName} serves no version now` : `${toolName} ${latest} ${words}`
  const subject = version === null ? toolName : `${toolName} ${version}`
  return `${subject} ${words}${version !== null && version === latest ? ' (latest)' : ''}`
}

/** Local time; with its date when that is another one than today's. */
function timeOf(at: Date, now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
  if (at.toDateString() === now.toDateString()) return time
  return `${[at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join('-')} ${time}`
}
