import { expect, test } from 'vitest'
import { RevisionTrail } from '../../load/k6/revision-trail.ts'

function trailOf(seesAll: boolean, ...items: ['bookmark' | 'changeSet' | 'end', number][]): RevisionTrail {
  const trail = new RevisionTrail(seesAll)
  for (const [kind, revision] of items) trail[kind](revision)
  return trail
}

test('a stream that tells every revision has no gaps', () => {
  const trail = trailOf(true, ['bookmark', 4], ['changeSet', 5], ['changeSet', 6], ['bookmark', 6], ['end', 6])
  expect(trail.gaps).toBe(0)
  expect(trail.last).toBe(6)
})

test('each revision that is left out is a gap', () => {
  expect(trailOf(true, ['bookmark', 4], ['changeSet', 6], ['changeSet', 9]).missing).toBe(3)
})

test('what came twice or late is counted', () => {
  const trail = trailOf(true, ['changeSet', 5], ['changeSet', 5], ['changeSet', 4], ['changeSet', 6])
  expect(trail.repeated).toBe(2)
  expect(trail.gaps).toBe(2)
})

test('what is missing at the end is counted', () => {
  expect(trailOf(true, ['bookmark', 4], ['changeSet', 5], ['end', 8]).gaps).toBe(3)
  expect(trailOf(true, ['end', 2]).gaps).toBe(2)
})

test('a bookmark that skips revisions is a gap for those who see everything, and for no others', () => {
  expect(trailOf(true, ['bookmark', 4], ['bookmark', 6]).gaps).toBe(2)
  expect(trailOf(false, ['bookmark', 4], ['bookmark', 6], ['changeSet', 8], ['end', 8]).gaps).toBe(0)
  expect(trailOf(false, ['bookmark', 4], ['changeSet', 4], ['end', 5]).gaps).toBe(2)
})
