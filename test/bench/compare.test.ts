import { expect, test } from 'vitest'
import { differences } from '../../load/bench/compare.ts'

const GREP = { name: 'grep', tags: ['a'], enabled: true, latest: null }
const SED = { name: 'sed' }
const OURS = { tools: { totalCount: 2, nodes: [GREP, SED] } }

test('answers that are equal have no differences, in whichever order their keys are', () => {
  const theirs = {
    tools: { nodes: [{ latest: null, enabled: true, tags: ['a'], name: 'grep' }, { name: 'sed' }], totalCount: 2 },
  }
  expect(differences(OURS, theirs)).toEqual([])
})

test.each([
  ['another value', { totalCount: 3 }, 'tools.totalCount'],
  ['text instead of a number', { totalCount: '2' }, 'tools.totalCount'],
  ['another value deep inside', { nodes: [{ ...GREP, name: 'Grep' }, SED] }, 'tools.nodes[0].name'],
  ['an item too few', { nodes: [GREP] }, 'tools.nodes.length'],
  ['items in another order', { nodes: [SED, GREP] }, 'tools.nodes[0].name'],
  ['null where there is something', { nodes: [{ ...GREP, tags: null }, SED] }, 'tools.nodes[0].tags'],
  ['something where there is null', { nodes: [{ ...GREP, latest: {} }, SED] }, 'tools.nodes[0].latest'],
  ['an item of a list too many', { nodes: [{ ...GREP, tags: ['a', 'b'] }, SED] }, 'tools.nodes[0].tags.length'],
  ['a key that is missing', { nodes: [SED, SED] }, 'tools.nodes[0].latest'],
  ['a key too many', { nodes: [{ ...GREP, more: null }, SED] }, 'tools.nodes[0].more'],
])('%s is found', (_, changed, path) => {
  const theirs = { tools: { ...OURS.tools, ...changed } }
  expect(differences(OURS, theirs).map((difference) => difference.path)).toContain(path)
})

test('a server that gave an error differs as a whole, and no more than a few differences are listed', () => {
  expect(differences(OURS, '500: down')).toEqual([{ path: '', ours: OURS, theirs: '500: down' }])
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`field${i}`, i]))
  expect(differences(many, {})).toHaveLength(5)
})
