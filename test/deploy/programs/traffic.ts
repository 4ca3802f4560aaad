import { type Follow, followByEvents, followBySocket } from '../../changes/stream-client.ts'
import { eventually, sleep } from '../../faults/wait.ts'

/** Readers, a writer and four followers of one address, until they are told to stop. */
export class Traffic {
  /** What went wrong for readers, which ask once. */
  readonly failedReads: string[] = []
  reads = 0
  /** Revisions that the writer was told, in order. It asks again with the same `clientMutationId`. */
  readonly written: string[] = []
  readonly failedWrites: string[] = []
  /** What each follower was told, over all its connections: two by websocket, two by server-sent events. */
  readonly followed: readonly string[][] = [[], [], [], []]
  connections = 0
  #isStopping = false
  #isOver = false
  readonly #leaving = new Set<() => void>()
  readonly #url: string
  readonly #editor: Record<string, string>
  readonly #asking: Promise<unknown>[]
  readonly #following: Promise<unknown>[]

  constructor(url: string, editor: Record<string, string>) {
    this.#url = url
    this.#editor = editor
    this.#asking = [...Array.from({ length: 6 }, (_, number) => this.#read(number)), this.#write()]
    this.#following = this.followed.map((seen, index) =>
      this.#follow(index % 2 === 0 ? followBySocket : followByEvents, seen),
    )
  }

  /** Resolves when so many more reads and writes were answered, however busy the machine is; false after a minute. */
  async goesOn(reads: number, writes: number): Promise<boolean> {
    const goal = { reads: this.reads + reads, writes: this.written.length + writes }
    return eventually(() => this.reads >= goal.reads && this.written.length >= goal.writes, 60_000)
  }

  /** The followers go when they know what was written last, or after 20 s. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#asking)
    const last = this.written.at(-1)
    await eventually(() => this.followed.every((seen) => seen.at(-1) === last), 20_000)
    this.#isOver = true
    for (const leave of this.#leaving) leave()
    await Promise.all(this.#following)
  }

  async #read(number: number): Promise<void> {
    while (!this.#isStopping) {
      const query = `{ tools(first: ${1 + ((this.reads + number) % 50)}) { totalCount } }`
      const answer = await this.#ask({ query }).catch((error: Error) => ({ failure: describe(error) }))
      if ('failure' in answer) this.failedReads.push(answer.failure)
      this.reads++
      await sleep(5)
    }
  }

  async #write(): Promise<void> {
    for (let number = 1; !this.#isStopping; number++) {
      const query = `mutation { setToolEnabled(input: { tool: "grep", enabled: ${number % 2 === 0},
        clientMutationId: "write-${number}" }) { __typename ... on SetToolEnabledSuccess { revision } } }`
      for (let attempt = 1; ; attempt++) {
        const answer = await this.#ask({ query }, this.#editor).catch((error: Error) => ({ failure: describe(error) }))
        if ('failure' in answer) this.failedWrites.push(answer.failure)
        else {
          this.written.push(String(answer.data.setToolEnabled.revision))
          break
        }
        if (attempt === 50) throw new Error(`a write failed fifty times: ${answer.failure}`)
        await sleep(50)
      }
      await sleep(20)
    }
  }

  async #follow(follow: Follow, seen: string[]): Promise<void> {
    let after = '1'
    while (!this.#isOver) {
      try {
        const { next, leave } = await follow(this.#url, {}, { after })
        this.#leaving.add(leave)
        this.connections++
        for (let item = await next(); item; item = await next()) {
          if (item.__typename === 'ChangeSet') seen.push(item.revision)
          after = item.revision
        }
      } catch {
        await sleep(100)
      }
    }
  }

  // What the two operations of this file answer with is written in them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  async #ask(body: object, headers: Record<string, string> = {}): Promise<any> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok || text.includes('"errors"')) throw new Error(`${response.status} ${text}`)
    return JSON.parse(text)
  }
}

function describe(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
