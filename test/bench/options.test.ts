import { expect, test } from 'vitest'
import { chooseContestants } from '../../load/bench/contestants.ts'
import { readOptions, UsageError } from '../../load/bench/options.ts'

test('everything is measured, in both sizes, when nothing else is asked for', () => {
  expect(readOptions([])).toMatchObject({
    tools: [200, 2e4],
    only: undefined,
    rounds: 5,
    seconds: 3,
    connections: 50,
    subscribers: 5e3,
    modes: ['repeated', 'unrepeated', 'unseen documents'],
    nodes: ['current'],
    out: 'load',
    soakMinutes: 0,
    parts: new Set(['reads', 'growth', 'first-answer', 'fanout', 'import']),
  })
})

test('the quick form writes nothing, unless a place is named', () => {
  expect(readOptions(['--quick'])).toMatchObject({
    tools: [200],
    rounds: 1,
    seconds: 1,
    out: undefined,
    parts: new Set(['reads', 'first-answer']),
  })
  expect(readOptions(['--quick', '--out', '/tmp/x'])).toMatchObject({ out: '/tmp/x' })
})

test.each([
  [['--tools', '200,many'], /--tools/],
  [['--tools', '10'], /from 150 on/],
  [['--rounds', '0'], /--rounds/],
  [['--modes', 'cold'], /repeated, unrepeated, unseen documents/],
  [['--skip', 'reads,nothing'], /reads, growth, first-answer, fanout, import/],
  [['--nonsense'], /--nonsense/],
])('%j is refused, and what can be said is told', (args, message) => {
  expect(() => readOptions(args)).toThrow(UsageError)
  expect(() => readOptions(args)).toThrow(message)
})

test('`ours` means every line of ours, and a name that is not there is refused', () => {
  const ids = (only?: string[]) => chooseContestants(only).map(({ id }) => id)
  expect(ids(['ours', 'bare'])).toEqual(['ours', 'ours-key', 'ours-no-response-cache', 'bare'])
  expect(ids(['yoga'])).toEqual(['yoga'])
  expect(ids()).toHaveLength(10)
  expect(() => ids(['hasura'])).toThrow(/postgraphile/)
})
