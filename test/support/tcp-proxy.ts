import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { closeLater } from './database.ts'

/** What stands between two that speak TCP. */
export interface TcpProxy {
  /** The target, through the proxy. */
  readonly url: string
  /** Break every connection, and refuse new ones. */
  readonly refuse: () => Promise<void>
  /** Let connections through again. */
  readonly letThrough: () => Promise<void>
}

/** @param target its URL, with a port */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    const other = connect(Number(targetPort), hostname)
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(from)
      from
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
      from.pipe(to)
    }
  }
  let server = await listen(accept, 0)
  const { port } = server.address() as AddressInfo
  const refuse = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  closeLater(() => server.listening && refuse())
  const url = new URL(target)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    refuse,
    letThrough: async () => {
      server = await listen(accept, port)
    },
  }
}

async function listen(accept: (socket: Socket) => void, port: number): Promise<Server> {
  const server = createServer(accept).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
