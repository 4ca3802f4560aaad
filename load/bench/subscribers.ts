import { WebSocket } from 'ws'

/** Follow a catalog over so many websockets. */
export interface Subscribe {
  readonly url: string
  readonly query: string
  readonly count: number
  /** An item that is a change has this in its text; a server may send others first. */
  readonly mark: string
}

/** `told` when every subscriber has had one more change: when the first and the last of them had it. */
export type Told =
  | { readonly ready: true }
  | { readonly firstAt: number; readonly lastAt: number }
  | { readonly failed: string }

/** Connections that are being opened at once. */
const AT_ONCE = 100

// Run as a process of its own, so that what it costs to receive is not the server's.
process.on('message', (command: Subscribe) => {
  subscribeAll(command).then(
    () => tell({ ready: true }),
    (error: unknown) => tell({ failed: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function tell(message: Told): void {
  process.send?.(message)
}

/** On a clock that other processes of the machine share. */
const now = () => performance.timeOrigin + performance.now()

async function subscribeAll({ url, query, count, mark }: Subscribe): Promise<void> {
  const frame = JSON.stringify({ id: '1', type: 'subscribe', payload: { query } })
  const marked = Buffer.from(mark)
  let received = 0
  let firstAt = 0
  const onItem = (data: Buffer) => {
    if (!data.includes(marked)) return
    if (received++ === 0) firstAt = now()
    if (received < count) return
    received = 0
    tell({ firstAt, lastAt: now() })
  }
  let left = count
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, count) }, async () => {
      while (left-- > 0) await subscribe(url, frame, onItem)
    }),
  )
}

/** Resolves when the subscription was sent. */
function subscribe(url: string, frame: string, onItem: (data: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false })
    socket.on('error', reject)
    socket.on('close', (code) => tell({ failed: `a websocket was closed with ${code}` }))
    socket.on('open', () => socket.send('{"type":"connection_init"}'))
    // With the default binaryType every message is one Buffer.
    socket.on('message', (data: Buffer) => {
      if (data.includes('"connection_ack"')) socket.send(frame, () => resolve())
      else if (data.includes('"error"')) reject(new Error(data.toString()))
      else onItem(data)
    })
  })
}
