import { createServer, type Server, type Socket } from 'node:net'

/** What the relay needs of PGlite: run protocol messages, get the answer's bytes. */
export interface ProtocolBackend {
  execProtocolRawStream(message: Uint8Array, options: { onRawData: (data: Uint8Array) => void }): Promise<unknown>
}

/** Something to do with the session: a client's batch, or work of our own, which belongs to no client. */
interface Turn {
  readonly socket: Socket | undefined
  readonly run: () => Promise<void>
}

/** A client that holds the session this long without asking for anything holds up everybody else. */
const IDLE_IN_TRANSACTION_MS = 30_000

const SSL_REQUEST = 80_877_103
const GSS_REQUEST = 80_877_104
const PROTOCOL_3 = 196_608

/** Messages after which the server answers: Query, Sync, Flush, FunctionCall, CopyDone, CopyFail (PostgreSQL manual §55.7). */
const BATCH_ENDS = new Set(['Q', 'S', 'H', 'F', 'c', 'f'].map((letter) => letter.charCodeAt(0)))
const TERMINATE = 'X'.charCodeAt(0)
const READY_FOR_QUERY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)

/**
 * Lets several PostgreSQL clients share the one session that PGlite has.
 *
 * A client's messages are kept together up to the one that asks for an answer, and a client inside a transaction keeps
 * the session until the transaction ends. (`@electric-sql/pglite-socket` 0.2.17 queues single messages instead: with ten
 * connections and parameters of 300 KB, 117 of 600 queries got another one's answer here.) Session state such as prepared
 * statement names is shared, so clients must not name their statements.
 */
export class EmbeddedRelay {
  readonly #backend: ProtocolBackend
  readonly #server: Server
  readonly #queue: Turn[] = []
  readonly #sockets = new Set<Socket>()
  /** The client whose transaction is open. */
  #owner: Socket | undefined
  #running: Promise<void> | undefined
  #idleTimer: NodeJS.Timeout | undefined

  constructor(backend: ProtocolBackend) {
    this.#backend = backend
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Listen on a Unix socket. */
  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
  }

  /** Run statements of our own in their turn between the clients' batches, outside any transaction of theirs. */
  async runInTurn(work: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ socket: undefined, run: () => work().then(resolve, reject) })
      this.#pump()
    })
  }

  /** Stop taking work, finish what is running, and close every connection. An open transaction is lost, as on any disconnect. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    clearTimeout(this.#idleTimer)
    for (const socket of this.#sockets) socket.end()
    await this.#untilIdle()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    // Whoever went away just now, in the middle of a transaction, must not leave it to what the owner of the session does next.
    if (this.#owner) this.#enqueue(this.#owner, simpleQuery('ROLLBACK'))
    await this.#untilIdle()
  }

  async #untilIdle(): Promise<void> {
    while (this.#running) await this.#running
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    const reader = new MessageReader()
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      for (const message of reader.read(chunk)) {
        if (message.kind === 'refuse') socket.write('N')
        else if (message.kind === 'end') socket.end()
        else this.#enqueue(socket, message.bytes)
      }
    })
    socket.on('close', () => this.#forget(socket))
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket)
    for (let i = this.#queue.length - 1; i >= 0; i--) if (this.#queue[i]?.socket === socket) this.#queue.splice(i, 1)
    if (this.#owner === socket) this.#enqueue(socket, simpleQuery('ROLLBACK'))
  }

  #enqueue(socket: Socket, bytes: Uint8Array): void {
    this.#queue.push(this.#turn(socket, bytes))
    this.#pump()
  }

  #turn(socket: Socket, bytes: Uint8Array): Turn {
    return { socket, run: () => this.#run(socket, bytes) }
  }

  #pump(): void {
    if (this.#running) return
    clearTimeout(this.#idleTimer)
    const owner = this.#owner
    const index = owner ? this.#queue.findIndex(({ socket }) => socket === owner) : 0
    const [turn] = index < 0 ? [] : this.#queue.splice(index, 1)
    if (turn) {
      this.#running = turn.run().finally(() => {
        this.#running = undefined
        this.#pump()
      })
    } else if (owner) {
      this.#idleTimer = setTimeout(() => this.#giveUpOn(owner), IDLE_IN_TRANSACTION_MS)
    }
  }

  #giveUpOn(owner: Socket): void {
    process.stderr.write(
      `A transaction of the embedded database was idle for ${IDLE_IN_TRANSACTION_MS / 1_000} s, and is rolled back. ${this.#queue.length} have waited for it.\n`,
    )
    owner.destroy()
  }

  async #run(socket: Socket, bytes: Uint8Array): Promise<void> {
    let tail: Uint8Array = new Uint8Array()
    try {
      await this.#backend.execProtocolRawStream(bytes, {
        onRawData: (data) => {
          // PGlite reuses the memory it hands out.
          const copy = Buffer.from(data)
          tail = copy.length >= 6 ? copy : Buffer.concat([tail, copy])
          if (socket.writable) socket.write(copy)
        },
      })
    } catch {
      // PGlite reports SQL errors as protocol messages; what throws here is the session itself.
      socket.destroy()
    }
    const status = tail.at(-6) === READY_FOR_QUERY ? tail.at(-1) : undefined
    if (status !== undefined) this.#owner = status === IDLE ? undefined : socket
    // A client that went away in the middle of its transaction never sends the end of it.
    if (this.#owner === socket && socket.destroyed) this.#queue.unshift(this.#turn(socket, simpleQuery('ROLLBACK')))
  }
}

type ReadMessage =
  | { readonly kind: 'batch'; readonly bytes: Uint8Array }
  /** An offer of encryption, answered with "no". */
  | { readonly kind: 'refuse' }
  | { readonly kind: 'end' }

/** Cuts a client's bytes into batches that can run without another client's messages in between. */
class MessageReader {
  #rest: Buffer = Buffer.alloc(0)
  #batch: Buffer[] = []
  #hasStarted = false

  read(chunk: Buffer): ReadMessage[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: ReadMessage[] = []
    for (let message = this.#cut(); message; message = this.#cut()) {
      const next = this.#hasStarted ? this.#collect(message) : this.#startup(message)
      if (next) messages.push(next)
    }
    return messages
  }

  #collect(message: Buffer): ReadMessage | undefined {
    const kind = message[0] ?? 0
    if (kind === TERMINATE) return { kind: 'end' }
    this.#batch.push(message)
    if (!BATCH_ENDS.has(kind)) return undefined
    const bytes = Buffer.concat(this.#batch)
    this.#batch = []
    return { kind: 'batch', bytes }
  }

  /** The next whole message, if it is there. The first ones of a connection carry no type byte. */
  #cut(): Buffer | undefined {
    const header = this.#hasStarted ? 1 : 0
    if (this.#rest.length < header + 4) return undefined
    const length = header + this.#rest.readInt32BE(header)
    if (this.#rest.length < length) return undefined
    const message = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return message
  }

  #startup(message: Buffer): ReadMessage {
    const code = message.readInt32BE(4)
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: 'refuse' }
    // Anything else is a cancel request; there is no second backend to deliver it to.
    if (code !== PROTOCOL_3) return { kind: 'end' }
    this.#hasStarted = true
    return { kind: 'batch', bytes: message }
  }
}

function simpleQuery(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`)
  const head = Buffer.alloc(5)
  head.write('Q')
  head.writeInt32BE(text.length + 4, 1)
  return Buffer.concat([head, text])
}
