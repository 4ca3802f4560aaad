import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readProcess } from '../monitor/process-figures.ts'
import { askServer, setToolEnabled } from './ask-server.ts'
import { PEERS, SERVERS } from './contestants.ts'
import { type BenchDatabase, createKey } from './database.ts'
import { median } from './medians.ts'
import type { Fanout, FanoutSide } from './results.ts'
import { type RunningServer, startServer } from './server-process.ts'
import type { Subscribe, Told } from './subscribers.ts'

const SUBSCRIBERS = fileURLToPath(new URL('./subscribers.ts', import.meta.url))
const TOOL = 'tool-000001'
const CHANGES = 15
/** With these the number is even: the tool ends as it began. */
const WARM_UP = 3
const SETTLE_MS = 2_000
const PATIENCE_MS = 60_000
const FIELDS = 'revision at actor source message events { kind toolName version latest }'

interface Side {
  readonly server: RunningServer
  readonly subscribers: ChildProcess
  readonly rssKb: number
  readonly change: (enabled: boolean) => Promise<unknown>
  readonly figures: { readonly firstMs: number[]; readonly lastMs: number[]; readonly cpuSeconds: number[] }
}

interface Options {
  readonly count: number
  readonly node: string
  readonly folder: string
  /** The peer writes without our log: it has a copy of its own. */
  readonly ours: BenchDatabase
  readonly theirs: BenchDatabase
}

/** One write after the other on either server, each followed by as many websockets. */
export async function measureFanout(options: Options): Promise<Fanout> {
  checkFileLimit(options.count)
  const started: Side[] = []
  try {
    started.push(await startOurs(options))
    started.push(await startTheirs(options))
    for (let change = 0; change < CHANGES + WARM_UP; change++)
      for (const side of started) await measureChange(side, options.count, change >= WARM_UP, change % 2 === 1)
    const sides = started.map(sideFigures)
    return { subscribers: options.count, changes: CHANGES, sides }
  } finally {
    for (const { subscribers } of started) subscribers.kill('SIGKILL')
    await Promise.all(started.map(({ server }) => server.stop()))
  }
}

async function startOurs({ node, folder, ours, count }: Options): Promise<Side> {
  const { script, folder: home, environment } = SERVERS.ours
  const server = await startServer({
    id: 'ours',
    node,
    script,
    folder: home,
    logFile: join(folder, 'fanout-ours.log'),
    environment: {
      ...environment,
      DATABASE_URL: ours.url,
    },
  })
  const key = createKey(ours.url, 'admin')
  const query = `subscription { catalogChanges { __typename ... on ChangeSet { ${FIELDS} } } }`
  return follow(server, { query, mark: '"ChangeSet"', count }, (enabled) =>
    setToolEnabled(server.port, key, TOOL, enabled),
  )
}

async function startTheirs({ node, folder, theirs, count }: Options): Promise<Side> {
  const server = await startServer({
    id: 'yoga',
    node,
    script: 'yoga-subscriptions.js',
    folder: PEERS,
    logFile: join(folder, 'fanout-yoga.log'),
    environment: { DATABASE_URL: theirs.url },
  })
  const query = `subscription { catalogChanges { __typename ${FIELDS} } }`
  const mutation = 'mutation ($tool: String!, $enabled: Boolean!) { setToolEnabled(tool: $tool, enabled: $enabled) }'
  return follow(server, { query, mark: '"ChangeSet"', count }, (enabled) =>
    askServer(server.port, { query: mutation, variables: { tool: TOOL, enabled } }),
  )
}

async function follow(server: RunningServer, what: Omit<Subscribe, 'url'>, change: Side['change']): Promise<Side> {
  const before = rssKb(server)
  const subscribers = fork(SUBSCRIBERS, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ready = once(subscribers, 'message') as Promise<[Told]>
  subscribers.send({ ...what, url: `ws://127.0.0.1:${server.port}/graphql` })
  const [told] = await ready
  if ('failed' in told) throw new Error(`${server.id}: ${told.failed}`)
  await sleep(SETTLE_MS)
  const figures = { firstMs: [], lastMs: [], cpuSeconds: [] }
  return { server, subscribers, rssKb: (rssKb(server) - before) / what.count, change, figures }
}

async function measureChange(side: Side, count: number, counts: boolean, enabled: boolean): Promise<void> {
  const { server, subscribers, figures } = side
  const cpu = () => readProcess(server.pid)?.cpuSeconds ?? Number.NaN
  const before = cpu()
  const told = once(subscribers, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) }) as Promise<[Told]>
  const sentAt = performance.timeOrigin + performance.now()
  const [[times]] = await Promise.all([told, side.change(enabled)])
  if (!('lastAt' in times)) throw new Error(`${server.id}: ${JSON.stringify(times)}`)
  // What it does after the last delivery is part of the cost.
  await sleep(200)
  if (!counts) return
  figures.firstMs.push(times.firstAt - sentAt)
  figures.lastMs.push(times.lastAt - sentAt)
  figures.cpuSeconds.push((cpu() - before) / count)
}

function sideFigures({ server, figures, rssKb: each }: Side): FanoutSide {
  const cpuSeconds = figures.cpuSeconds.reduce((sum, value) => sum + value, 0) / figures.cpuSeconds.length
  return {
    contestant: server.id,
    firstMs: median(figures.firstMs),
    lastMs: median(figures.lastMs),
    cpuMicros: cpuSeconds * 1_000_000,
    rssKbPerSubscriber: each,
  }
}

function rssKb({ pid }: RunningServer): number {
  return (readProcess(pid)?.rssBytes ?? Number.NaN) / 1_024
}

/** @throws Error when this shell lets a process open fewer files than there are to be sockets */
function checkFileLimit(count: number): void {
  const [, limit] = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  if (Number(limit) < count + 200) throw new Error(`${count} sockets need a limit of open files above that: ulimit -n`)
}
