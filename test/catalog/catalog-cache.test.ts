import { expect, test } from 'vitest'
import { CatalogCache } from '../../src/catalog/catalog-cache.ts'
import type { LoggedChangeSet } from '../../src/changes/read-log.ts'

/** A feed that reads what a test lets it read. */
class FakeFeed {
  state = { epoch: 'e', revision: 10, compactedRevision: 0 }
  isFollowing = true
  hints = 0
  readonly #changeSets = new Map<number, LoggedChangeSet>()
  readonly #listeners = new Set<() => void>()

  listen(listener: () => void) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  next(revision: number) {
    return this.#changeSets.get(revision + 1)
  }

  hint() {
    this.hints++
  }

  async refresh() {}

  /** Read on to a revision, whose change sets touch these tools; without them, they are not kept. */
  read(revision: number, tools?: readonly { id: string; name: string; newName?: string }[], epoch = 'e') {
    for (let number = this.state.revision + 1; tools && number <= revision; number++) {
      const events = tools.map(({ id, name, newName = null }) => ({ toolId: id, toolName: name, newName }))
      this.#changeSets.set(number, { number, events } as unknown as LoggedChangeSet)
    }
    this.state = { ...this.state, epoch, revision }
    for (const listener of this.#listeners) listener()
  }
}

function followed() {
  const feed = new FakeFeed()
  const cache = new CatalogCache(feed as unknown as ConstructorParameters<typeof CatalogCache>[0], {
    tools: 100,
    bytes: 1_000_000,
  })
  feed.read(10)
  return { feed, cache }
}

test('as long as nothing newer was heard of, memory is as good as the database', () => {
  const { feed, cache } = followed()
  expect(cache.place).toEqual({ epoch: 'e', revision: 10 })
  feed.read(12, [])
  expect(cache.place).toEqual({ epoch: 'e', revision: 12 })
})

test('nothing is answered from memory alone before the feed has started, or while it cannot read', () => {
  const feed = new FakeFeed()
  const cache = new CatalogCache(feed as unknown as ConstructorParameters<typeof CatalogCache>[0], {
    tools: 100,
    bytes: 1_000_000,
  })
  expect(cache.place).toBeUndefined()
  feed.read(10)
  feed.isFollowing = false
  expect(cache.place).toBeUndefined()
})

test.each([
  ['a commit of its own', (cache: CatalogCache) => cache.committed({ revision: '11' })],
  ['a snapshot that was opened', (cache: CatalogCache) => cache.saw({ epoch: 'e', revision: 11 })],
])('after %s the database is asked, until the feed has read it', (_, hear) => {
  const { feed, cache } = followed()
  hear(cache)
  expect(cache.place).toBeUndefined()
  expect(feed.hints).toBe(1)
  feed.read(11, [])
  expect(cache.place).toEqual({ epoch: 'e', revision: 11 })
})

test('a snapshot that was opened long ago changes nothing', () => {
  const { cache } = followed()
  cache.saw({ epoch: 'e', revision: 9 })
  expect(cache.place).toEqual({ epoch: 'e', revision: 10 })
})

test('what the feed reads drops tools by id, by name and by new name, and lists altogether', () => {
  const { feed, cache } = followed()
  const { place } = cache
  if (!place) throw new Error('no place')
  cache.objects.keep('row', 'row', 'id-1', place)
  cache.objects.keep('name', null, 'name old', place)
  cache.objects.keep('new name', null, 'name new', place)
  cache.objects.keep('other', 'row', 'id-2', place)
  cache.lists.keep('list', ['id-1'], place)
  feed.read(11, [{ id: 'id-1', name: 'Old', newName: 'New' }])
  const now = { epoch: 'e', revision: 11 }
  expect(['row', 'name', 'new name', 'other'].map((key) => cache.objects.find(key, now))).toEqual([
    undefined,
    undefined,
    undefined,
    'row',
  ])
  expect(cache.lists.find('list', place)).toBeUndefined()
})

test('when change sets are not kept any more, everything is dropped', () => {
  const { feed, cache } = followed()
  if (cache.place) cache.objects.keep('row', 'row', 'id-1', cache.place)
  feed.read(5_000)
  expect(cache.objects.find('row', { epoch: 'e', revision: 5_000 })).toBeUndefined()
  expect(cache.place).toEqual({ epoch: 'e', revision: 5_000 })
})

test('a snapshot of another history: nothing from memory until the feed knows which is right', async () => {
  const { feed, cache } = followed()
  if (cache.place) cache.objects.keep('row', 'row', 'id-1', cache.place)
  cache.saw({ epoch: 'restored', revision: 7 })
  expect(cache.place).toBeUndefined()
  feed.read(7, undefined, 'restored')
  expect(cache.place).toEqual({ epoch: 'restored', revision: 7 })
  expect(cache.objects.find('row', { epoch: 'restored', revision: 7 })).toBeUndefined()
})

test('a snapshot of the old history, told late, is forgotten again', async () => {
  const { cache } = followed()
  cache.saw({ epoch: 'before', revision: 99 })
  expect(cache.place).toBeUndefined()
  await Promise.resolve()
  expect(cache.place).toEqual({ epoch: 'e', revision: 10 })
})
