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

const open = (revision?: number) => openCursor(log, revision, { onEnd })

describe('a subscriber that is too slow', () => {
  const failure = async (cursor: Cursor) => cursor.next().then(() => 'an item', String)

  test('takes nothing for 30 seconds although there is something', async () => {
    const cursor = open()
    const told = vi.fn()
    cursor.onTooSlow = told
    await take(cursor)
    log.grow()
    pass(log, 29, cursor)
    expect(told).not.toHaveBeenCalled()
    pass(log, 1, cursor)
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
    pass(log, 10, cursor)
    expect(told).not.toHaveBeenCalled()
    log.grow()
    pass(log, 1, cursor)
    expect(told).toHaveBeenCalledOnce()
  })

  test('is told the last revision that it has taken for sure, not one that may still be under way', async () => {
    log.grow(3)
    const cursor = open(0)
    const told = vi.fn()
    cursor.onTooSlow = told
    expect(await takeAll(cursor, 2)).toEqual(['1', '2'])
    pass(log, 30, cursor)
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ lastRevision: '1' }))
  })

  test('is not one that resumes far behind, and takes one item in 29 seconds', async () => {
    log.grow(5_000)
    const cursor = open(0)
    cursor.onTooSlow = () => expect.unreachable()
    for (let revision = 1; revision < 6; revision++) {
      expect(await take(cursor)).toBe(String(revision))
      pass(log, 29, cursor)
    }
  })

  test('is not one for which nothing is there, however long it does not ask', async () => {
    const cursor = open()
    cursor.onTooSlow = () => expect.unreachable()
    await take(cursor)
    pass(log, 600, cursor)
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
    pass(log, 600, cursor)
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
    pass(log, 60, cursor)
    expect(await take(cursor)).toBe('end')
  })
})
