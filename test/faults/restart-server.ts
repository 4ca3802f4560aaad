import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { inTurn, slowestResumption } from './kill-server.ts'
import { Load } from './load.ts'
import type { Replica } from './replica.ts'
import { onStand, Stand } from './stand.ts'
import { eventually, sleep } from './wait.ts'
import type { Target } from './writers.ts'

const EXIT_MS = 30_000
/** How often the load balancer asks who is ready, in milliseconds. */
const PROBE_MS = 100
const AUDIT_EVERY = 25
/** The drain that is the default; the other runs have a short one, which the load balancer notices on a busy machine, too. */
const REAL_DRAIN = { DRAIN_DELAY_MS: '5000', DRAIN_MS: '10000' }
const SHORT_DRAIN = { DRAIN_DELAY_MS: '2000', DRAIN_MS: '1000' }

/** F9: one server after the other is restarted, behind a load balancer that asks /ready. */
export const restartServer: Fault = {
  id: 'F9',
  title: 'rolling restart',
  figure: 's to exit',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f9' })
    stand.startCompaction(60)
    return onStand(stand, runOnce)
  },
}

async function runOnce(stand: Stand, { number, label, random, folder }: RunContext): Promise<Outcome> {
  const drain = number === 1 ? REAL_DRAIN : SHORT_DRAIN
  // The first run measures the real drain: its servers must have been started with it.
  if (number <= 2) for (const replica of stand.replicas) await replica.restart(drain)
  const balancer = new Balancer(stand.replicas)
  const load = new Load(stand, { random, label, targets: () => balancer.ready })
  await load.start()
  const { weakness } = load
  const startedAt = performance.now()
  const exits: Ending[] = []
  for (const replica of inTurn(stand.replicas, number)) {
    const { ms, code } = await replica.terminate()
    exits.push({ name: replica.name, ms, code })
    await replica.start(30_000, drain)
    await eventually(() => balancer.ready.length === stand.replicas.length, 30_000)
  }
  const misses = [
    ...exits.flatMap(wrongWith),
    ...failures(load),
    ...wrongCloses(load, startedAt),
    ...(slowestResumption(load, startedAt) > 5_000 ? ['late: subscribers resumed only after 5 s'] : []),
    ...(await load.finish()),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  balancer.stop()
  if (misses.length > 0) load.keep(folder)
  return { misses, weakness, said: load.said, figure: Math.max(...exits.map(({ ms }) => ms)) / 1_000 }
}

interface Ending {
  readonly name: string
  readonly ms: number
  readonly code: number | string
}

function wrongWith({ name, ms, code }: Ending): string[] {
  return [
    ...(code === 0 ? [] : [`${name} ended with ${code}`]),
    ...(ms <= EXIT_MS ? [] : [`late: ${name} took ${Math.round(ms)} ms to exit`]),
  ]
}

function failures({ writers }: Load): string[] {
  return writers.records
    .flatMap(({ attempts }) => attempts)
    .filter(({ outcome }) => outcome !== 'answered')
    .map(({ replica, outcome, ms }) => `a request to ${replica} failed: ${outcome} after ${Math.round(ms)} ms`)
}

/** A server that goes away says so: come back later (1012). */
function wrongCloses({ watchers }: Load, since: number): string[] {
  const ends = watchers.records.flatMap(({ end, watcher }) => (end && end.at >= since ? [{ ...end, watcher }] : []))
  return ends
    .filter(({ kind, code }) => (kind === 'closed' && code !== '1012') || kind === 'refused')
    .map(({ kind, code, watcher }) => `${watcher} was ${kind} with ${code}`)
}

/** What a load balancer does: it sends to those whose /ready said 200 the last time. */
class Balancer {
  readonly #ready: Set<Replica>
  #isStopped = false

  constructor(replicas: readonly Replica[]) {
    this.#ready = new Set(replicas)
    for (const replica of replicas) void this.#watch(replica)
  }

  get ready(): readonly Target[] {
    return [...this.#ready]
  }

  stop(): void {
    this.#isStopped = true
  }

  /** One question after the other: an old answer must not come behind a newer one. */
  async #watch(replica: Replica): Promise<void> {
    while (!this.#isStopped) {
      if (await replica.isReady()) this.#ready.add(replica)
      else this.#ready.delete(replica)
      await sleep(PROBE_MS)
    }
  }
}
