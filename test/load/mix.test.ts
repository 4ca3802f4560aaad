import { readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { fragmentsOf, MIX, pickRead, TOTAL_WEIGHT } from '../../load/k6/mix.ts'

const NAMES = { tools: ['grep', 'Tar', 'systemctl'], fragments: ['rep', 'tar', 'ctl'] }

test('the mix has the six reads with the weights that everybody measures with', () => {
  expect(Object.fromEntries(MIX.map(({ name, weight }) => [name, weight]))).toEqual({
    list: 35,
    'search by name': 20,
    'get by name': 19,
    'list enabled': 14,
    'list latest': 10,
    statistics: 4,
  })
  expect(TOTAL_WEIGHT).toBe(102)
})

test('each read comes exactly as often as its weight says', () => {
  const seen = new Map<string, number>()
  for (let i = 0; i < TOTAL_WEIGHT; i++) {
    const { name } = pickRead(() => (i + 0.5) / TOTAL_WEIGHT)
    seen.set(name, (seen.get(name) ?? 0) + 1)
  }
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(MIX.map(({ name, weight }) => [name, weight])))
})

test('every read is a valid operation of the schema, with a name of its own', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'))
  const names = MIX.map(({ query }) => {
    const document = parse(query)
    expect(validate(schema, document)).toEqual([])
    const [operation] = document.definitions
    return operation?.kind === 'OperationDefinition' ? operation.name?.value : undefined
  })
  expect(new Set(names.filter(Boolean)).size).toBe(MIX.length)
})

test('readers ask for names that exist, all of them', () => {
  const asked = (read: string) =>
    [0, 0.4, 0.99].map((random) => MIX.find(({ name }) => name === read)?.variables(NAMES, () => random))
  expect(asked('get by name')).toEqual([{ name: 'grep' }, { name: 'Tar' }, { name: 'systemctl' }])
  expect(asked('search by name')).toEqual([{ part: 'rep' }, { part: 'tar' }, { part: 'ctl' }])
})

test('an answer that is not what was asked for is noticed', () => {
  const isAnswer = (read: string, data: object, variables = {}) =>
    MIX.find(({ name }) => name === read)?.isAnswer(data, variables)
  const nodes = (...tools: object[]) => ({ tools: { nodes: tools } })
  expect(isAnswer('list', nodes({ name: 'grep' }))).toBe(true)
  expect(isAnswer('list', nodes())).toBe(false)
  expect(isAnswer('list enabled', nodes({ enabled: true }, { enabled: false }))).toBe(false)
  expect(isAnswer('search by name', nodes({ name: 'GREP' }), { part: 'rep' })).toBe(true)
  expect(isAnswer('search by name', nodes({ name: 'grep' }, { name: 'tar' }), { part: 'rep' })).toBe(false)
  const grep = { tool: { name: 'grep', latest: { capabilities: [] } } }
  expect(isAnswer('get by name', grep, { name: 'grep' })).toBe(true)
  expect(isAnswer('get by name', grep, { name: 'tar' })).toBe(false)
  expect(isAnswer('get by name', { tool: null }, { name: 'grep' })).toBe(false)
  expect(isAnswer('statistics', { catalogStatistics: { tools: 0 } })).toBe(false)
})

test('fragments are parts of names, spread over the catalog', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `Tool-${String(i).padStart(4, '0')}`)
  const fragments = fragmentsOf(names)
  expect(fragments).toHaveLength(120)
  for (const part of fragments) expect(names.some((name) => name.toLowerCase().includes(part))).toBe(true)
  expect(fragments.at(-1)).toBe('991')
  expect(fragmentsOf(['a', 'A', 'grep'])).toEqual(['a', 'rep'])
})
