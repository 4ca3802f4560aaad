import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cursor } from '../../src/changes/cursor.ts'
import { deferred, openCursor, pass, soFar, take, takeAll } from './cursor-steps.ts'
import { FakeLog } from './fake-log.ts'

let log: FakeLog
let onEnd: ReturnType<typeof vi.fn<(cursor: Cursor) => void>>
beforeEach(() => {
  log = new FakeLog()
  onEnd = vi.fn<(cursor: Cursor) => void>()
})

const open = (revision?: number, tools?: readonly string[]) =>
  openCursor(log, revision, { onEnd, ...(tools ? { tools } : {}) })

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
    pass(log, 29, cursor)
    expect(await soFar(coming)).toBe('nothing')
    pass(log, 1, cursor)
    expect(await coming).toBe('bookmark 0')
    const again = take(cursor)
    pass(log, 29, cursor)
    expect(await soFar(again)).toBe('nothing')
    pass(log, 1, cursor)
    expect(await again).toBe('bookmark 0')
  })

  test('count from the last item: whoever has just got one needs none', async () => {
    const cursor = open()
    await take(cursor)
    const item = take(cursor)
    pass(log, 20, cursor)
    log.grow()
    cursor.wake()
    expect(await item).toBe('1')
    const coming = take(cursor)
    pass(log, 29, cursor)
    expect(await soFar(coming)).toBe('nothing')
    pass(log, 1, cursor)
    expect(await coming).toBe('bookmark 1')
  })

  test('come a second after what the filter hid, and no more often than every second', async () => {
    const cursor = open(0, ['grep'])
    await take(cursor)
    const coming = take(cursor)
    for (let i = 0; i < 3; i++) {
      log.grow(1, 'sed')
      cursor.wake()
    }
    expect(await soFar(coming)).toBe('nothing')
    pass(log, 1, cursor)
    expect(await coming).toBe('bookmark 3')
    const later = take(cursor)
    log.grow(1, 'sed')
    cursor.wake()
    expect(await soFar(later)).toBe('nothing')
    pass(log, 1, cursor)
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
