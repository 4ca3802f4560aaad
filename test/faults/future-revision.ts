import { edit } from './edits.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { follow, summary } from './follow.ts'
import { inTurn } from './kill-server.ts'
import { onStand, Stand } from './stand.ts'
import { readTruth } from './truth.ts'
import { validateSubscription } from './validate-history.ts'
import { PATIENCE_MS } from './wait.ts'

const ANSWERED_MS = 5_000
const AUDIT_EVERY = 25

/** F22: a client comes from a server that knows the newest revision to one that has not heard of it yet. */
export const futureRevision: Fault = {
  id: 'F22',
  title: 'a server that is behind is asked for the newest revision, and for the one after it',
  figure: 's until the next change came',
  open: async (lab: Lab) => {
    const stand = await Stand.create({ cluster: await lab.cluster(), folder: lab.folder, name: 'f22', isWired: true })
    return onStand(stand, runOnce)
  },
}

async function runOnce(stand: Stand, { number }: RunContext): Promise<Outcome> {
  const [behind, ahead] = inTurn(stand.replicas, number)
  const lagging = stand.wires[stand.replicas.indexOf(behind)]
  const write = (enabled: boolean) =>
    edit(stand, {
      mutation: 'setToolEnabled',
      input: { tool: 'tool-0', enabled },
      replica: stand.replicas.indexOf(ahead),
    })
  lagging?.loseNotifications(true)
  const current = await write(false)
  const askedAt = performance.now()
  const asked = follow(behind, stand.keys.editor, current, current)
  const future = follow(behind, stand.keys.editor, current + 1, current)
  await Promise.all([asked.reached(current, PATIENCE_MS), future.reached(current + 1, PATIENCE_MS)])
  const answeredMs = performance.now() - askedAt
  const wrong =
    summary(future.record) === 'error FUTURE_REVISION' ? [] : [`the future was answered with ${summary(future.record)}`]
  const refused = asked.record.end ? [`the newest revision was answered with ${summary(asked.record)}`] : []
  const startedAt = performance.now()
  const next = await write(true)
  await asked.reached(next, PATIENCE_MS)
  const seconds = (performance.now() - startedAt) / 1_000
  const got = asked.record.items.filter(({ kind }) => kind === 'change')
  await Promise.all([asked.leave(), future.leave()])
  lagging?.loseNotifications(false)
  const truth = await readTruth(stand.database, current - 5)
  const misses = [
    ...wrong,
    ...refused,
    ...(Math.max(answeredMs, seconds * 1_000) <= ANSWERED_MS
      ? []
      : [`late: an answer took more than ${ANSWERED_MS} ms`]),
    ...(got.length === 1 ? [] : [`live: after ${current} came ${summary(asked.record)}`]),
    ...[asked, future].flatMap(({ record }) => validateSubscription(record, truth)),
    ...stand.falls(),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  return { misses, said: `${behind.name} behind`, figure: seconds }
}
