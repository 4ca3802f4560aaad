import { call } from '../../test/faults/call.ts'
import type { SeenItem } from '../../test/faults/history.ts'
import { eventually } from '../../test/faults/wait.ts'
import { type Watch, watch } from '../../test/faults/watch-socket.ts'

/** A pipeline that follows the catalog, and knows in which history it is. */
export interface Follower {
  readonly epoch: string
  /** The last revision that it is done with. */
  readonly revision: () => number
  /** Whether it is told, now or when it comes back, that it is another history. */
  readonly isToldOfAnotherHistory: (url: string) => Promise<boolean>
  readonly leave: () => void
}

export async function startFollower(url: string, key: string): Promise<Follower> {
  const { data, extensions } = await call({ url, key }, '{ catalogState { epoch } }')
  const epoch = String(data.catalogState.epoch)
  let revision = Number(extensions?.revision)
  let isTold = false
  const onItem = (item: SeenItem) => {
    if (item.kind === 'resync') isTold ||= item.reason === 'EPOCH_CHANGED'
    else revision = item.revision
  }
  const watches: Watch[] = [watch({ url, key, epoch, afterRevision: revision, onItem })]
  return {
    epoch,
    revision: () => revision,
    leave: () => {
      for (const { leave } of watches) leave()
    },
    isToldOfAnotherHistory: async (there) => {
      if (await eventually(() => isTold, 3_000)) return true
      watches.push(watch({ url: there, key, epoch, afterRevision: revision, onItem }))
      return eventually(() => isTold, 10_000)
    },
  }
}
