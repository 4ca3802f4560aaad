import { join } from 'node:path'
import { askServer, bearer, setToolEnabled } from './ask-server.ts'
import { type Ask, createAsks, type ListedTool, type Lists, listsOf } from './asks.ts'
import { type Contestant, SERVERS, type ServerId } from './contestants.ts'
import { type BenchDatabase, createKey, listTools } from './database.ts'
import { DIALECTS } from './dialects.ts'
import { LoadGenerator } from './load-generator.ts'
import type { NodeBinary } from './node-binary.ts'
import { CURSORS } from './postgraphile-dialect.ts'
import { type RunningServer, startServer } from './server-process.ts'

export interface ArenaOptions {
  readonly database: BenchDatabase
  readonly contestants: readonly Contestant[]
  readonly nodeFor: (leastMajor: number) => NodeBinary
  /** For logs. */
  readonly folder: string
}

/** So many answers tell the mean size well enough. */
const SIZE_SAMPLES = 200

/** Every contestant's server, up at the same time over one database, and the process that asks them. */
export class Arena {
  readonly generator = new LoadGenerator()
  readonly #servers = new Map<ServerId, RunningServer>()
  #lists: Lists = {}
  #isEnabled: boolean

  private constructor(
    readonly database: BenchDatabase,
    readonly adminKey: string,
    readonly readerKey: string,
    /** Changed to make a new revision; no page starts after it. */
    readonly touched: ListedTool,
    /** Mean size of an answer of the mix. */
    public answerBytes: number,
  ) {
    this.#isEnabled = touched.enabled
  }

  static async start(options: ArenaOptions): Promise<Arena> {
    const { database, contestants } = options
    const tools = await listTools(database.url)
    const touched = tools.reduce((last, tool) => (tool.name > last.name ? tool : last))
    const arena = new Arena(database, createKey(database.url, 'admin'), createKey(database.url, 'reader'), touched, 0)
    arena.#lists = listsOf(tools)
    try {
      // Ours comes first: its answers are what the others' are compared with, and tell the bare server how much to send.
      await arena.#startServer('ours', options)
      arena.answerBytes = await arena.#measureAnswers()
      for (const server of new Set(contestants.map((contestant) => contestant.server)))
        if (server !== 'ours') await arena.#startServer(server, options)
      for (const contestant of contestants) await arena.#prepare(contestant)
    } catch (error) {
      await arena.stop()
      throw error
    }
    return arena
  }

  server(id: ServerId): RunningServer {
    const running = this.#servers.get(id)
    if (!running) throw new Error(`${id} was not started`)
    return running
  }

  asks(random: () => number) {
    return createAsks(this.#lists, undefined, random)
  }

  /** Ask a server in its own words. @returns its `data` in ours */
  async answer(server: ServerId, ask: Ask): Promise<unknown> {
    const dialect = DIALECTS[SERVERS[server].dialect]
    const after = ask.page?.after === undefined ? undefined : this.#lists[ask.read.name]?.[ask.page.after]
    const cursor =
      after &&
      (dialect.cursor?.(ask.read.name, after) ?? (await this.#cursors(server))[ask.read.name]?.[ask.page?.after ?? 0])
    const { data } = await askServer(this.server(server).port, dialect.request(ask, cursor))
    return dialect.answer(ask.read, data)
  }

  /** Make a new revision: whatever was kept of lists is of the old one. */
  async touch(): Promise<void> {
    this.#isEnabled = !this.#isEnabled
    await setToolEnabled(this.server('ours').port, this.adminKey, this.touched.name, this.#isEnabled)
  }

  async stop(): Promise<void> {
    this.generator.stop()
    await Promise.all([...this.#servers.values()].map((server) => server.stop()))
  }

  async #startServer(id: ServerId, { database, nodeFor, folder }: ArenaOptions): Promise<void> {
    const { script, folder: home, environment, leastNode } = SERVERS[id]
    const running = await startServer({
      id,
      node: nodeFor(leastNode).path,
      script,
      folder: home,
      environment: { ...environment, DATABASE_URL: database.url, ANSWER_BYTES: String(Math.round(this.answerBytes)) },
      logFile: join(folder, `${id}.log`),
    })
    this.#servers.set(id, running)
  }

  async #measureAnswers(): Promise<number> {
    let bytes = 0
    for (const ask of this.asks(Math.random).pool().slice(0, SIZE_SAMPLES)) {
      const answer = await askServer(this.server('ours').port, DIALECTS.ours.request(ask, undefined))
      bytes += answer.bytes
    }
    return bytes / SIZE_SAMPLES
  }

  async #prepare({ id, server, signedIn }: Contestant): Promise<void> {
    const { port, pid } = this.server(server)
    await this.generator.prepare({
      id,
      port,
      pid,
      dialect: SERVERS[server].dialect,
      headers: signedIn ? bearer(this.readerKey) : {},
      lists: this.#lists,
      cursors: await this.#cursors(server),
    })
  }

  readonly #asked = new Map<ServerId, Promise<Record<string, string[]>>>()

  /** Of every list: made up where they can be, else asked for. */
  #cursors(server: ServerId): Promise<Record<string, string[]>> {
    const known = this.#asked.get(server) ?? this.#findCursors(server)
    this.#asked.set(server, known)
    return known
  }

  async #findCursors(server: ServerId): Promise<Record<string, string[]>> {
    const { cursor } = DIALECTS[SERVERS[server].dialect]
    const found: Record<string, string[]> = {}
    for (const [list, tools] of Object.entries(this.#lists))
      found[list] = cursor
        ? tools.map((tool) => cursor(list, tool))
        : await askForCursors(this.server(server).port, CURSORS[list] ?? '')
    return found
  }
}

interface CursorPage {
  readonly edges: readonly { readonly cursor: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

async function askForCursors(port: number, query: string): Promise<string[]> {
  const cursors: string[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const { data } = await askServer(port, { query, variables: { after: after ?? null } })
    const { edges, pageInfo } = (data as { tools: CursorPage }).tools
    cursors.push(...edges.map(({ cursor }) => cursor))
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  }
  return cursors
}
