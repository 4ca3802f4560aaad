import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { closeLater } from '../support/database.ts'

/** A proxy that knows nothing: it takes each connection to the next server in turn, whether that is there or not. */
export interface RoundRobin {
  readonly url: string
  /** Ports of the servers; may change while it runs. */
  readonly ports: number[]
  /** Break the connections to one server, or all of them, in the middle of whatever they say. */
  readonly cut: (port?: number) => void
}

export async function startRoundRobin(ports: readonly number[]): Promise<RoundRobin> {
  const open = new Map<Socket, number>()
  const targets = [...ports]
  let turn = 0
  const server = createServer((client) => {
    const port = targets[turn++ % targets.length] ?? 9
    const upstream = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.set(socket, port)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (port?: number) => {
    for (const [socket, its] of Array.from(open)) if (port === undefined || its === port) socket.resetAndDestroy()
  }
  closeLater(() => {
    server.close()
    cut()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, ports: targets, cut }
}

export const portOf = (url: string) => Number(new URL(url).port)
