import { breakOf, call } from './call.ts'
import type { Cluster, Death } from './cluster.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { Load } from './load.ts'
import { between, pick } from './random.ts'
import type { Replica } from './replica.ts'
import { Stand } from './stand.ts'
import { eventually, percentile, sleep } from './wait.ts'

const STALE_MS = 100
const REFUSED_MS = 5_000
const FIRST_WRITE_MS = 1_000
const AUDIT_EVERY = 25

/** F3: PostgreSQL is killed, stopped in the middle, or restarted, under the servers' feet. */
export const databaseDeath: Fault = {
  id: 'F3',
  title: 'PostgreSQL killed, stopped at once or restarted',
  figure: 's from its return to the first write',
  open: async (lab: Lab) => {
    const cluster = await lab.cluster()
    const stand = await Stand.create({ cluster, folder: lab.folder, name: 'f3' })
    stand.startCompaction(60)
    return {
      run: (context) => runOnce(stand, cluster, context),
      close: async () => {
        const findings = await stand.audit()
        await stand.close()
        return findings
      },
    }
  },
}

async function runOnce(
  stand: Stand,
  cluster: Cluster,
  { number, label, random, folder }: RunContext,
): Promise<Outcome> {
  const load = new Load(stand, { random, label })
  await load.start()
  const { weakness } = load
  const probes = stand.replicas.map((replica) => new Probe(replica, stand.keys.reader, stand.keys.editor))
  await Promise.all(probes.map((probe) => probe.prepare()))
  const death = pick(random, ['kill', 'immediate', 'fast'] as const satisfies Death[])
  await cluster.stop(death)
  const down = between(random, 300, 1_500)
  await Promise.all(probes.map((probe) => probe.look(down)))
  await cluster.start()
  const upAt = performance.now()
  const isBack = await eventually(() => firstWriteAfter(load, upAt) !== undefined, 10_000)
  const backMs = (firstWriteAfter(load, upAt) ?? performance.now()) - upAt
  const misses = [
    ...(isBack && backMs <= FIRST_WRITE_MS
      ? []
      : [`late: the first write came ${Math.round(backMs)} ms after the database`]),
    ...probes.flatMap((probe) => probe.misses()),
    ...(await load.finish()),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  if (misses.length > 0) load.keep(folder)
  const stale = Math.round(Math.max(...probes.map((probe) => probe.stale)))
  return { misses, weakness, said: `${death}, ${load.said}, stale reads in ${stale} ms`, figure: backMs / 1_000 }
}

function firstWriteAfter({ writers }: Load, since: number): number | undefined {
  const done = writers.records.flatMap(({ attempts, result }) => {
    const last = attempts.at(-1)
    return result === 'acknowledged' && last && last.at + last.ms > since ? [last.at + last.ms] : []
  })
  return done.length > 0 ? Math.min(...done) : undefined
}

const READ = '{ tools(first: 5) { nodes { name } } }'
const WRITE = `mutation { setToolEnabled(input: { tool: "tool-0", enabled: true, expectedRevision: "0" }) {
  ... on Error { code } } }`

/** One reader and one editor of a replica while the database is away. */
class Probe {
  readonly #replica: Replica
  readonly #readerKey: string
  readonly #editorKey: string
  readonly #reads: number[] = []
  readonly #findings: string[] = []

  constructor(replica: Replica, readerKey: string, editorKey: string) {
    this.#replica = replica
    this.#readerKey = readerKey
    this.#editorKey = editorKey
  }

  /** The query is answered once while all is well. */
  async prepare(): Promise<void> {
    await call({ url: this.#replica.url, key: this.#readerKey }, READ)
  }

  async look(ms: number): Promise<void> {
    const until = performance.now() + ms
    const refused = this.#write()
    while (performance.now() < until) {
      await this.#read()
      await sleep(50)
    }
    await refused
  }

  /** Milliseconds that nearly all reads stayed below. */
  get stale(): number {
    return percentile(this.#reads, 90)
  }

  misses(): string[] {
    const { name } = this.#replica
    const slow =
      this.stale > STALE_MS ? [`late: reads of ${name} took ${Math.round(this.stale)} ms without a database`] : []
    return [...this.#findings, ...slow]
  }

  async #read(): Promise<void> {
    const { name, url } = this.#replica
    const answer = await call({ url, key: this.#readerKey }, READ).catch((error: Error) => breakOf(error))
    if (typeof answer === 'string') {
      this.#findings.push(`a read of ${name} broke: ${answer}`)
      return
    }
    this.#reads.push(answer.ms)
    if (!answer.data) this.#findings.push(`a read of ${name} was refused: ${answer.errors?.[0]?.extensions?.code}`)
    else if (answer.extensions?.stale !== true) this.#findings.push(`a read of ${name} did not say that it is stale`)
  }

  async #write(): Promise<void> {
    const { name, url } = this.#replica
    const answer = await call({ url, key: this.#editorKey }, WRITE).catch((error: Error) => breakOf(error))
    if (typeof answer === 'string') {
      this.#findings.push(`a write to ${name} broke: ${answer}`)
      return
    }
    const code = answer.errors?.[0]?.extensions?.code
    // It may have come in the last moment of the one database, or the first one of the next.
    const isAnswered = answer.data?.setToolEnabled !== undefined && answer.data?.setToolEnabled !== null
    if (!isAnswered && (!code?.endsWith('UNAVAILABLE') || answer.status !== 503))
      this.#findings.push(`a write to ${name} was answered with ${answer.status} ${code}`)
    if (answer.ms > REFUSED_MS) this.#findings.push(`late: a write to ${name} was refused only after ${answer.ms} ms`)
  }
}
