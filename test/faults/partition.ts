import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { inTurn } from './kill-server.ts'
import { Load } from './load.ts'
import type { Random } from './random.ts'
import { between } from './random.ts'
import type { Replica } from './replica.ts'
import { onStand, Stand } from './stand.ts'
import { readHead } from './truth.ts'
import { coveredBy } from './validate-history.ts'
import { eventually, PATIENCE_MS, sleep } from './wait.ts'

const DETECTED_MS = 10_000
const CAUGHT_UP_MS = 2_000
const READY_MS = 5_000
const SHORT_MS = 10_000
const LONG_MS = 60_000
const AUDIT_EVERY = 25

/** F4: one of two servers is cut off from its database, and nobody tells it. */
export const partition: Fault = {
  id: 'F4',
  title: 'a server is cut off from its database for 10 s (every twentieth time 60 s)',
  figure: 's until it noticed',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f4', isWired: true })
    // Who is cut off for 10 s finds everything again, and who is for 60 s has to begin anew.
    stand.startCompaction(2_000)
    return onStand(stand, runOnce)
  },
}

async function runOnce(stand: Stand, { number, label, random, folder }: RunContext): Promise<Outcome> {
  const load = new Load(stand, { random, label })
  await load.start()
  const { weakness } = load
  const [victim] = inTurn(stand.replicas, number)
  const followers = followersOf(load, victim)
  const cutAt = performance.now()
  const { detectedMs, how } = await cutOff(stand, victim, number, random)
  const { head } = await readHead(stand.database)
  const healedAt = performance.now()
  const isUpToDate = await eventually(() => isCaughtUp(load, victim, head), CAUGHT_UP_MS)
  const caughtUpMs = performance.now() - healedAt
  const dropped = followers.filter(({ end }) => end && end.at >= cutAt && !isAllowed(end))
  const misses = [
    ...(detectedMs <= DETECTED_MS ? [] : ['late: /ready did not say within 10 s that the database is away']),
    ...(isUpToDate ? [] : [`late: subscriptions had not caught up ${CAUGHT_UP_MS} ms after the network`]),
    ...dropped.map(({ watcher, end }) => `${watcher} was dropped: ${end?.kind} ${end?.code}`),
    ...(await notReady(victim)),
    ...(await load.finish()),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  if (misses.length > 0) load.keep(folder)
  const said = `${how}, ${load.said}, caught up in ${Math.round(caughtUpMs)} ms`
  return { misses, weakness, said, figure: detectedMs / 1_000 }
}

/** The network goes and comes back; gives how long the replica took to say that it is not ready. */
async function cutOff(stand: Stand, victim: Replica, number: number, random: Random) {
  const wire = stand.wires[stand.replicas.indexOf(victim)]
  const how = between(random, 0, 1) === 0 ? 'held' : 'swallowed'
  const lastsMs = number % 20 === 0 ? LONG_MS : SHORT_MS
  const startedAt = performance.now()
  wire?.partition(how)
  let detectedMs = Number.POSITIVE_INFINITY
  await eventually(async () => {
    const isAway = (await victim.readiness()) === 503
    if (isAway) detectedMs = performance.now() - startedAt
    return isAway
  }, DETECTED_MS)
  await sleep(lastsMs - (performance.now() - startedAt))
  wire?.heal()
  return { detectedMs, how }
}

async function notReady(victim: Replica): Promise<string[]> {
  if (await eventually(() => victim.isReady(), READY_MS)) return []
  const isLate = await eventually(() => victim.isReady(), PATIENCE_MS)
  return [
    isLate ? `late: ${victim.name} was not ready again within ${READY_MS} ms` : `${victim.name} is not ready again`,
  ]
}

function followersOf({ watchers }: Load, replica: Replica) {
  return watchers
    .current()
    .filter((record) => record.replica === replica.name && !record.end && record.items.length > 0)
}

function isCaughtUp({ watchers }: Load, replica: Replica, head: number): boolean {
  const open = watchers.current().filter((record) => record.replica === replica.name && record.items.length > 0)
  return open.every((record) => (coveredBy(record) ?? 0) >= head)
}

/** Who was cut off for longer than the history is kept has to begin anew: that is said, not hidden. */
function isAllowed({ kind }: { readonly kind: string }): boolean {
  return kind === 'complete' || kind === 'left'
}
