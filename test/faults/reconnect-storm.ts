import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setToolEnabled } from '../../src/catalog/tool-state.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { Stand } from './stand.ts'
import type { StormOrder, StormReport } from './storm-client.ts'
import { readHead, readTruth } from './truth.ts'
import { eventually } from './wait.ts'

const SOCKETS = 5_000
const BEHIND = 1_000
/** One revision in so many is of the tool that everybody follows. */
const FOLLOWED_EVERY = 100
const BACK_MS = 15_000
/** Ends of websockets whose two sides had too much else to do to open them in time. */
const LATE_ENDS = new Set(['closed 4408', 'refused Opening handshake has timed out'])
const MOST_MEMORY_MIB = 1_024
/** All begin at one revision: each server reads what is behind it once, and at most twice, whatever their number. */
const MOST_READS = 4

/** F8: 5,000 subscribers of two servers are dropped in one moment, and all come back, 1,000 revisions behind. */
export const reconnectStorm: Fault = {
  id: 'F8',
  title: '5,000 subscribers dropped and back at once',
  figure: 's until the last was back',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f8' })
    const child = fork(fileURLToPath(new URL('storm-client.ts', import.meta.url)), [], {
      execArgv: ['--import', 'tsx'],
    })
    await once(child, 'message')
    await write(stand, BEHIND + 100)
    // One that has just started has nothing of this in memory: the history comes from the database.
    for (const replica of stand.replicas) await replica.restart()
    await order(child, { ...(await orderOf(stand)), afterRevision: (await readHead(stand.database)).head })
    return {
      run: (context) => runOnce(stand, child, context),
      close: async () => {
        child.kill()
        await stand.close()
        return []
      },
    }
  },
}

async function runOnce(stand: Stand, child: ChildProcess, { number }: RunContext): Promise<Outcome> {
  await write(stand, 20)
  const wanted = await orderOf(stand)
  const reads = await eventsRead(stand)
  child.send('drop')
  await once(child, 'message')
  const { ms, back, ends, histories } = await order(child, wanted)
  const read = ((await eventsRead(stand)) - reads) / BEHIND
  const memory = Math.max(...stand.replicas.map((replica) => replica.memory()))
  const expected = (await readTruth(stand.database, wanted.afterRevision))
    .filter(({ events }) => events.some(({ toolName }) => toolName === FOLLOWED))
    .map(({ revision }) => revision)
    .join()
  // Whoever was not back in time has got the beginning of it.
  const isPart = (history: string) => back < SOCKETS && expected.startsWith(`${history},`)
  const wrong = Object.entries(histories).filter(
    ([history]) => history !== '' && history !== expected && !isPart(history),
  )
  const misses = [
    ...(back === SOCKETS && ms <= BACK_MS ? [] : [`late: ${back} of ${SOCKETS} were back after ${Math.round(ms)} ms`]),
    ...Object.entries(ends).map(
      ([end, count]) => `${LATE_ENDS.has(end) ? 'late: ' : ''}${count} subscriptions ended: ${end}`,
    ),
    ...wrong.map(([history, count]) => `reliable: ${count} got ${history} instead of ${expected}`),
    ...(memory <= MOST_MEMORY_MIB ? [] : [`a server has ${Math.round(memory)} MiB`]),
    ...(read <= MOST_READS ? [] : [`the history was read ${read.toFixed(1)} times`]),
    ...stand.falls(),
    ...(number === 1 ? await stand.audit() : []),
  ]
  return {
    misses,
    said: `${back} back, history read ${read.toFixed(1)} times, ${Math.round(memory)} MiB`,
    figure: ms / 1_000,
  }
}

const FOLLOWED = 'tool-0'

/** So many revisions; one in a hundred is of the tool that is followed. */
async function write({ database }: Stand, count: number): Promise<void> {
  const viewer = { actor: 'key:editor', role: 'editor' as const }
  const context = { database, viewer, requestId: 'faults', compatibility: 'none' } as const
  const { head } = await readHead(database)
  const one = async (index: number) => {
    const tool = index % FOLLOWED_EVERY === 0 ? FOLLOWED : `tool-${1 + (index % 29)}`
    const enabled = Math.floor(index / (index % FOLLOWED_EVERY === 0 ? FOLLOWED_EVERY : 29)) % 2 === 0
    await setToolEnabled(context, { tool, enabled }, {})
  }
  for (let index = head; index < head + count; index++) await one(index)
}

async function orderOf({ replicas, database }: Stand): Promise<StormOrder> {
  const { head } = await readHead(database)
  return {
    urls: replicas.map(({ url }) => url),
    count: SOCKETS,
    afterRevision: head - BEHIND,
    filter: { tools: [FOLLOWED] },
    until: head,
    withinMs: 60_000,
  }
}

async function order(child: ChildProcess, wanted: StormOrder): Promise<StormReport> {
  child.send(wanted)
  const [report] = (await once(child, 'message')) as [StormReport]
  return report
}

/** Rows of the events that anybody read, as PostgreSQL counts them; it does so a moment late. */
async function eventsRead({ database: { pool } }: Stand): Promise<number> {
  let last = -1
  await eventually(
    async () => {
      const { rows } = await pool.query<{ rows: number }>(`SELECT (seq_tup_read + idx_tup_fetch)::int AS rows
        FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = 'change_events'`)
      const isSettled = rows[0]?.rows === last
      last = rows[0]?.rows ?? 0
      return isSettled
    },
    5_000,
    1_100,
  )
  return last
}
