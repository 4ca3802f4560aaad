import { commit } from '../../src/catalog/commit.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import type { SubscriptionRecord } from './history.ts'
import { connections, Memory, portOf } from './kernel-figures.ts'
import type { Replica } from './replica.ts'
import { onStand, Stand } from './stand.ts'
import { readHead, readTruth } from './truth.ts'
import { coveredBy, validateResumption, validateSubscription } from './validate-history.ts'
import { eventually, percentile, sleep } from './wait.ts'
import { SUBSCRIPTION, type Watch, watch } from './watch-socket.ts'

const STALLED = 50
/** Those that go on, and how fast events come: the clients of the first run are as many as this process can read for. */
const FIRST = { healthy: 950, events: 150, perSecond: 10 }
const OTHER = { healthy: 100, events: 400, perSecond: 80 }
const EVENT_BYTES = 8_000
const MOST_GROWTH_MIB = 64
/** A fifth, and what scheduling takes on a machine whose two cores do everything here, in milliseconds. */
const SLOWER = { factor: 1.2, noiseMs: 50 }
const STRETCHES = 5
const ENDED_MS = 30_000
const LONGEST_MS = 60_000
const AUDIT_EVERY = 25

/** F7: subscribers that stop reading, beside others that go on. */
export const stalledSubscriber: Fault = {
  id: 'F7',
  title: '50 subscribers stop reading',
  figure: 'MiB that the server grew by',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f7', replicas: 1 })
    const { rows } = await stand.database.pool.query<{ id: string }>(`SELECT id FROM tools WHERE name = 'tool-0'`)
    const toolId = rows[0]?.id ?? ''
    return onStand(stand, (_, context) => runOnce(stand, toolId, context))
  },
}

async function runOnce(stand: Stand, toolId: string, { number }: RunContext): Promise<Outcome> {
  const [replica] = stand.replicas
  if (!replica) throw new Error('there is no replica')
  const size = number === 1 ? FIRST : OTHER
  const { head: start } = await readHead(stand.database)
  const healthy = await open(replica, stand.keys.editor, size.healthy, start)
  const stalled = await open(replica, stand.keys.editor, STALLED, start)
  const events = new Events(stand, toolId, size.perSecond)
  // As many events as later: the longer a stretch is, the more likely a pause falls into it.
  const before = await typicalWait(events, size.events, healthy)
  const memory = new Memory(replica)
  const stalledAt = performance.now()
  const ports = new Set(stalled.map(({ opened }) => portOf(opened)))
  for (const { opened } of stalled) opened.socket.pause()
  let endedMs = Number.POSITIVE_INFINITY
  const ending = eventually(() => connections(replica, ports) === 0, LONGEST_MS, 200).then(() => {
    endedMs = performance.now() - stalledAt
  })
  const during = await typicalWait(events, size.events, healthy)
  while (connections(replica, ports) > 0 && performance.now() - stalledAt < LONGEST_MS) await events.publish(1, healthy)
  await ending
  const growth = memory.stop()
  const again = await resume(stand, replica, stalled)
  const misses = [
    ...(endedMs <= ENDED_MS ? [] : [`late: stalled subscribers were ended after ${Math.round(endedMs)} ms`]),
    ...(growth <= MOST_GROWTH_MIB ? [] : [`bounded: the server grew by ${Math.round(growth)} MiB`]),
    ...(during <= before * SLOWER.factor + SLOWER.noiseMs
      ? []
      : [`late: the others waited ${Math.round(during)} ms (p99) instead of ${Math.round(before)}`]),
    ...healthy.flatMap(({ record }) => (record.end ? [`a healthy one was ${record.end.kind} ${record.end.code}`] : [])),
    ...(await judge(stand, start, healthy, again)),
    ...stand.falls(),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  for (const { opened } of healthy) opened.leave()
  const said = `${healthy.length} healthy, p99 ${Math.round(before)} then ${Math.round(during)} ms, ended in ${Math.round(endedMs)} ms`
  return { misses, said, figure: growth }
}

/** Of several stretches the one in the middle: somebody else's second of work on the machine is no finding. */
async function typicalWait(events: Events, count: number, healthy: readonly Subscriber[]): Promise<number> {
  const waits: number[] = []
  while (waits.length < STRETCHES) waits.push(await events.publish(Math.ceil(count / STRETCHES), healthy))
  return percentile(waits, 50)
}

interface Subscriber {
  readonly record: SubscriptionRecord
  readonly opened: Watch
}

/** The whole of each event, because that is what is big. */
const QUERY = SUBSCRIPTION.replace('latest }', 'latest after }')

async function open(replica: Replica, key: string, count: number, afterRevision: number): Promise<Subscriber[]> {
  const all = Array.from({ length: count }, (_, index) => subscribe(replica, key, `s${index}`, afterRevision))
  await eventually(() => all.every(({ record }) => record.items.length > 0), 30_000)
  return all
}

function subscribe(replica: Replica, key: string, watcher: string, afterRevision: number): Subscriber {
  const record: SubscriptionRecord = {
    watcher,
    replica: replica.name,
    seesDrafts: true,
    filter: undefined,
    openedAt: performance.now(),
    afterRevision,
    headAtOpen: afterRevision,
    subscribedAt: undefined,
    items: [],
    end: undefined,
  }
  const { url } = replica
  const opened = watch({ url, key, afterRevision, query: QUERY, onItem: (item) => record.items.push(forget(item)) })
  void opened.ended.then((end) => {
    record.end = end
  })
  return { record, opened }
}

/** A history of some thousand items need not hold 8 KB each. */
function forget(item: SubscriptionRecord['items'][number]): SubscriptionRecord['items'][number] {
  if (item.kind !== 'change') return item
  const events = item.events.map(({ position, kind, toolName, version, latest }) => ({
    position,
    kind,
    toolName,
    version,
    latest,
  }))
  return { ...item, events }
}

/** After the stall: they read what had come, are told how it ended, and go on behind what they got. */
async function resume(stand: Stand, replica: Replica, stalled: readonly Subscriber[]): Promise<SubscriptionRecord[][]> {
  for (const { opened } of stalled) opened.socket.resume()
  await eventually(() => stalled.every(({ record }) => record.end !== undefined), 10_000)
  const { head } = await readHead(stand.database)
  const next = stalled.map(({ record }) =>
    subscribe(replica, stand.keys.editor, record.watcher, coveredBy(record) ?? 0),
  )
  await eventually(
    () => next.every(({ record }) => (coveredBy(record) ?? 0) >= head && record.items.length > 0),
    30_000,
  )
  for (const { opened } of next) opened.leave()
  return stalled.map(({ record }, index) => [record, ...(next[index] ? [next[index].record] : [])])
}

async function judge(
  stand: Stand,
  start: number,
  healthy: readonly Subscriber[],
  again: readonly SubscriptionRecord[][],
): Promise<string[]> {
  const { head, findings } = await readHead(stand.database)
  const truth = await readTruth(stand.database, start)
  const records = [...healthy.map(({ record }) => record), ...again.flat()]
  const behind = [...healthy.map(({ record }) => record), ...again.flatMap((all) => all.slice(-1))]
    .filter((record) => (coveredBy(record) ?? 0) < head)
    .map(({ watcher }) => `live: ${watcher} never came to ${head}`)
  return [
    ...findings,
    ...behind,
    ...records.flatMap((record) => validateSubscription(record, truth)),
    ...again.flatMap((all) => validateResumption(all, truth)),
  ]
}

/** Publishes one event of 8 KB after the other. */
class Events {
  readonly #stand: Stand
  readonly #toolId: string
  readonly #perSecond: number

  constructor(stand: Stand, toolId: string, perSecond: number) {
    this.#stand = stand
    this.#toolId = toolId
    this.#perSecond = perSecond
  }

  /** Gives how long nearly all of the healthy ones waited for each (p99), in milliseconds. */
  async publish(count: number, healthy: readonly Subscriber[]): Promise<number> {
    const sentAt = new Map<number, number>()
    for (let sent = 0; sent < count; sent++) {
      const next = performance.now() + 1_000 / this.#perSecond
      sentAt.set(await this.#commit(), performance.now())
      await sleep(next - performance.now())
    }
    const last = Math.max(...sentAt.keys())
    await eventually(() => healthy.every(({ record }) => (coveredBy(record) ?? 0) >= last), 10_000)
    return percentile(
      healthy.flatMap(({ record }) => lagsOf(record, sentAt)),
      99,
    )
  }

  async #commit(): Promise<number> {
    const about = { kind: 'ToolUpdated', toolName: 'tool-0', version: null, latest: null, draft: false } as const
    const after = { text: 'x'.repeat(EVENT_BYTES) }
    const origin = { actor: 'faults', source: 'api' } as const
    const { revision } = await commit(this.#stand.database, origin, async ({ record }) => {
      record({ ...about, toolId: this.#toolId, before: null, after })
      return null
    })
    return Number(revision)
  }
}

function lagsOf({ items }: SubscriptionRecord, sentAt: ReadonlyMap<number, number>): number[] {
  return items.flatMap((item) => {
    const sent = item.kind === 'change' ? sentAt.get(item.revision) : undefined
    return sent === undefined ? [] : [Math.max(0, item.at - sent)]
  })
}
