import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { createAsks, type ListedTool, listsOf } from '../../load/bench/asks.ts'
import { OURS, POTHOS, pagedQuery } from '../../load/bench/dialect.ts'
import { POSTGRAPHILE } from '../../load/bench/postgraphile-dialect.ts'
import { MIX } from '../../load/k6/mix.ts'
import { schema } from '../../src/graphql/schema.ts'
import { seededRandom } from '../faults/random.ts'

const tools: ListedTool[] = Array.from({ length: 500 }, (_, i) => ({
  id: `id-${i}`,
  name: `tool-${String(i).padStart(6, '0')}`,
  enabled: i % 10 !== 0,
  updatedAt: `2026-01-01 00:00:0${i % 7}+00`,
}))
const lists = listsOf(tools)

test('lists are in the order in which servers give them', () => {
  expect(lists.list?.map(({ name }) => name)).toEqual(tools.map(({ name }) => name))
  expect(lists['list enabled']?.map(({ name }) => name)).not.toContain('tool-000010')
  const [first, second] = lists['list latest'] ?? []
  expect([first?.updatedAt, second?.updatedAt]).toEqual(['2026-01-01 00:00:06+00', '2026-01-01 00:00:06+00'])
  expect((first?.name ?? '') > (second?.name ?? '')).toBe(true)
})

test('a repeated mode has a pool in the proportions of the mix', () => {
  // Not anything that comes up: of 1,000 that are drawn, one time in a thousand a part is 0.05 off.
  const pool = createAsks(lists, undefined, seededRandom('the mix')).pool()
  const part = (name: string) => pool.filter(({ read }) => read.name === name).length / pool.length
  expect(pool).toHaveLength(1_000)
  expect(part('list')).toBeCloseTo(35 / 102, 1)
  expect(part('get by name')).toBeCloseTo(19 / 102, 1)
})

test('lists are not asked for twice in the same way, before every place and size has come up', () => {
  const asks = createAsks(lists, 'list', Math.random)
  const seen = Array.from({ length: 10_000 }, () => JSON.stringify(asks.next('unrepeated').page))
  expect(new Set(seen).size).toBeGreaterThan(9_000)
})

test('the pages of a list have the size of the mix on average, and are full', () => {
  const asks = createAsks(lists, 'list enabled', Math.random)
  const pages = Array.from({ length: 5_000 }, () => asks.next('unrepeated').page)
  const sizes = pages.map((page) => page?.first ?? 0)
  expect(sizes.reduce((sum, size) => sum + size) / sizes.length).toBeCloseTo(50, 0)
  const following = pages.map((page) => (lists['list enabled']?.length ?? 0) - (page?.after ?? 0) - 1)
  expect(Math.min(...following)).toBeGreaterThanOrEqual(Math.max(...sizes))
})

test('no two unseen documents are the same text', () => {
  const asks = createAsks(lists, undefined, Math.random)
  const texts = Array.from({ length: 1_000 }, () => OURS.request(asks.next('unseen documents'), undefined).query)
  expect(new Set(texts).size).toBe(1_000)
})

test('every document that is sent to our schema is valid there, as it is and with pages', () => {
  const queries = MIX.flatMap(({ query }) => (query.includes('(first:') ? [query, pagedQuery(query)] : [query]))
  expect(queries).toHaveLength(10)
  for (const query of queries) expect(validate(schema, parse(query))).toEqual([])
  const suffixed = POTHOS.request({ ...createAsks(lists, 'list', Math.random).next('unseen documents') }, 'cursor')
  expect(validate(schema, parse(suffixed.query))).toEqual([])
  expect(suffixed.variables).toMatchObject({ after: 'cursor' })
})

test('PostGraphile has a document for each read of the mix', () => {
  for (const read of MIX)
    expect(() => parse(POSTGRAPHILE.request({ read, variables: {} }, undefined).query)).not.toThrow()
  const [list] = MIX
  if (!list) throw new Error('The mix has a list')
  expect(POSTGRAPHILE.request({ read: list, variables: {} }, undefined).variables).toEqual({ first: 50, after: null })
})

test("PostGraphile's answer is put into our shape without losing what differs", () => {
  const read = MIX.find(({ name }) => name === 'list')
  if (!read) throw new Error('The mix has a list')
  const row = {
    rowId: '1',
    name: 'grep',
    description: 'd',
    platform: 'linux',
    category: 'c',
    status: 'active',
    enabled: true,
  }
  const pageInfo = { hasNextPage: false, endCursor: 'x' }
  expect(POSTGRAPHILE.answer(read, { tools: { totalCount: 1, pageInfo, nodes: [row] } })).toEqual({
    tools: {
      totalCount: 1,
      pageInfo: { hasNextPage: false },
      nodes: [
        {
          id: 'VG9vbDox',
          name: 'grep',
          description: 'd',
          platform: 'linux',
          category: 'c',
          status: 'ACTIVE',
          enabled: true,
        },
      ],
    },
  })
})
