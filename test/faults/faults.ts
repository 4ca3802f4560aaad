import { compactionEdge } from './compaction-edge.ts'
import { databaseDeath } from './database-death.ts'
import type { Fault } from './fault.ts'
import { futureRevision } from './future-revision.ts'
import { killEmbedded } from './kill-embedded.ts'
import { killImport } from './kill-import.ts'
import { killServer } from './kill-server.ts'
import { lostNotifications } from './lost-notifications.ts'
import { outOfOrder } from './out-of-order.ts'
import { partition } from './partition.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { repeatImport } from './repeat-import.ts'
import { restartServer } from './restart-server.ts'
import { secondEmbedded } from './second-embedded.ts'
import { stalledSubscriber } from './stalled-subscriber.ts'

/** Every fault, in the order in which they run. */
export const FAULTS: readonly Fault[] = [
  killServer,
  databaseDeath,
  partition,
  lostNotifications,
  outOfOrder,
  stalledSubscriber,
  reconnectStorm,
  restartServer,
  killEmbedded,
  secondEmbedded,
  repeatImport,
  killImport,
  compactionEdge,
  futureRevision,
]
