import { connect, createServer, type Server, type Socket } from 'node:net'
import { NotificationFilter } from './notification-filter.ts'

/** `held`: what is sent arrives when the network is back. `swallowed`: it never does, as when a firewall forgot the connection. */
export type Partition = 'held' | 'swallowed'
interface Link {
  readonly client: Socket
  readonly upstream: Socket
  /** Whether this is the connection that listens for notifications. */
  isFeed: boolean
  readonly filter: NotificationFilter
  /** Whether nothing comes through any more, whatever the network does. */
  isDead: boolean
}

/** A TCP proxy between a replica and its database, which can do what networks do. */
export class Wire {
  readonly #links = new Set<Link>()
  readonly #server: Server
  readonly #target: () => number
  #partition: Partition | undefined
  #isDeaf = false

  constructor(targetPort: () => number) {
    this.#target = targetPort
    this.#server = createServer((client) => this.#accept(client))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port is free')
    return address.port
  }

  /** From now on nothing comes through; nobody is told. */
  partition(how: Partition): void {
    this.#partition = how
    for (const link of this.#links) {
      if (how === 'swallowed') link.isDead = true
      link.client.pause()
      link.upstream.pause()
      if (how === 'swallowed') this.#drain(link)
    }
  }

  /** The network is back. What a firewall forgot is answered with a reset, as soon as it says something. */
  heal(): void {
    this.#partition = undefined
    for (const link of this.#links) {
      if (link.isDead) this.#cut(link)
      link.client.resume()
      link.upstream.resume()
    }
  }

  /** Whether notifications get lost from now on, and nothing else. */
  loseNotifications(isDeaf: boolean): void {
    this.#isDeaf = isDeaf
  }

  /** Reset the connection that listens for notifications; it may come back. */
  cutFeed(): void {
    for (const link of this.#links) if (link.isFeed) this.#cut(link)
  }

  async close(): Promise<void> {
    for (const link of this.#links) this.#cut(link)
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    const upstream = connect(this.#target(), '127.0.0.1')
    const link: Link = {
      client,
      upstream,
      isFeed: false,
      filter: new NotificationFilter(),
      isDead: this.#partition === 'swallowed',
    }
    this.#links.add(link)
    client.setNoDelay(true)
    upstream.setNoDelay(true)
    // The first message of the protocol says which program connects.
    client.once('data', (first: Buffer) => {
      link.isFeed = first.includes('tool-catalog feed')
    })
    this.#carry(link, client, upstream)
    this.#carry(link, upstream, client)
    if (this.#partition === 'held') {
      client.pause()
      upstream.pause()
    }
  }

  /** The filter sees everything, because it has to know where messages begin. */
  #listen({ filter }: Link, chunk: Buffer): Buffer {
    return filter.pass(chunk, this.#isDeaf)
  }

  #carry(link: Link, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (link.isDead) return
      const passed = link.isFeed && from === link.upstream ? this.#listen(link, chunk) : chunk
      if (!to.write(passed)) {
        from.pause()
        to.once('drain', () => this.#partition ?? from.resume())
      }
    })
    from.on('error', () => {})
    from.once('close', () => {
      // Through a dead link not even the end comes: the other side has to find out by itself.
      if (link.isDead && from === link.client && this.#partition) return
      this.#links.delete(link)
      to.destroy()
    })
  }

  #drain({ client, upstream }: Link): void {
    client.resume()
    upstream.resume()
  }

  #cut(link: Link): void {
    this.#links.delete(link)
    link.client.resetAndDestroy()
    link.upstream.resetAndDestroy()
  }
}
