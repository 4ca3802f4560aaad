import { readProcess } from '../monitor/process-figures.ts'
import { type Ask, createAsks, type Lists } from './asks.ts'
import { DIALECTS, type DialectName } from './dialects.ts'
import { HttpConnection, postRequest } from './http-connection.ts'
import { percentile } from './medians.ts'
import type { Mode } from './options.ts'

/** Who is asked, and what its catalog holds. */
export interface Target {
  readonly id: string
  readonly port: number
  /** Of the server, whose processor time is read when the load starts and when its last answer is there. */
  readonly pid: number
  readonly dialect: DialectName
  readonly headers: Readonly<Record<string, string>>
  readonly lists: Lists
  /** Of the tools of each list, in its order. */
  readonly cursors: Readonly<Record<string, readonly string[]>>
}

export interface Turn {
  readonly target: string
  readonly mode: Mode
  readonly seconds: number
  readonly connections: number
  /** One read of the mix only. */
  readonly kind?: string | undefined
  /** Send the whole pool once before the clock starts, so that whoever keeps answers has them. */
  readonly fills: boolean
}

/** What one turn came to. */
export interface TurnFigures {
  readonly requests: number
  /** Answers that are not status 200, or have errors. */
  readonly failed: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssBytes: number
  /** Mean size of an answer's body. */
  readonly answerBytes: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

export type Command = { readonly prepare: Target } | { readonly run: Turn }
export type Reply = { readonly done: TurnFigures | null } | { readonly failed: string }

/** A target, with the questions that it has not been asked yet. */
interface Prepared {
  readonly target: Target
  readonly asks: Map<string, ReturnType<typeof createAsks>>
  readonly pools: Map<string, readonly Buffer[]>
}

const targets = new Map<string, Prepared>()

process.on('message', (command: Command) => {
  const work = 'prepare' in command ? prepare(command.prepare) : run(command.run)
  work.then(
    (done) => reply({ done }),
    (error: unknown) => reply({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function reply(message: Reply): void {
  process.send?.(message)
}

async function prepare(target: Target): Promise<null> {
  targets.set(target.id, { target, asks: new Map(), pools: new Map() })
  return null
}

async function run(turn: Turn): Promise<TurnFigures> {
  const prepared = targets.get(turn.target)
  if (!prepared) throw new Error(`${turn.target} was not prepared`)
  const next = requestsOf(prepared, turn)
  const connections = await Promise.all(
    Array.from({ length: turn.connections }, () => HttpConnection.open(prepared.target.port)),
  )
  try {
    if (turn.fills) await fill(connections, poolOf(prepared, turn.kind))
    return await load(connections, next, turn.seconds, prepared.target.pid)
  } finally {
    for (const connection of connections) connection.close()
  }
}

function requestsOf(prepared: Prepared, { mode, kind }: Turn): () => Buffer | string {
  if (mode === 'repeated') {
    const pool = poolOf(prepared, kind)
    // Somewhere else each time: a turn that ends early would else never come to the end.
    let at = Math.floor(Math.random() * pool.length)
    return () => {
      at = (at + 1) % pool.length
      return pool[at] as Buffer
    }
  }
  const asks = asksOf(prepared, kind)
  return () => bytesOf(prepared.target, asks.next(mode))
}

function asksOf({ target, asks }: Prepared, kind: string | undefined) {
  const key = kind ?? ''
  const known = asks.get(key) ?? createAsks(target.lists, kind, Math.random)
  asks.set(key, known)
  return known
}

function poolOf(prepared: Prepared, kind: string | undefined): readonly Buffer[] {
  const key = kind ?? ''
  const known =
    prepared.pools.get(key) ??
    asksOf(prepared, kind)
      .pool()
      .map((ask) => Buffer.from(bytesOf(prepared.target, ask)))
  prepared.pools.set(key, known)
  return known
}

function bytesOf({ dialect, cursors, headers }: Target, ask: Ask): string {
  const after = ask.page?.after
  const cursor = after === undefined ? undefined : cursors[ask.read.name]?.[after]
  return postRequest(JSON.stringify(DIALECTS[dialect].request(ask, cursor)), headers)
}

async function fill(connections: readonly HttpConnection[], pool: readonly Buffer[]): Promise<void> {
  const left = [...pool]
  const empty = (connection: HttpConnection) =>
    new Promise<void>((resolve, reject) => {
      const next = () => {
        const request = left.pop()
        if (request) connection.ask(request, next, reject)
        else resolve()
      }
      next()
    })
  await Promise.all(connections.map(empty))
}

/** Each connection asks again as soon as it has its answer, until the time is over and the last answer has come. */
async function load(
  connections: readonly HttpConnection[],
  nextRequest: () => Buffer | string,
  seconds: number,
  pid: number,
): Promise<TurnFigures> {
  const latencies: number[] = []
  let failed = 0
  let bytes = 0
  const before = readProcess(pid)
  const started = performance.now()
  const deadline = started + seconds * 1_000
  const work = (connection: HttpConnection) =>
    new Promise<void>((resolve, reject) => {
      const ask = () => {
        const asked = performance.now()
        if (asked >= deadline) return resolve()
        connection.ask(
          nextRequest(),
          (answer) => {
            latencies.push(performance.now() - asked)
            bytes += answer.bytes
            if (answer.status !== 200 || answer.hasErrors) failed++
            ask()
          },
          reject,
        )
      }
      ask()
    })
  await Promise.all(connections.map(work))
  const took = (performance.now() - started) / 1_000
  const after = readProcess(pid)
  if (!before || !after) throw new Error(`process ${pid} is gone`)
  const sorted = Float64Array.from(latencies).sort()
  return {
    requests: sorted.length,
    failed,
    seconds: took,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    rssBytes: after.rssBytes,
    answerBytes: bytes / sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
  }
}
