import type { SeenItem, WatchFilter } from './history.ts'
import { type Watch, watch } from './watch-socket.ts'

// Child of the reconnect storm: as many subscribers as it is told, so that their work is not the runner's.
export interface StormOrder {
  readonly urls: readonly string[]
  readonly count: number
  readonly afterRevision: number
  readonly filter: WatchFilter
  /** Back is who was told that it is at this revision, or beyond. */
  readonly until: number
  readonly withinMs: number
}

export interface StormReport {
  readonly ms: number
  readonly back: number
  /** How subscriptions ended that nobody wanted to end, each with how many. */
  readonly ends: Readonly<Record<string, number>>
  /** What subscribers got, as text, each with how many got the same. */
  readonly histories: Readonly<Record<string, number>>
}

let watches: Watch[] = []

process.on('message', (order: StormOrder | 'drop') => {
  if (order === 'drop') drop()
  else void storm(order).then((report) => process.send?.(report))
})
process.send?.('ready')

/** All at once, and by a reset: nothing of them is left, and their ports can be used again. */
function drop(): void {
  for (const { socket } of watches) {
    // ws has no other way to the connection below it.
    const { _socket: connection } = socket as unknown as { _socket?: { resetAndDestroy(): void } }
    connection?.resetAndDestroy()
  }
  watches = []
  process.send?.('dropped')
}

async function storm({ urls, count, until, withinMs, ...request }: StormOrder): Promise<StormReport> {
  const started = performance.now()
  const items: SeenItem[][] = Array.from({ length: count }, () => [])
  const ends: Record<string, number> = {}
  let back = 0
  await new Promise<void>((resolve) => {
    const late = setTimeout(resolve, withinMs)
    watches = items.map((own, index) => {
      let isBack = false
      const opened = watch({
        ...request,
        url: urls[index % urls.length] ?? '',
        onItem: (item) => {
          own.push(item)
          if (isBack || item.kind === 'resync' || item.revision < until) return
          isBack = true
          if (++back < count) return
          clearTimeout(late)
          resolve()
        },
      })
      void opened.ended.then(({ kind, code }) => {
        ends[`${kind} ${code}`] = (ends[`${kind} ${code}`] ?? 0) + 1
      })
      return opened
    })
  })
  const ms = performance.now() - started
  const histories: Record<string, number> = {}
  for (const own of items) {
    const text = own.flatMap(shortly).join()
    histories[text] = (histories[text] ?? 0) + 1
  }
  return { ms, back, ends: { ...ends }, histories }
}

/** What a change or a resynchronisation is called in a history; bookmarks are left out. */
function shortly(item: SeenItem): string[] {
  if (item.kind === 'resync') return [item.reason]
  return item.kind === 'change' ? [String(item.revision)] : []
}
