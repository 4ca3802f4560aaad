import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { inTurn } from './kill-server.ts'
import { Load } from './load.ts'
import { onStand, Stand } from './stand.ts'
import { percentile, sleep } from './wait.ts'

const LAG_MS = 2_000
const LASTS_MS = 3_000
const CUT_EVERY_MS = 100
const AUDIT_EVERY = 25
const WAYS = ['cut', 'deaf'] as const

/** F5: no notification of PostgreSQL comes through; the log is read all the same. */
export const lostNotifications: Fault = {
  id: 'F5',
  title: 'every notification lost',
  figure: 's from the answer to the editor to the last watcher (p99)',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f5', isWired: true })
    stand.startCompaction(400)
    return onStand(stand, runOnce)
  },
}

async function runOnce(stand: Stand, { number, label, random, folder }: RunContext): Promise<Outcome> {
  // A server that writes itself wakes its own feed: the other one has nothing but its clock.
  const [writing] = inTurn(stand.replicas, number)
  const load = new Load(stand, { random, label, writesTo: () => [writing] })
  await load.start()
  const { weakness } = load
  const way = WAYS[number % WAYS.length] ?? 'cut'
  for (const wire of stand.wires) wire.loseNotifications(way === 'deaf')
  const since = performance.now()
  const cutting = setInterval(() => {
    if (way === 'cut') for (const wire of stand.wires) wire.cutFeed()
  }, CUT_EVERY_MS)
  await sleep(LASTS_MS)
  clearInterval(cutting)
  const lag = percentile(lagsSince(load, since), 99)
  const findings = await load.finish()
  for (const wire of stand.wires) wire.loseNotifications(false)
  const misses = [
    ...(lag <= LAG_MS ? [] : [`late: changes took ${Math.round(lag)} ms (p99)`]),
    ...findings,
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  if (misses.length > 0) load.keep(folder)
  return { misses, weakness, said: `${way}, ${load.said}`, figure: lag / 1_000 }
}

/** For each change that a watcher got: how long after its editor was told, in milliseconds. */
function lagsSince({ watchers, writers }: Load, since: number): number[] {
  return watchers.records
    .filter(({ openedAt }) => openedAt < since)
    .flatMap(({ items }) => items)
    .flatMap((item) => {
      const told = item.kind === 'change' ? writers.toldAt.get(item.revision) : undefined
      return told === undefined || told < since ? [] : [Math.max(0, item.at - told)]
    })
}
