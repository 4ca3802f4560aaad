import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { Load } from './load.ts'
import { between } from './random.ts'
import type { Replica } from './replica.ts'
import { onStand, Stand } from './stand.ts'
import { eventually, sleep } from './wait.ts'

const READY_MS = 5_000
const RESUMED_MS = 5_000
const AUDIT_EVERY = 25

/** F1: `kill -9` of one of two servers in the middle of writes. Load balancers notice only by the broken connections. */
export const killServer: Fault = {
  id: 'F1',
  title: 'kill -9 of a server while it writes',
  figure: 's until all was well again',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f1' })
    stand.startCompaction(60)
    return onStand(stand, runOnce)
  },
}

async function runOnce(stand: Stand, { number, label, random, folder }: RunContext): Promise<Outcome> {
  const load = new Load(stand, { random, label })
  await load.start()
  const { weakness } = load
  const [victim, survivor] = inTurn(stand.replicas, number)
  await sleep(between(random, 0, 400))
  const killedAt = performance.now()
  await victim.kill()
  const readyMs = await victim.start()
  const isResumed = await eventually(() => !hasDropped(load, killedAt), RESUMED_MS)
  const resumedMs = slowestResumption(load, killedAt)
  const misses = [
    ...(readyMs > READY_MS ? [`late: ready again after ${Math.round(readyMs)} ms`] : []),
    ...(isResumed && resumedMs <= RESUMED_MS ? [] : [`late: subscribers resumed after ${Math.round(resumedMs)} ms`]),
    ...failuresOf(load, survivor, killedAt),
    ...(await load.finish()),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  if (misses.length > 0) load.keep(folder)
  return { misses, weakness, said: load.said, figure: Math.max(readyMs, resumedMs) / 1_000 }
}

/** The replica whose turn it is, and the other one. */
export function inTurn(replicas: readonly Replica[], number: number): [Replica, Replica] {
  const [one, other] = replicas
  if (!one || !other) throw new Error('this takes two replicas')
  return number % 2 === 0 ? [one, other] : [other, one]
}

/** Whether some watcher has not heard anything since it was dropped. */
function hasDropped(load: Load, since: number): boolean {
  return load.watchers.current().some(({ items, openedAt }) => openedAt > since && items.length === 0)
}

/** From being dropped to the first item of the next subscription, of the slowest watcher, in milliseconds. */
export function slowestResumption({ watchers: { records } }: Load, since: number): number {
  const gaps = records.map((record, index) => {
    if (!record.end || record.end.kind === 'left' || record.end.at < since || record.items.length === 0) return 0
    const next = records.slice(index + 1).find(({ watcher, items }) => watcher === record.watcher && items.length > 0)
    return (next?.items[0]?.at ?? performance.now()) - record.end.at
  })
  return Math.max(0, ...gaps)
}

/** Requests to a replica that nothing was done to, and that were not answered all the same. */
export function failuresOf({ writers }: Load, { name }: Replica, since: number): string[] {
  const attempts = writers.records.flatMap((record) => record.attempts)
  const failed = attempts.filter(
    ({ at, outcome, replica }) => replica === name && at >= since && outcome !== 'answered',
  )
  return failed.map(({ outcome, ms }) => `a request to the other replica failed: ${outcome} after ${Math.round(ms)} ms`)
}
