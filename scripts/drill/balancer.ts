import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Replica } from '../../test/faults/replica.ts'
import { sleep } from '../../test/faults/wait.ts'

/** How often it asks who is ready, in milliseconds. */
const PROBE_MS = 100
/** So many times without an answer, and a server is out. */
const FALL = 3

/** How long a client may keep its connection without a request, in milliseconds: longer than any client here waits. */
const IDLE_MS = 120_000

/**
 * A round-robin proxy such as nginx or HAProxy are: each request goes to the next server whose /ready said 200 the last time.
 * Nothing is sent twice: a request that fails has failed for the client.
 */
export class Balancer {
  readonly #replicas: readonly Replica[]
  readonly #server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing))
  // A connection that is used again may be closed by a server that stops at just that moment.
  readonly #agent = new Agent({ keepAlive: false })
  readonly #ready = new Set<Replica>()
  readonly #last = new Map<string, number>()
  #turn = 0
  #isClosed = false
  /** Requests that each server was given, by name. */
  readonly served = new Map<string, number>()

  constructor(replicas: readonly Replica[]) {
    this.#replicas = replicas
    for (const replica of replicas) this.#ready.add(replica)
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#tunnel(incoming, socket, head),
    )
  }

  async listen(): Promise<void> {
    this.#server.keepAliveTimeout = IDLE_MS
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    for (const replica of this.#replicas) void this.#watch(replica)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`
  }

  close(): void {
    this.#isClosed = true
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Whether requests go to this server. */
  sendsTo(replica: Replica): boolean {
    return this.#ready.has(replica)
  }

  /** Out at once when it says so, and when it has not answered several times. */
  async #watch(replica: Replica): Promise<void> {
    let silences = 0
    while (!this.#isClosed) {
      const status = await replica.readiness()
      silences = status === 0 ? silences + 1 : 0
      if (status === 200) this.#ready.add(replica)
      else if (status !== 0 || silences === FALL) this.#ready.delete(replica)
      this.#last.set(replica.name, status)
      await sleep(PROBE_MS)
    }
  }

  #next(): Replica | undefined {
    const ready = [...this.#ready]
    const chosen = ready[this.#turn++ % ready.length]
    if (chosen) this.served.set(chosen.name, (this.served.get(chosen.name) ?? 0) + 1)
    return chosen
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const replica = this.#next()
    const fail = (error: Error) => {
      const reason = `${replica?.name ?? 'nobody'}: ${error.message}`
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502).end(JSON.stringify({ errors: [{ message: reason, extensions: { code: reason } }] }))
    }
    if (!replica) {
      fail(new Error(`no server is ready: /ready says ${JSON.stringify([...this.#last])}`))
      return
    }
    const { method, url: path, headers } = incoming
    const target = { host: '127.0.0.1', port: replica.port, method, path, agent: this.#agent }
    const upstream = request({ ...target, headers: { ...headers, connection: 'close' } }, (answer) => {
      // Of the connection to the server, and not of the client's.
      const { connection: _, 'keep-alive': __, ...rest } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 502, rest)
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
