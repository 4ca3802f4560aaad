import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { ServerAddress } from './server-address.ts'
import { StreamError, streamErrorOf } from './stream-error.ts'
import { WATCH, type WatchedItem } from './watched-item.ts'

/** Where to go on. */
export interface StreamStart {
  readonly afterRevision?: string | undefined
  readonly epoch?: string | undefined
  readonly filter: Readonly<Record<string, readonly string[]>>
}

export interface StreamOptions {
  readonly address: ServerAddress
  readonly start: StreamStart
  /** Called when the server has let us in. */
  readonly onConnected: () => void
  /** The next item is taken from the network only when this is done. */
  readonly onItem: (item: WatchedItem) => Promise<void>
  readonly signal: AbortSignal
}

/** The server says something every 12 seconds; one that is silent for so long is not there any more, in milliseconds. */
const SILENCE_MS = 40_000

/**
 * Follow the changes over one websocket for as long as it lasts. Resolves when the server ends the stream, or the signal.
 * @throws StreamError
 */
export async function followOnce({ address, start, onConnected, onItem, signal }: StreamOptions): Promise<void> {
  const { url, key } = address
  let socket: WebSocket | undefined
  let stopWatching = () => {}
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(key === undefined ? {} : { connectionParams: { authorization: `Bearer ${key}` } }),
    on: {
      opened: (opened) => {
        // It is made by the implementation above.
        socket = opened as WebSocket
        stopWatching = terminateWhenSilent(socket)
      },
      connected: onConnected,
    },
  })
  const dispose = () => void client.dispose()
  signal.addEventListener('abort', dispose, { once: true })
  try {
    for await (const { data, errors } of client.iterate<{ catalogChanges: WatchedItem }>({
      query: WATCH,
      variables: { ...start },
    })) {
      if (errors) throw errors
      if (!data) continue
      socket?.pause()
      await onItem(data.catalogChanges)
      socket?.resume()
    }
  } catch (error) {
    if (!signal.aborted) throw error instanceof StreamError ? error : streamErrorOf(error, address)
  } finally {
    signal.removeEventListener('abort', dispose)
    stopWatching()
    dispose()
  }
}

function terminateWhenSilent(socket: WebSocket): () => void {
  const timer = setTimeout(() => socket.terminate(), SILENCE_MS)
  const heard = () => timer.refresh()
  socket.on('ping', heard).on('message', heard)
  return () => clearTimeout(timer)
}
