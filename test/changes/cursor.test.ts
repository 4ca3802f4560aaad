import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createChangeView } from '../../src/changes/change-view.ts'
import { Cursor } from '../../src/changes/cursor.ts'
import { FakeLog, inShort } from './fake-log.ts'

let log: FakeLog
let onEnd: ReturnType<typeof vi.fn<(cursor: Cursor) => void>>
beforeEach(() => {
  log = new FakeLog()
  onEnd = vi.fn<(cursor: Cursor) => void>()
})

const open = (revision = log.state.revision, tools?: readonly string[]) =>
  new Cursor(log, createChangeView({ tools }, true), { revision, epoch: log.state.epoch }, onEnd)

const take = async (cursor: Cursor) => inShort((await cursor.next()).value)
const takeAll = async (cursor: Cursor, count: number) => {
  const items: string[] = []
  while (items.length < count) items.push(await take(cursor))
  return items
}

/** What comes of a promise by now. */
async function soFar<T>(promise: Promise<T>): Promise<T | 'nothing'> {
  await new Promise((resolve) => setTimeout(resolve, 5))
  return Promise.race([promise, Promise.resolve('nothing' as const)])
}

/** What the hub does: time goes by, and it looks after its cursors every second. */
function pass(seconds: number, ...cursors: Cursor[]): void {
  for (let i = 0; i < seconds; i++) {
    log.time += 1_000
    for (const cursor of cursors) cursor.tick()
  }
}

describe('bookmarks', () => {
  test('say where a stream begins, at once', async () => {
    log.grow(7)
    expect(await take(open())).toBe('bookmark 7')
  })

  test('say that a stream has caught up, behind the last revision and once', async () => {
    log.grow(3)
    const cursor = open(1)
    expect(await takeAll(cursor, 3)).toEqual(['2', '3', 'bookmark 3'])
    const coming = take(cursor)
    expect(await soFar(coming)).toBe('nothing')
    log.grow()
    cursor.wake()
    expect(await coming).toBe('4')
    expect(await soFar(take(cursor))).toBe('nothing')
  })

  test('come every 30 seconds while nothing happens, and not earlier', async () => {
    const cursor = open()
    await take(cursor)
    const coming = take(cursor)
    pass(29, cursor)
    expect(await soFar(coming)).toBe('nothing')
    pass(1, cursor)
    expect(await coming).toBe('bookmark 0')
    const again = take(cursor)
    pass(29, cursor)
    expect(await soFar(again)).toBe('nothing')
    pass(1, cursor)
    expect(await again).toBe('bookmark 0')
  })

  test('count from the last item: whoever has just got one needs none', async () => {
    const cursor = open()
    await take(cursor)
    const item = take(cursor)
    pass(20, cursor)
    log.grow()
    cursor.wake()
    expect(await item).toBe('1')
    const coming = take(cursor)
    pass(29, cursor)
    expect(await soFar(coming)).toBe('nothing')
    pass(1, cursor)
    expect(await coming).toBe('bookmark 1')
  })

  test('come a second after what the filter hid, and no more often than every second', async () => {
    const cursor = open(0, ['grep'])
    await take(cursor)
    const coming = take(cursor)
    for (const _ of [1, 2, 3]) {
      log.grow(1, 'sed')
      cursor.wake()
    }
    expect(await soFar(coming)).toBe('nothing')
    pass(1, cursor)
    expect(await coming).toBe('bookmark 3')
    const later = take(cursor)
    log.grow(1, 'sed')
    cursor.wake()
    expect(await soFar(later)).toBe('nothing')
    pass(1, cursor)
    expect(await later).toBe('bookmark 4')
  })

  test('come now and then while a long stretch is hidden, and never say more than what was passed', async () => {
    log.grow(5_000, 'sed')
    log.grow(1, 'grep')
    const cursor = open(0, ['grep'])
    log.isKept = () => {
      log.time += 1
      return true
    }
    const items = await takeAll(cursor, 7)
    expect(items).toEqual(
      ['1000', '2000', '3000', '4000', '5000'].map((r) => `bookmark ${r}`).concat('5001', 'bookmark 5001'),
    )
  })
})

describe('a subscriber that is too slow', () => {
  const failure = async (cursor: Cursor) => cursor.next().then(() => 'an item', String)

  test('takes nothing for 30 seconds although there is something', async () => {
    const cursor = open()
    const told = vi.fn()
    cursor.onTooSlow = told
    await take(cursor)
    log.grow()
    pass(29, cursor)
    expect(told).not.toHaveBeenCalled()
    pass(1, cursor)
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ lastRevision: '0' }))
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(cursor)
    expect(await failure(cursor)).toBe('ConsumerTooSlowError: Too slow. Continue after revision 0.')
  })

  test('or for 5 seconds, when it was up to date and is more than 1,000 revisions behind by now', async () => {
    const cursor = open()
    const told = vi.fn()
    cursor.onTooSlow = told
    await take(cursor)
    const waiting = take(cursor)
    log.grow()
    cursor.wake()
    expect(await waiting).toBe('1')
    log.grow(1_000)
    pass(10, cursor)
    expect(told).not.toHaveBeenCalled()
    log.grow()
    pass(1, cursor)
    expect(told).toHaveBeenCalledOnce()
  })

  test('is told the last revision that it has taken for sure, not one that may still be under way', async () => {
    log.grow(3)
    const cursor = open(0)
    const told = vi.fn()
    cursor.onTooSlow = told
    expect(await takeAll(cursor, 2)).toEqual(['1', '2'])
    pass(30, cursor)
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ lastRevision: '1' }))
  })

  test('is not one that resumes far behind, and takes one item in 29 seconds', async () => {
    log.grow(5_000)
    const cursor = open(0)
    cursor.onTooSlow = () => expect.unreachable()
    for (let revision = 1; revision < 6; revision++) {
      expect(await take(cursor)).toBe(String(revision))
      pass(29, cursor)
    }
  })

  test('is not one for which nothing is there, however long it does not ask', async () => {
    const cursor = open()
    cursor.onTooSlow = () => expect.unreachable()
    await take(cursor)
    pass(600, cursor)
    expect(onEnd).not.toHaveBeenCalled()
  })

  test('is not one that waits for the database, however long that takes', async () => {
    log.grow(2_000)
    const cursor = open(0)
    cursor.onTooSlow = () => expect.unreachable()
    log.isKept = () => false
    const { promise, resolve } = deferred()
    log.beforeRead = () => promise
    const coming = take(cursor)
    pass(600, cursor)
    expect(await soFar(coming)).toBe('nothing')
    resolve()
    expect(await coming).toBe('1')
    expect(onEnd).not.toHaveBeenCalled()
  })

  test('is not one whose stream has failed: nothing is left of it', async () => {
    log.grow(2)
    const cursor = open(0)
    cursor.onTooSlow = () => expect.unreachable()
    log.isKept = () => false
    log.beforeRead = () => Promise.reject(new Error('away'))
    expect(await failure(cursor)).toBe('Error: away')
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(cursor)
    pass(60, cursor)
    expect(await take(cursor)).toBe('end')
  })
})

describe('a subscriber that leaves', () => {
  test.each<[string, (cursor: Cursor) => unknown]>([
    ['returns', (cursor) => cursor.return()],
    ['throws', (cursor) => cursor.throw()],
    ['is ended by a server that stops', (cursor) => cursor.end()],
  ])('and %s does not wait any longer', async (_, leave) => {
    const cursor = open()
    await take(cursor)
    const waiting = take(cursor)
    await leave(cursor)
    expect(await waiting).toBe('end')
    expect(await take(cursor)).toBe('end')
    await leave(cursor)
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(cursor)
  })

  test('while the database is read gets nothing of it', async () => {
    log.grow(3)
    const cursor = open(0)
    log.isKept = () => false
    const { promise, resolve } = deferred()
    log.beforeRead = () => promise
    const coming = take(cursor)
    await cursor.return()
    resolve()
    expect(await coming).toBe('end')
  })

  test('before it begins gets nothing at all', async () => {
    const cursor = open()
    cursor.end()
    expect(await take(cursor)).toBe('end')
  })
})

describe('a stream that cannot go on says why, and ends', () => {
  const ends = async (cursor: Cursor, reason: string) => {
    expect(await takeAll(cursor, 2)).toEqual([reason, 'end'])
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(cursor)
  }

  test.each([
    ['out of memory', true],
    ['out of the log', false],
  ])('one below what was compacted, though it could be read %s', async (_, isKept) => {
    log.grow(10)
    log.compact(5)
    log.isKept = () => isKept
    await ends(open(4), 'COMPACTED')
  })

  test.each([true, false])('but one at what was compacted goes on (in memory: %s)', async (isKept) => {
    log.grow(6)
    log.compact(5)
    log.isKept = () => isKept
    expect(await takeAll(open(5), 2)).toEqual(['6', 'bookmark 6'])
  })

  test('one that was overtaken by a compaction, unless what it needs is still in memory', async () => {
    log.grow(10)
    const cursor = open(0)
    expect(await take(cursor)).toBe('1')
    log.compact(8)
    expect(await take(cursor)).toBe('2')
    log.isKept = () => false
    await ends(cursor, 'COMPACTED')
  })

  test('one of another epoch, while it waits', async () => {
    const cursor = open()
    await take(cursor)
    const coming = cursor.next()
    log.state = { epoch: 'second', revision: 0, compactedRevision: 0 }
    cursor.wake()
    expect((await coming).value).toEqual({
      type: 'ResyncRequired',
      reason: 'EPOCH_CHANGED',
      compactedRevision: '0',
      currentRevision: '0',
      epoch: 'second',
    })
    expect(await take(cursor)).toBe('end')
  })

  test('one of a log that has gone back, though nobody says that it is another', async () => {
    log.grow(10)
    const cursor = open()
    await take(cursor)
    log.state = { ...log.state, revision: 8 }
    cursor.wake()
    await ends(cursor, 'EPOCH_CHANGED')
  })
})

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
