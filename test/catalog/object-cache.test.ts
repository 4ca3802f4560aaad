import { describe, expect, test } from 'vitest'
import { ANY_CHANGE, nameTag, ObjectCache } from '../../src/catalog/object-cache.ts'

const at = (revision: number, epoch = 'e') => ({ epoch, revision })

function cacheAt(revision: number, bounds = { entries: 100, bytes: 1_000_000 }): ObjectCache {
  const cache = new ObjectCache(bounds)
  cache.clear(at(revision))
  return cache
}

describe('an entry that was read at a revision', () => {
  test('is for readers from there up to where the changes are known', () => {
    const cache = cacheAt(5)
    cache.keep('k', 'row', 'tool', at(5))
    cache.advance(at(6), [])
    cache.advance(at(7), [])
    const found = [4, 5, 6, 7, 8].map((revision) => cache.find('k', at(revision)))
    expect(found).toEqual([undefined, 'row', 'row', 'row', undefined])
  })

  test('is gone with a change of what it belongs to, and of nothing else', () => {
    const cache = cacheAt(1)
    cache.keep('a', 'row a', 'tool a', at(1))
    cache.keep('b', 'row b', 'tool b', at(1))
    cache.advance(at(2), ['tool a'])
    expect(cache.find('a', at(2))).toBeUndefined()
    expect(cache.find('b', at(2))).toBe('row b')
  })

  test('is not kept when changes have gone by that it has not seen', () => {
    const cache = cacheAt(1)
    cache.advance(at(2), ['tool'])
    cache.keep('k', 'old row', 'tool', at(1))
    expect(cache.find('k', at(2))).toBeUndefined()
  })

  test('is kept when it was read ahead of the changes, for those who read there', () => {
    const cache = cacheAt(1)
    cache.keep('k', 'new row', 'tool', at(3))
    cache.advance(at(2), ['another tool'])
    expect(cache.find('k', at(2))).toBeUndefined()
    cache.advance(at(3), [])
    expect(cache.find('k', at(3))).toBe('new row')
  })

  test('is not for readers of another history', () => {
    const cache = cacheAt(5)
    cache.keep('k', 'row', 'tool', at(5))
    expect(cache.find('k', at(5, 'other'))).toBeUndefined()
    cache.keep('other', 'row', 'tool', at(5, 'other'))
    expect(cache.find('other', at(5))).toBeUndefined()
    cache.clear(at(5, 'other'))
    expect(cache.find('k', at(5, 'other'))).toBeUndefined()
  })
})

describe('that there is nothing', () => {
  test('is kept, and forgotten when a tool gets the name', () => {
    const cache = cacheAt(1)
    cache.keep('grep', null, nameTag('grep'), at(1))
    cache.keep('sed', null, nameTag('sed'), at(1))
    cache.advance(at(2), ['some id', nameTag('grep')])
    expect(cache.find('grep', at(2))).toBeUndefined()
    expect(cache.find('sed', at(2))).toBeNull()
  })

  test('is forgotten with any change, when nobody can say what would bring it about', () => {
    const cache = cacheAt(1)
    cache.keep('k', null, ANY_CHANGE, at(1))
    expect(cache.find('k', at(1))).toBeNull()
    cache.advance(at(2), [])
    expect(cache.find('k', at(2))).toBeUndefined()
  })
})

describe('what it takes', () => {
  test('is bounded in entries, those that were wanted longest ago first', () => {
    const cache = cacheAt(1, { entries: 3, bytes: 1_000_000 })
    for (const key of ['a', 'b', 'c']) cache.keep(key, key, key, at(1))
    cache.find('a', at(1))
    cache.keep('d', 'd', 'd', at(1))
    expect(['a', 'b', 'c', 'd'].map((key) => cache.find(key, at(1)))).toEqual(['a', undefined, 'c', 'd'])
    expect(cache.figures).toMatchObject({ entries: 3, evictions: 1 })
  })

  test('is bounded in bytes, and what is larger than all is not kept', () => {
    const cache = cacheAt(1, { entries: 1_000, bytes: 20_000 })
    for (let i = 0; i < 100; i++) cache.keep(`k${i}`, 'x'.repeat(1_000), 'tool', at(1))
    expect(cache.figures.bytes).toBeLessThanOrEqual(20_000)
    expect(cache.figures.entries).toBeGreaterThan(3)
    cache.keep('huge', 'x'.repeat(20_000), 'tool', at(1))
    expect(cache.find('huge', at(1))).toBeUndefined()
    cache.advance(at(2), ['tool'])
    expect(cache.figures).toMatchObject({ entries: 0, bytes: 0 })
  })

  test('is nothing when nothing shall be kept', () => {
    const cache = cacheAt(1, { entries: 0, bytes: 1_000_000 })
    cache.keep('k', 'row', 'tool', at(1))
    expect(cache.find('k', at(1))).toBeUndefined()
    expect(cache.figures.entries).toBe(0)
  })
})
