import { compactHistory } from '../../src/changes/compact.ts'
import { edit } from './edits.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { type Follower, follow, summary } from './follow.ts'
import { between } from './random.ts'
import { onStand, Stand } from './stand.ts'
import { readHead, readTruth } from './truth.ts'
import { validateSubscription } from './validate-history.ts'
import { PATIENCE_MS, sleep } from './wait.ts'

const ANSWERED_MS = 5_000
/** Compaction falls somewhere into the time in which the subscriptions are opened, in milliseconds. */
const MOST_APART_MS = 12
const AUDIT_EVERY = 25

/** F21: the history is compacted to a revision while clients begin right before it, at it, and behind it. */
export const compactionEdge: Fault = {
  id: 'F21',
  title: 'compaction to the revision where clients begin, which deleted a tool',
  figure: 's until all had their answer',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f21' })
    return onStand(stand, runOnce)
  },
}

async function runOnce(stand: Stand, { number, random }: RunContext): Promise<Outcome> {
  const edge = await makeEdge(stand, number)
  const { head } = await readHead(stand.database)
  const startedAt = performance.now()
  const racing = openAround(stand, edge, head)
  await sleep(between(random, 0, MOST_APART_MS))
  await compactHistory(stand.database, { revisions: head - edge, hours: 0 })
  const after = openAround(stand, edge, head)
  const followers = [...racing, ...after]
  const isAnswered = await Promise.all(followers.map((follower) => follower.reached(head, PATIENCE_MS)))
  const seconds = (performance.now() - startedAt) / 1_000
  // Those that are still open get the next one too, and nothing twice.
  const next = await edit(stand, { mutation: 'restoreTool', input: { tool: 'tool-1' }, replica: number % 2 })
  await Promise.all(followers.map((follower) => follower.reached(next, PATIENCE_MS)))
  await Promise.all(followers.map((follower) => follower.leave()))
  const truth = await readTruth(stand.database, edge - 3)
  const misses = [
    ...(isAnswered.every(Boolean) ? [] : ['live: somebody got no answer']),
    ...(seconds * 1_000 <= ANSWERED_MS ? [] : [`late: all had their answer after ${seconds.toFixed(1)} s`]),
    ...followers.flatMap(({ record }) => validateSubscription(record, truth)),
    ...after.flatMap((follower) => wrongAfter(follower, edge)),
    ...stand.falls(),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  const lucky = racing.filter(({ record }) => record.afterRevision === edge - 1 && !isCompacted(record)).length
  return { misses, said: `${lucky} of 2 were before the compaction`, figure: seconds }
}

/** Five revisions, the third of which deletes a tool; gives that one. */
async function makeEdge(stand: Stand, number: number): Promise<number> {
  const toggle = (enabled: boolean, replica: number) =>
    edit(stand, { mutation: 'setToolEnabled', input: { tool: 'tool-0', enabled }, replica })
  await toggle(false, number % 2)
  await toggle(true, (number + 1) % 2)
  const edge = await edit(stand, { mutation: 'deleteTool', input: { tool: 'tool-1' }, replica: number % 2 })
  await toggle(false, 0)
  await toggle(true, 1)
  return edge
}

function openAround(stand: Stand, edge: number, head: number): Follower[] {
  return stand.replicas.flatMap((replica) =>
    [edge - 1, edge, edge + 1].map((after) => follow(replica, stand.keys.editor, after, head)),
  )
}

function isCompacted({ items }: Follower['record']): boolean {
  return items.some((item) => item.kind === 'resync')
}

/** Guarantee 6: at the compacted revision it still works; below it, it is said that it does not. */
function wrongAfter({ record }: Follower, edge: number): string[] {
  const [first] = record.items
  const wantsOld = (record.afterRevision ?? 0) < edge
  const isRight = wantsOld
    ? first?.kind === 'resync' && first.reason === 'COMPACTED' && first.compactedRevision === edge
    : first?.kind === 'change' && first.revision === (record.afterRevision ?? 0) + 1
  return isRight
    ? []
    : [`resumable: after ${record.afterRevision}, compacted to ${edge}, ${record.replica} gave ${summary(record)}`]
}
