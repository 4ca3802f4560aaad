import { expect, test } from 'vitest'
import { changeLines } from '../../src/cli/change-lines.ts'
import type { WatchedChangeSet, WatchedEvent } from '../../src/cli/watched-item.ts'

const NOW = new Date(2026, 10, 22, 18, 0, 0)

const anEvent = (fields: Partial<WatchedEvent> = {}): WatchedEvent => ({
  position: 0,
  kind: 'VERSION_PUBLISHED',
  toolName: 'grep',
  version: '1.1.0',
  latest: '1.1.0',
  ...fields,
})

const aChangeSet = (fields: Partial<WatchedChangeSet> = {}): WatchedChangeSet => ({
  __typename: 'ChangeSet',
  revision: '12',
  at: new Date(2026, 10, 22, 14, 3, 7).toISOString(),
  actor: 'key:ci',
  source: 'API',
  message: 'May review',
  events: [anEvent()],
  ...fields,
})

test('a change is one line: when, which revision, what, by whom and why', () => {
  expect(changeLines(aChangeSet(), NOW)).toEqual(['14:03:07  r12  grep 1.1.0 published (latest) by key:ci: May review'])
})

test.each([
  [{ latest: '2.0.0' }, 'grep 1.1.0 published'],
  [{ kind: 'TOOL_DISABLED', version: null }, 'grep disabled'],
  [{ kind: 'LATEST_MOVED', version: '1.1.0', latest: '1.0.0' }, 'grep 1.0.0 is served by default now'],
  [{ kind: 'LATEST_MOVED', version: null, latest: null }, 'grep serves no version now'],
  [{ kind: 'TOOL_PAINTED', version: null }, 'grep TOOL_PAINTED'],
])('%j is said as "%s"', (fields, words) => {
  const [line] = changeLines(aChangeSet({ message: null, events: [anEvent(fields)] }), NOW)
  expect(line).toBe(`14:03:07  r12  ${words} by key:ci`)
})

test('each event of a change set has its line, and another day its date', () => {
  const events = [anEvent(), anEvent({ position: 1, toolName: 'sed' })]
  const at = new Date(2026, 10, 3, 14, 3, 7).toISOString()
  expect(changeLines(aChangeSet({ events, at }), NOW)).toEqual([
    '2026-11-03 14:03:07  r12  grep 1.1.0 published (latest) by key:ci: May review',
    '2026-11-03 14:03:07  r12  sed 1.1.0 published (latest) by key:ci: May review',
  ])
})

test('what others have written can neither steer the terminal nor start a line', () => {
  const message = 'a\u001b[2J\nb\u202ec\u0085d'
  const [line] = changeLines(aChangeSet({ message }), NOW)
  expect(line).toContain('a\\u001b[2J\\u000ab\\u202ec\\u0085d')
})
