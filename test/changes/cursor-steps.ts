import { createChangeView } from '../../src/changes/change-view.ts'
import { Cursor } from '../../src/changes/cursor.ts'
import { type FakeLog, inShort } from './fake-log.ts'

/** A cursor over a fake log, which is one of nobody's. */
export function openCursor(
  log: FakeLog,
  revision = log.state.revision,
  { tools, onEnd = () => {} }: { readonly tools?: readonly string[]; readonly onEnd?: (cursor: Cursor) => void } = {},
): Cursor {
  return new Cursor(log, createChangeView({ tools }, true), { revision, epoch: log.state.epoch }, onEnd)
}

export const take = async (cursor: Cursor): Promise<string> => inShort((await cursor.next()).value)

export async function takeAll(cursor: Cursor, count: number): Promise<string[]> {
  const items: string[] = []
  while (items.length < count) items.push(await take(cursor))
  return items
}

/** What comes of a promise by now. */
export async function soFar<T>(promise: Promise<T>): Promise<T | 'nothing'> {
  await new Promise((resolve) => setTimeout(resolve, 5))
  return Promise.race([promise, Promise.resolve('nothing' as const)])
}

/** What the hub does: time goes by, and it looks after its cursors every second. */
export function pass(log: FakeLog, seconds: number, ...cursors: Cursor[]): void {
  for (let i = 0; i < seconds; i++) {
    log.time += 1_000
    for (const cursor of cursors) cursor.tick()
  }
}

export function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
