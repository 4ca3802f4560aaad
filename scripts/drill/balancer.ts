import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Replica } from '../../test/faults/replica.ts'

/** How often it asks who is ready, in milliseconds. */
const PROBE_MS = 100

/**
 * A round-robin proxy such as nginx or HAProxy are: each request goes to the next server whose /ready said 200 the last time.
 * Nothing is sent twice: a request that fails has failed for the client.
 */
export class Balancer {
  readonly #replicas: readonly Replica[]
  readonly #server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing))
  // A connection that is used again may be closed by a server that stops at just that moment.
  readonly #agent = new Agent({ keepAlive: false })
  #ready: readonly Replica[]
  #turn = 0
  #timer: NodeJS.Timeout | undefined
  /** Requests that each server was given, by name. */
  readonly served = new Map<string, number>()

  constructor(replicas: readonly Replica[]) {
    this.#replicas = replicas
    this.#ready = replicas
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#tunnel(incoming, socket, head),
    )
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#timer = setInterval(() => void this.#probe(), PROBE_MS)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`
  }

  close(): void {
    clearInterval(this.#timer)
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #probe(): Promise<void> {
    const states = await Promise.all(this.#replicas.map((replica) => replica.isReady()))
    this.#ready = this.#replicas.filter((_, index) => states[index])
  }

  #next(): Replica | undefined {
    const chosen = this.#ready[this.#turn++ % this.#ready.length]
    if (chosen) this.served.set(chosen.name, (this.served.get(chosen.name) ?? 0) + 1)
    return chosen
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const replica = this.#next()
    const fail = () => {
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502).end()
    }
    if (!replica) return void fail()
    const { method, url: path, headers } = incoming
    const target = { host: '127.0.0.1', port: replica.port, method, path, headers, agent: this.#agent }
    const upstream = request(target, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', fail).pipe(outgoing)
    })
    upstream.on('error', fail)
    incoming.pipe(upstream)
  }

  #tunnel({ method, url: path, rawHeaders }: IncomingMessage, socket: Socket, head: Buffer): void {
    const replica = this.#next()
    if (!replica) return void socket.destroy()
    const upstream = connect(replica.port, '127.0.0.1', () => {
      const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []))
      upstream.write([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
      upstream.write(head)
      upstream.pipe(socket)
      socket.pipe(upstream)
    })
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  }
}
