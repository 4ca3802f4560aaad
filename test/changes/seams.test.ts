import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChangeView } from '../../src/changes/change-view.ts'
import { Cursor } from '../../src/changes/cursor.ts'
import type { LoggedChangeSet } from '../../src/changes/read-log.ts'
import { Ring } from '../../src/changes/ring.ts'
import { aChangeSet, FakeLog, inShort } from './fake-log.ts'

/** What may happen between two items. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ grow: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ compact: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ forgetPages: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ seconds: fc.integer({ min: 1, max: 40 }) }) },
)
type Step = Partial<{ take: number; grow: boolean[]; compact: number; forgetPages: true; seconds: number }>

const run = fc.record({
  ring: fc.integer({ min: 1, max: 10 }),
  page: fc.integer({ min: 1, max: 7 }),
  before: fc.array(fc.boolean(), { minLength: 10, maxLength: 30, size: 'max' }),
  start: fc.double({ min: 0, max: 1, noNaN: true }),
  /** What happens while a page is read, in turn. */
  during: fc.array(step, { maxLength: 6 }),
  steps: fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
})

/** A log with the ring of the feed, and pages in front of what has to be read. */
class SeamLog extends FakeLog {
  readonly seen: boolean[] = []
  cursor: Cursor | undefined
  #ring: Ring
  #pages = new Map<number, LoggedChangeSet[]>()
  readonly #pageSize: number

  constructor(ringSize: number, pageSize: number, before: readonly boolean[]) {
    super()
    this.#ring = new Ring(0, { changeSets: ringSize, events: 1_000 })
    this.#pageSize = pageSize
    this.write(before)
    const { next, read } = this
    this.next = (revision) => this.#ring.at(revision + 1) ?? this.#kept(revision)
    this.read = async (revision, epoch) => {
      const found = await read(revision, epoch)
      const start = revision - (revision % this.#pageSize)
      const page = Array.from({ length: this.#pageSize }, (_, index) => next(start + index))
      this.#pages.set(
        start,
        page.flatMap((changeSet) => changeSet ?? []),
      )
      return found
    }
  }

  write(seen: readonly boolean[]): void {
    for (const isSeen of seen) {
      this.seen.push(isSeen)
      this.grow(1, isSeen ? 'grep' : 'sed')
      this.#ring.push(aChangeSet(this.state.revision, isSeen ? 'grep' : 'sed'))
    }
    this.cursor?.wake()
  }

  happen({ grow, compact, forgetPages, seconds = 0 }: Step): void {
    if (grow) this.write(grow)
    if (compact !== undefined)
      this.compact(Math.max(this.state.compactedRevision, Math.floor(compact * this.state.revision)))
    if (forgetPages) this.#pages.clear()
    for (let i = 0; i < seconds; i++) {
      this.time += 1_000
      this.cursor?.tick()
    }
  }

  #kept(revision: number): LoggedChangeSet | undefined {
    return this.#pages.get(revision - (revision % this.#pageSize))?.[revision % this.#pageSize]
  }
}

test('nothing is skipped and nothing comes twice, wherever memory, pages and the log meet', async () => {
  let resyncs = 0
  let reads = 0
  await fc.assert(
    fc.asyncProperty(run, async ({ ring, page, before, start, during, steps }) => {
      const log = new SeamLog(ring, page, before)
      const interruptions = [...during]
      log.beforeRead = () => log.happen(interruptions.shift() ?? {})
      const after = Math.floor(start * log.state.revision)
      const view = createChangeView({ tools: ['grep'] }, true)
      const cursor = new Cursor(log, view, { revision: after, epoch: 'first' }, () => {})
      log.cursor = cursor
      const items: string[] = []
      let isAsking = false
      /** Ask for one item; when there is none yet, it is waited for later. */
      const take = async () => {
        if (!isAsking) {
          isAsking = true
          const keep = (item: string) => {
            items.push(item)
            isAsking = false
          }
          void cursor.next().then(
            ({ value }) => keep(inShort(value)),
            (error: unknown) => keep(String(error)),
          )
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
      for (const happening of steps) {
        for (let i = 0; i < ((happening as Step).take ?? 0); i++) await take()
        log.happen(happening)
      }
      for (let i = 0; i < log.state.revision + 20 && !items.includes('end'); i++) {
        log.happen({ seconds: 1 })
        await take()
      }
      cursor.end()
      reads += log.reads
      if (items.includes('COMPACTED')) resyncs++
      check(items, after, log)
    }),
    { numRuns: 1_000 },
  )
  // Otherwise little was tried: about 75 and 13,000 are usual.
  expect(resyncs).toBeGreaterThan(30)
  expect(reads).toBeGreaterThan(3_000)
})

function check(items: readonly string[], after: number, log: SeamLog): void {
  let position = after
  /** The next revision that is for this subscriber. */
  const nextSeen = () => {
    const index = log.seen.indexOf(true, position)
    return index === -1 ? Number.POSITIVE_INFINITY : index + 1
  }
  for (const [index, item] of items.entries()) {
    if (item === 'end') continue
    if (item.startsWith('ConsumerTooSlowError')) return
    if (item === 'COMPACTED') {
      expect(position).toBeLessThan(log.state.compactedRevision)
      expect(items[index + 1] ?? 'end').toBe('end')
      return
    }
    const revision = Number(item.replace('bookmark ', ''))
    if (item.startsWith('bookmark')) {
      expect(revision).toBeGreaterThanOrEqual(position)
      expect(nextSeen(), `${items.join()} of ${log.seen.join()}`).toBeGreaterThan(revision)
    } else expect(revision, items.join()).toBe(nextSeen())
    position = revision
  }
  expect(nextSeen(), 'it has caught up').toBe(Number.POSITIVE_INFINITY)
}
