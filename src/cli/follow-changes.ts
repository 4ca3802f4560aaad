import { setTimeout as sleep } from 'node:timers/promises'
import { followOnce, type StreamStart } from './change-stream.ts'
import { msSince } from './printer.ts'
import type { ServerAddress } from './server-address.ts'
import { ServerError } from './server-error.ts'
import { StreamError } from './stream-error.ts'
import type { WatchedItem, WatchedResync } from './watched-item.ts'

export interface FollowOptions {
  readonly address: ServerAddress
  readonly start: StreamStart
  readonly signal: AbortSignal
  readonly onItem: (item: WatchedItem) => Promise<void>
  /** Tell what happens to the connection. */
  readonly say: (text: string) => void
  /** Tell what is asked of the server, and how long it took to let us in. */
  readonly detail: (text: string) => void
}

/** Waits between two tries: a random time, so that those who lost one server do not come back at once, in milliseconds. */
const WAIT = { least: 250, first: 1_000, most: 30_000 }

/**
 * Follow the changes until the signal, through every loss of the connection: each try goes on behind the last item.
 * @throws ServerError when trying again cannot help
 */
export async function followChanges({ address, start, signal, onItem, say, detail }: FollowOptions): Promise<void> {
  let place = start
  // Tries since the last item.
  let tries = 0
  let mustResync = false
  let sayConnected: (() => void) | undefined
  const take = async (item: WatchedItem) => {
    sayConnected?.()
    sayConnected = undefined
    await onItem(item)
    mustResync = item.__typename === 'ResyncRequired'
    if (item.__typename === 'ResyncRequired') say(resyncText(item, place))
    else tries = 0
    place = placeAfter(item, place)
  }
  while (!signal.aborted) {
    let what = 'Cannot reach the server'
    let reason = 'it ended the stream'
    mustResync = false
    try {
      const asked = performance.now()
      const onConnected = () => {
        what = 'Lost the server'
        detail(`catalogChanges ${JSON.stringify(place)} at ${address.url}: connected after ${msSince(asked)}`)
        const text = `Connected to ${address.url}, ${placeText(place)}.`
        // From now on is from the first item on: a change that is made before that is not told of.
        if (place.afterRevision === undefined) sayConnected = () => say(text)
        else say(text)
      }
      await followOnce({ address, start: place, signal, onConnected, onItem: take })
    } catch (error) {
      if (!(error instanceof StreamError)) throw error
      if (error.isFuture) place = startAnew(error, place, start, say)
      reason = error.message
    }
    // Nothing was lost where the stream has said how to go on; twice without anything between is no way to go on.
    if (mustResync && tries++ === 0) continue
    if (!signal.aborted) await pause(tries++, `${what}: ${reason}`, signal, say)
  }
}

function placeAfter(item: WatchedItem, { filter, epoch }: StreamStart): StreamStart {
  if (item.__typename === 'ChangeSet') return { filter, epoch, afterRevision: item.revision }
  if (item.__typename === 'Bookmark') return { filter, epoch: item.epoch, afterRevision: item.revision }
  const { reason, compactedRevision, currentRevision } = item
  return { filter, epoch: item.epoch, afterRevision: reason === 'COMPACTED' ? compactedRevision : currentRevision }
}

/** What was asked for was a mistake; what the server itself has said before is a history that it has lost. */
function startAnew(
  error: StreamError,
  place: StreamStart,
  start: StreamStart,
  say: (text: string) => void,
): StreamStart {
  if (place === start) throw new ServerError(error.message, 'refused')
  say(`Revision ${place.afterRevision} is not there any more: the catalog was set back. Following from now on.`)
  return { filter: place.filter }
}

function resyncText(item: WatchedResync, { afterRevision = '0' }: StreamStart): string {
  const { reason, compactedRevision, currentRevision } = item
  const first = BigInt(afterRevision) + 1n
  if (reason === 'COMPACTED')
    return `Revisions ${first} to ${compactedRevision} are not kept any more. Going on after ${compactedRevision}.`
  if (reason === 'TOO_LARGE')
    return `Revisions ${first} to ${currentRevision} are left out: one is too large for the stream. Going on after ${currentRevision}.`
  return `The catalog has another history than before: it was restored from a backup. Going on after its revision ${currentRevision}.`
}

function placeText({ afterRevision }: StreamStart): string {
  return afterRevision === undefined ? 'following from now on' : `following after revision ${afterRevision}`
}

async function pause(tries: number, reason: string, signal: AbortSignal, say: (text: string) => void): Promise<void> {
  const most = Math.min(WAIT.most, WAIT.first * 2 ** tries)
  const ms = WAIT.least + Math.random() * (most - WAIT.least)
  say(`${reason}. Trying again in ${(ms / 1_000).toFixed(1)} s.`)
  await sleep(ms, undefined, { signal }).catch(() => {})
}
