import { expect, test } from 'vitest'
import type { SeenItem, SubscriptionRecord, TrueRevision, WriteRecord } from '../faults/history.ts'
import { validateResumption, validateSubscription } from '../faults/validate-history.ts'
import { validateGapless, validateWrites } from '../faults/validate-log.ts'

/** Revisions 1 to 6 of grep; the fourth is of sed and has two events, the fifth concerns a draft. */
const TRUTH: readonly TrueRevision[] = [1, 2, 3, 4, 5, 6].map((revision) => ({
  revision,
  message: `write ${revision}`,
  events: (revision === 4 ? [0, 1] : [0]).map((position) => anEvent(revision, position)),
}))

function anEvent(revision: number, position: number) {
  return {
    position,
    kind: 'ToolEnabled',
    toolName: revision === 4 ? 'sed' : 'grep',
    version: null,
    latest: '1.0.0',
    draft: revision === 5,
    platforms: ['linux'],
    capabilities: revision === 4 ? ['editing'] : ['text_search'],
  }
}

const change = (revision: number): SeenItem => ({
  at: revision,
  kind: 'change',
  revision,
  events: (TRUTH[revision - 1]?.events ?? []).map((event) => ({ ...event, kind: 'TOOL_ENABLED' })),
})
const bookmark = (revision: number): SeenItem => ({ at: 0, kind: 'bookmark', revision, epoch: 'e' })
const resync = (compactedRevision: number, currentRevision = 6): SeenItem => ({
  at: 0,
  kind: 'resync',
  reason: 'COMPACTED',
  compactedRevision,
  currentRevision,
  epoch: 'e',
})

function seen(items: readonly SeenItem[], fields: Partial<SubscriptionRecord> = {}): SubscriptionRecord {
  return {
    watcher: 'w',
    replica: 'a',
    seesDrafts: true,
    filter: undefined,
    openedAt: 0,
    afterRevision: 0,
    headAtOpen: 6,
    subscribedAt: 0,
    items: [...items],
    end: undefined,
    ...fields,
  }
}

const findings = (items: readonly SeenItem[], fields: Partial<SubscriptionRecord> = {}) =>
  validateSubscription(seen(items, fields), TRUTH).join('\n')

const ALL = [1, 2, 3, 4, 5, 6].map(change)

test('a history in which every word of the contract holds has no findings', () => {
  expect(findings([...ALL, bookmark(6)])).toBe('')
  expect(findings([bookmark(3), change(4), bookmark(4), change(5)], { afterRevision: undefined })).toBe('')
  expect(findings([change(4), bookmark(6)], { filter: { tools: ['SED'] } })).toBe('')
  expect(findings([change(1), change(2), change(3), change(4), change(6)], { seesDrafts: false })).toBe('')
  expect(findings([resync(3)], { afterRevision: 2, end: { at: 1, kind: 'complete', code: '' } })).toBe('')
  expect(findings([], { afterRevision: 9, end: { at: 1, kind: 'error', code: 'FUTURE_REVISION' } })).toBe('')
})

test.each([
  ['ordered', [change(1), change(3), change(2)], {}],
  ['ordered', [change(2)], { afterRevision: 4 }],
  ['ordered', [resync(3), change(4)], { afterRevision: 2 }],
  ['unique', [change(1), change(2), change(2)], {}],
  ['reliable', [change(1), change(3)], {}],
  ['reliable', [change(3)], { afterRevision: 1 }],
  ['reliable', [bookmark(2), change(4)], { afterRevision: undefined }],
  ['reliable', [change(1), bookmark(2)], {}],
  ['bookmarkable', [bookmark(2), change(1), change(2)], {}],
  ['bookmarkable', [bookmark(3), change(1), change(2), change(3)], {}],
  ['bookmarkable', [change(1), change(2), bookmark(1)], {}],
  ['bookmarkable', [change(4)], { afterRevision: undefined }],
  ['durable', [change(1), { ...change(2), revision: 7 }], { afterRevision: 0 }],
  ['filtered', [change(4)], { afterRevision: 3, filter: { platforms: ['windows'] } }],
  ['filtered', [change(5)], { afterRevision: 4, seesDrafts: false }],
  ['resumable', [resync(3)], { afterRevision: 3 }],
  ['resumable', [change(1), change(2), change(3), resync(2)], {}],
  ['resumable', [resync(3, 8)], { afterRevision: 2 }],
  ['resumable', [], { afterRevision: 5, end: { at: 1, kind: 'error', code: 'FUTURE_REVISION' } }],
] as const)('a history that is not %s is found: %j %j', (property, items, fields) => {
  expect(findings(items, fields)).toMatch(new RegExp(`^${property}: `, 'm'))
})

test('a revision that came in part, or with the events of another, is not atomic', () => {
  const whole = change(4)
  const events = whole.kind === 'change' ? whole.events : []
  expect(events).toHaveLength(2)
  const after = { afterRevision: 3 }
  expect(findings([{ ...whole, events: events.slice(0, 1) } as SeenItem], after)).toMatch(/^atomic: 4/)
  expect(findings([{ ...whole, events: events.toReversed() } as SeenItem], after)).toMatch(/^atomic: 4/)
  expect(findings([{ ...change(3), revision: 4 } as SeenItem], after)).toMatch(/^atomic: 4/)
})

test('a client that comes back gets everything once, or is told to begin anew', () => {
  const resumed = (...records: readonly SubscriptionRecord[]) => validateResumption(records, TRUTH).join('\n')
  const first = seen([change(1), change(2)])
  expect(resumed(first, seen([change(3), change(4)], { afterRevision: 2 }))).toBe('')
  expect(resumed(first, seen([change(2), change(3)], { afterRevision: 2 }))).toMatch(/^resumable: 2 came again/)
  expect(resumed(first, seen([change(5)], { afterRevision: 4 }))).toMatch(/^resumable: 3 was lost/)
  expect(resumed(first, seen([resync(4)], { afterRevision: 2 }), seen([change(6)], { afterRevision: 5 }))).toBe('')
})

test('writes that were acknowledged are in the log once, where they were said to be, and refused ones are not', () => {
  const wrote = (fields: Partial<WriteRecord>) => {
    const write: WriteRecord = {
      id: 'write 2',
      operation: 'o',
      attempts: [],
      result: 'acknowledged',
      revision: 2,
      ...fields,
    }
    return validateWrites([write], [...TRUTH, { revision: 7, message: 'write 6', events: [] }]).join()
  }
  expect(wrote({})).toBe('')
  expect(wrote({ result: 'unknown', revision: undefined })).toBe('')
  expect(wrote({ id: 'write 9' })).toMatch(/^durable: /)
  expect(wrote({ revision: 3 })).toMatch(/^durable: /)
  expect(wrote({ id: 'write 6', revision: 6 })).toMatch(/^exactly once: /)
  expect(wrote({ result: 'refused', revision: undefined })).toMatch(/^all or nothing: /)
  expect(wrote({ result: 'unchanged', revision: undefined })).toMatch(/^all or nothing: /)
})

test('a log with a hole, or that ends before its counter, is not gapless', () => {
  expect(validateGapless(TRUTH, 6)).toEqual([])
  expect(validateGapless(TRUTH, 7)).toEqual(['gapless: the log ends at 6, the counter at 7'])
  const holed = TRUTH.filter(({ revision }) => revision !== 3)
  expect(validateGapless(holed, 6)).toEqual(['gapless: 4 follows 2'])
})
