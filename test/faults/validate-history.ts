import type { SeenEvent, SeenItem, SubscriptionRecord, TrueRevision, WatchFilter } from './history.ts'

/**
 * What the words of the watch contract promise, checked on what clients recorded against what the database committed
 * (the idea is etcd's, tests/robustness/validate/watch.go). Each finding begins with the property that was broken.
 */
export function validateSubscription(record: SubscriptionRecord, truth: readonly TrueRevision[]): string[] {
  const findings = [
    ...checkOrder(record),
    ...checkBookmarks(record),
    ...checkAtomic(record, truth),
    ...checkReliable(record, truth),
    ...checkResync(record, truth),
    ...checkFuture(record, truth),
  ]
  const who = `${record.watcher} on ${record.replica} after ${record.afterRevision ?? 'now'}`
  return findings.map((finding) => `${finding} (${who})`)
}

/** Over the reconnections of one client, in order: it goes on where it was, and gets nothing twice. */
export function validateResumption(records: readonly SubscriptionRecord[], truth: readonly TrueRevision[]): string[] {
  const findings: string[] = []
  const first = records[0]
  if (!first) return []
  const seen = new Set<number>()
  let covered: number | undefined
  for (const record of records) {
    const start = startOf(record)
    if (covered !== undefined && start !== undefined && start > covered && !followsResync(records, record))
      findings.push(
        ...hiddenBetween(record, truth, covered, start).map((revision) => `resumable: ${revision} was lost`),
      )
    for (const { revision } of changesOf(record)) {
      if (seen.has(revision)) findings.push(`resumable: ${revision} came again after a reconnection`)
      seen.add(revision)
    }
    covered = Math.max(covered ?? 0, coveredBy(record) ?? start ?? 0)
  }
  return findings.map((finding) => `${finding} (${first.watcher})`)
}

/** Everything up to this revision was delivered, as far as the client can know; undefined when it got nothing. */
export function coveredBy(record: Pick<SubscriptionRecord, 'items' | 'afterRevision'>): number | undefined {
  const revisions = record.items.flatMap((item) => (item.kind === 'resync' ? [] : [item.revision]))
  const last = revisions.at(-1)
  return last === undefined ? record.afterRevision : Math.max(last, record.afterRevision ?? 0)
}

function changesOf(record: SubscriptionRecord): Extract<SeenItem, { kind: 'change' }>[] {
  return record.items.flatMap((item) => (item.kind === 'change' ? [item] : []))
}

/** Where the subscription begins: what was asked for, or the bookmark that a subscription from now on begins with. */
function startOf({ afterRevision, items }: SubscriptionRecord): number | undefined {
  const first = items[0]
  return afterRevision ?? (first?.kind === 'bookmark' ? first.revision : undefined)
}

function checkOrder(record: SubscriptionRecord): string[] {
  const findings: string[] = []
  const seen = new Set<number>()
  let last = record.afterRevision ?? 0
  for (const { revision } of changesOf(record)) {
    if (seen.has(revision)) findings.push(`unique: ${revision} came twice`)
    else if (revision <= last) findings.push(`ordered: ${revision} came after ${last}`)
    seen.add(revision)
    last = Math.max(last, revision)
  }
  const ending = record.items.findIndex(({ kind }) => kind === 'resync')
  if (ending >= 0 && ending < record.items.length - 1) findings.push('ordered: something came after ResyncRequired')
  return findings
}

function checkBookmarks(record: SubscriptionRecord): string[] {
  const findings: string[] = []
  const [first] = record.items
  if (record.afterRevision === undefined && first && first.kind !== 'bookmark')
    findings.push('bookmarkable: a subscription from now on did not begin with a bookmark')
  let marked = 0
  let reached = record.afterRevision ?? 0
  for (const item of record.items) {
    if (item.kind === 'resync') continue
    if (item.kind === 'change' && item.revision <= marked)
      findings.push(`bookmarkable: ${item.revision} came after bookmark ${marked}`)
    if (item.kind === 'bookmark' && item.revision < reached)
      findings.push(`bookmarkable: bookmark ${item.revision} came when the stream was at ${reached}`)
    if (item.kind === 'bookmark') marked = Math.max(marked, item.revision)
    reached = Math.max(reached, item.revision)
  }
  return findings
}

function checkAtomic(record: SubscriptionRecord, truth: readonly TrueRevision[]): string[] {
  const committed = new Map(truth.map((revision) => [revision.revision, revision]))
  return changesOf(record).flatMap(({ revision, events }) => {
    const real = committed.get(revision)
    if (!real) return [`durable: ${revision} was delivered and is not in the log`]
    const expected = visibleEvents(real, record)
    if (expected.length === 0) return [`filtered: ${revision} was delivered to a client that must not get it`]
    return JSON.stringify(events.map(comparable)) === JSON.stringify(expected.map(comparable))
      ? []
      : [`atomic: ${revision} came with ${events.length} events that are not its ${expected.length}`]
  })
}

function checkReliable(record: SubscriptionRecord, truth: readonly TrueRevision[]): string[] {
  const start = startOf(record)
  const covered = coveredBy(record)
  if (start === undefined || covered === undefined) return []
  const delivered = new Set(changesOf(record).map(({ revision }) => revision))
  return hiddenBetween(record, truth, start, covered)
    .filter((revision) => !delivered.has(revision))
    .map((revision) => `reliable: ${revision} was not delivered, and the stream had come to ${covered}`)
}

function checkResync(record: SubscriptionRecord, truth: readonly TrueRevision[]): string[] {
  const resync = record.items.find((item) => item.kind === 'resync')
  if (resync?.kind !== 'resync') return []
  const head = truth.at(-1)?.revision ?? 0
  const reached = coveredBy(record)
  const findings: string[] = []
  if (resync.reason === 'COMPACTED' && reached !== undefined && reached >= resync.compactedRevision)
    findings.push(`resumable: compacted at ${resync.compactedRevision}, and the client was at ${reached}`)
  if (resync.compactedRevision > resync.currentRevision || resync.currentRevision > head)
    findings.push(
      `resumable: ResyncRequired speaks of ${resync.compactedRevision} and ${resync.currentRevision} at ${head}`,
    )
  if (record.end && record.end.kind !== 'complete' && record.end.kind !== 'closed')
    findings.push(`resumable: ${record.end.kind} ${record.end.code} came after ResyncRequired instead of the end`)
  return findings
}

function checkFuture(record: SubscriptionRecord, truth: readonly TrueRevision[]): string[] {
  const { afterRevision = 0, end, headAtOpen, items } = record
  if (end?.code === 'FUTURE_REVISION' && afterRevision <= headAtOpen)
    return [`resumable: ${afterRevision} was called the future, and ${headAtOpen} was there`]
  const head = truth.at(-1)?.revision ?? 0
  const [first] = items
  if (first && first.kind !== 'resync' && afterRevision > head) return [`ordered: it was given what is not there yet`]
  return []
}

/** Revisions above `start` and up to `end` that this client has to get. */
function hiddenBetween(
  record: SubscriptionRecord,
  truth: readonly TrueRevision[],
  start: number,
  end: number,
): number[] {
  return truth
    .filter((real) => real.revision > start && real.revision <= end && visibleEvents(real, record).length > 0)
    .map(({ revision }) => revision)
}

function visibleEvents(
  { events }: TrueRevision,
  { seesDrafts, filter }: Pick<SubscriptionRecord, 'seesDrafts' | 'filter'>,
) {
  return events.filter((event) => (seesDrafts || !event.draft) && matches(event, filter))
}

function matches(
  event: { readonly toolName: string; readonly platforms: readonly string[]; readonly capabilities: readonly string[] },
  filter: WatchFilter = {},
): boolean {
  const holds = (wanted: readonly string[] | undefined, has: readonly string[]) =>
    wanted === undefined || wanted.some((one) => has.includes(one.toLowerCase()))
  return (
    holds(filter.tools, [event.toolName.toLowerCase()]) &&
    holds(filter.platforms, event.platforms) &&
    holds(filter.capabilities, event.capabilities)
  )
}

const comparable = ({ position, kind, toolName, version, latest }: SeenEvent) => [
  position,
  kind.replaceAll('_', '').toLowerCase(),
  toolName,
  version,
  latest,
]

function followsResync(records: readonly SubscriptionRecord[], record: SubscriptionRecord): boolean {
  const before = records[records.indexOf(record) - 1]
  return before?.items.some(({ kind }) => kind === 'resync') ?? false
}
